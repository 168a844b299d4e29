"""Paragraphs and the layout of plain text, held to their cases."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.model import NewsItem
from worker.parse.editorial import find_life
from worker.parse.layout import Layout, lay_out
from worker.parse.text import WireText, find_paragraphs


def cases(name: str) -> list[dict]:
    path = Path(__file__).parents[1] / "cases" / name
    return tomllib.loads(path.read_text(encoding="utf-8"))["case"]


LAYOUTS = cases("layout.toml")
PARAGRAPHS = cases("paragraphs.toml")
COPY = st.text(st.sampled_from('aB. ,"\n\r\t\u2028\u0301é🎉') | st.characters(), max_size=80)


@pytest.mark.parametrize("case", PARAGRAPHS, ids=[case["why"] for case in PARAGRAPHS])
def test_paragraphs_end_where_the_writer_ended_them(case):
    text = case["text"]
    assert [span.of(text) for span in find_paragraphs(text)] == case["paragraphs"]


@given(COPY)
def test_paragraphs_hold_all_words_and_no_white_space_at_their_ends(text):
    paragraphs = [span.of(text) for span in find_paragraphs(text)]
    assert "".join(paragraphs).split() == [] or paragraphs == [
        words.strip() for words in paragraphs
    ]
    assert "".join("".join(paragraphs).split()) == "".join(text.split())


@pytest.mark.parametrize("case", LAYOUTS, ids=[case["why"] for case in LAYOUTS])
def test_text_is_laid_out(case):
    parts = {name: case.get(name, "") for name in ("rubric", "headline", "byline", "deck")}
    assert lay_out(case["text"]) == Layout(**parts, body="\n\n".join(case["body"]))


@pytest.mark.parametrize(
    "case",
    [case for case in LAYOUTS if "life" in case],
    ids=[case["why"] for case in LAYOUTS if "life" in case],
)
def test_markers_of_plain_text_are_still_read_when_it_is_laid_out(case):
    layout = lay_out(case["text"])
    item = NewsItem(
        uri="urn:case",
        version="1",
        headline=layout.headline,
        deck=layout.deck,
        body_text=layout.body,
    )
    life = find_life(WireText(item.text), item)
    assert {name: getattr(life, name) for name in case["life"]} == case["life"]


@given(COPY)
@example("By A\n\nBy B\n\nBy C")
@example("(a)\n\n(b)")
def test_laying_out_loses_no_word(text):
    layout = lay_out(text)
    parts = (layout.rubric, layout.headline, layout.byline, layout.deck, layout.body)
    kept = "".join("".join(parts).replace(", ", "").split())
    assert sorted(kept) == sorted("".join(text.replace(", ", "").split()))
