"""Datelines, markers and notes of Russian copy, held to tests/cases/russian-*.toml."""

import datetime
import tomllib
from pathlib import Path

import pytest
from rich.console import Console

from worker.model import NewsItem, Signal
from worker.parse import annotate
from worker.parse.dateline import find_dateline
from worker.parse.editorial import find_life
from worker.parse.text import WireText
from worker.render.short import render_line

FOLDER = Path(__file__).parents[1] / "cases"
LINES = tomllib.loads((FOLDER / "russian-datelines.toml").read_text(encoding="utf-8"))
LIFE = tomllib.loads((FOLDER / "russian-life.toml").read_text(encoding="utf-8"))

PUBLISHED = datetime.date(2026, 3, 12)
HEADLINE = "Переговоры возобновлены в Осло"
BODY = "ОСЛО, 12 марта. /ТАСС/. Переговоры возобновились в среду, сообщили в министерстве."
STORY = [f"Стороны обсудили абзац {number} соглашения." for number in range(9)]

READ = [row for case in LINES["read"] for row in case["rows"]]
REFUSED = [text for case in LINES["refused"] for text in case["texts"]]
HEADS = [(group, head) for group in LIFE["group"] for head in group["heads"]]
ENDS = [(group, words) for group in LIFE["end"] for words in group["words"]]


def life_of(text):
    return find_life(WireText(text), NewsItem(uri="urn:case", version="1", body_text=text))


@pytest.mark.parametrize("row", READ, ids=[row["line"] for row in READ])
def test_a_dateline_is_read_in_all_its_parts(row):
    printed, _, rest = row["line"].partition("|")
    text = f"{HEADLINE}\n\n{printed}{rest}\n\nСтороны встретятся снова в мае."
    line = find_dateline(WireText(text), PUBLISHED)
    assert line is not None
    assert {
        "span": line.span.of(text),
        "places": [place.name for place in line.places],
        "date": line.date,
        "agency": line.agency,
        "correspondent": line.correspondent,
    } == {
        "span": printed,
        "places": row["places"],
        "date": row.get("date"),
        "agency": row.get("agency"),
        "correspondent": row.get("correspondent"),
    }


@pytest.mark.parametrize("text", REFUSED)
def test_an_opening_that_only_looks_like_a_dateline_gives_none(text):
    wire = WireText(f"{HEADLINE}\n\n{text}\n\nСтороны встретятся снова в мае.")
    assert find_dateline(wire, PUBLISHED) is None


@pytest.mark.parametrize(("group", "head"), HEADS, ids=[head for _, head in HEADS])
def test_a_marker_is_told_from_the_same_word_in_the_news(group, head):
    life = life_of(f"{head}\n\n{BODY}")
    is_marked = bool({"signal", "urgency"} & group.keys())
    assert (life.signal, life.urgency, bool(life.markers)) == (
        Signal(group.get("signal", "created")),
        group.get("urgency", 5),
        is_marked,
    )


@pytest.mark.parametrize(("group", "words"), ENDS, ids=[words for _, words in ENDS])
def test_a_note_below_the_text_is_told_from_its_last_sentence(group, words):
    life = life_of("\n\n".join((HEADLINE, BODY, *STORY, words)))
    assert (life.signal, bool(life.markers)) == (
        Signal(group.get("signal", "created")),
        "signal" in group,
    )


@pytest.mark.parametrize("row", LIFE["targets"]["rows"], ids=lambda row: row[0])
def test_a_note_names_its_target(row):
    note, numbers, headline = row
    life = life_of(note)
    assert (list(life.target_numbers), life.target_headline or "") == (numbers, headline)


def test_a_line_of_the_wire_shows_a_speaker_in_both_scripts():
    text = f'{BODY}\n\n"Мы рады", - сказал министр Кондрат Пересветкин.'
    console = Console(width=80, force_terminal=False, record=True)
    console.print(render_line(annotate(NewsItem(uri="urn:case", version="1", body_text=text))))
    assert "Кондрат Пересветкин (Kondrat Peresvetkin) " in console.export_text()
