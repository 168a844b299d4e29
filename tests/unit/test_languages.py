"""The languages: which one a text is in, and how items in several are read together."""

import sys
import textwrap
import tomllib
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import worker.parse.languages
from worker.demo.corpus import load_seed_items
from worker.model import NewsItem
from worker.parse import annotate, annotate_all
from worker.parse.languages import LANGUAGES, reader_of
from worker.parse.languages.identification import language_of

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "languages.toml").read_text(encoding="utf-8")
)["case"]
SEEDS = load_seed_items()
FRENCH = 'LYON, 2 mai (AFP) - "Le port est ouvert depuis lundi", a dit le maire, M. Dupont.'
ENGLISH = 'PARIS, May 2. /TASS/. "The port is open," Mayor Ann Lee said to reporters.'


def item(text, language=""):
    return NewsItem(uri="urn:x", version="1", body_text=text, language=language)


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:30] for case in CASES])
def test_letters_and_words_tell_the_language(case):
    assert language_of(case["text"], case.get("told", "")) == case["language"]


@pytest.mark.parametrize("seed", SEEDS, ids=[seed.name for seed in SEEDS])
def test_the_words_of_every_sample_item_tell_its_language(seed):
    assert language_of(seed.item.text) == seed.item.language


@given(st.text(), st.text(max_size=5))
def test_any_text_has_a_language(text, tag):
    assert 2 <= len(language_of(text, tag)) <= 3


def test_of_a_language_that_is_not_supported_dateline_and_marks_are_read():
    parsed = annotate(item(FRENCH))
    assert (parsed.language, parsed.is_supported) == ("fr", False)
    assert parsed.dateline.agency == "AFP"
    [quote] = parsed.quotes
    assert quote.contents.of(FRENCH) == '"Le port est ouvert depuis lundi"'
    assert quote.speaker is None
    assert parsed.entities == parsed.statements == ()


def test_a_name_in_marks_is_no_quote_in_any_language():
    assert annotate(item("Le porte-avions «Charles de Gaulle» est dans le port de la ville")).quotes
    assert not annotate(item("Le navire «Belle Poule» est dans le port et il y est bien")).quotes


def test_items_in_several_languages_keep_their_order():
    texts = [FRENCH, ENGLISH, "Порт открыт", ENGLISH + " It is.", FRENCH + " Il est content."]
    together = annotate_all([item(text) for text in texts])
    assert together == [annotate(item(text)) for text in texts]
    assert [parsed.item.body_text for parsed in together] == texts
    assert together[1].quotes[0].speaker == "Ann Lee"


def test_every_module_of_a_language_is_named():
    folder = Path(worker.parse.languages.__file__).parent
    names = {path.name.partition(".")[0] for path in folder.iterdir()} - {"__init__", "__pycache__"}
    assert names - {"drafts", "identification", "marks"} == {
        name.partition(".")[0] for name in LANGUAGES.values()
    }


def test_the_toy_language_of_the_guide_reads_its_towns(monkeypatch):
    guide = (Path(__file__).parents[2] / "docs" / "extending.md").read_text(encoding="utf-8")
    source = guide.partition("```python toy.py")[2].partition("```")[0]
    toy = types.ModuleType("worker.parse.languages.toy")
    exec(textwrap.dedent(source), toy.__dict__)
    monkeypatch.setitem(sys.modules, toy.__name__, toy)
    monkeypatch.setitem(LANGUAGES, "fr", "toy.read_toy")
    parsed = annotate(item(FRENCH.replace("LYON", "ALBA").replace("M. Dupont", "M. Borgo")))
    assert parsed.is_supported
    assert [(entity.canonical, entity.label) for entity in parsed.entities] == [("Borgo", "GPE")]


@pytest.mark.parametrize("language", [*LANGUAGES, "und"])
def test_every_language_reads_nothing_from_nothing(language):
    assert reader_of(language)([]) == []
