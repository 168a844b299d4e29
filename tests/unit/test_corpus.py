"""The corpus of training/: as its README says, and enough of it."""

import importlib.util
import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from worker.parse.entities.tagger.features import LABELS

TRAINING = Path(__file__).parents[2] / "training"
CORPUS = TRAINING / "corpus"
TAUGHT = sorted(CORPUS.glob("*.txt"))
MEASURED = sorted((CORPUS / "measure").glob("*.txt"))
RUSSIAN = sorted((CORPUS / "ru").glob("*.txt"))
FILES = [*TAUGHT, *MEASURED, *RUSSIAN]

BORN_SO = frozenset(
    {
        "A Just Russia",  # a party, whose name has the article
        "Fanshawe's",
        "Granny Bea's",  # a brand of pies
        "Laudato Si'",  # the encyclical; the mark is an elision
        "Macy's",
        "McDonald's",
        "Moody's",
        "Shaw's",  # a chain of shops
        "St Paul's",
        "Standard and Poor's",
        "The Citizen",
        "The Guardian",
        "The Last Ferry",
        "The Paper Cranes",
        "The Two Brothers",
    }
)
"""Names that do begin with an article or end in a possessive."""

STOCK = frozenset({"TASS is not responsible for the material quoted in these press reviews"})
"""What an agency prints under every item of a kind, so that any two have it."""

_ARTICLE = re.compile(r"(?:the|an?)\s(?!\w\b)", re.IGNORECASE)  # but "A K Moe"
_POSSESSIVE = re.compile(r"['’]s?$", re.IGNORECASE)
_TITLE = re.compile(
    r"(?:(?:mr|mrs|ms|dr)\.?|(?:prof|gen|col|sen|rep|gov)\.|sheikh|president|minister)\s",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\w+|[^\w\s]")


def load_marked():
    """training/entities/marked.py, which is no part of any package."""
    spec = importlib.util.spec_from_file_location(
        "corpus_marked", TRAINING / "entities" / "marked.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


marked = load_marked()


@cache
def items(path):
    return tuple(marked.read_file(path))


def names(paths):
    """Each name of the files: its words, what is marked of it, its item."""
    for path in paths:
        for item in items(path):
            for name in item.names:
                yield item.text[name.start : name.end], name, item


def sentences(paths):
    """Sentences of ten words and more: shorter ones are the trade's ("These stories topped")."""
    return {
        " ".join(sentence.split())
        for path in paths
        for item in items(path)
        for sentence in re.split(r"(?<=[.!?])\s|\n", item.text)
        if len(sentence.split()) > 9
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_read_whole(path):
    text = path.read_text(encoding="utf-8")
    found = items(path)
    assert len(found) == len(re.findall(r"^== ", text, re.MULTILINE)) > 0
    assert text.startswith("== ")
    assert sum(len(item.names) for item in found) == len(re.findall(r"(?<!\\)\[[A-Z]+ ", text))
    assert sum(len(item.roles) for item in found) == len(re.findall(r"(?<!\\)\{", text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_mark_is_left_in_a_text(path):
    """Were a bracket or an arrow misread, it would be taught as copy."""
    left = [
        (item.name, piece)
        for item in items(path)
        for piece in re.findall(r".{0,20}(?: -> |[{}]| @[A-Z]{2}\b|\[[A-Z]+ ).{0,20}", item.text)
    ]
    assert left == []


def test_no_item_has_the_name_of_another():
    counts = Counter(item.name for path in FILES for item in items(path))
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_names_stand_in_order_apart_and_without_blanks_around_them(path):
    for item in items(path):
        end = 0
        for name in item.names:
            words = item.text[name.start : name.end]
            assert end <= name.start < name.end <= len(item.text), item.name
            assert words == words.strip(), item.name
            assert "\n" not in words, item.name
            end = name.end


def test_no_name_has_an_article_before_it_or_a_possessive_after_it():
    wrong = [
        (item.name, words)
        for words, _, item in names(FILES)
        if (_ARTICLE.match(words) or _POSSESSIVE.search(words)) and words not in BORN_SO
    ]
    assert wrong == []


def test_every_exception_is_met():
    met = {words for words, _, _ in names(FILES)}
    assert sorted(BORN_SO - met) == []


def test_no_person_has_a_title_inside_the_name():
    wrong = [
        (item.name, words)
        for words, name, item in names(FILES)
        if name.label == "PERSON" and _TITLE.match(words)
    ]
    assert wrong == []


def test_days_and_months_are_names_of_people_only():
    calendar = (
        "January February March April May June July August September October November December"
        " Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
    ).split()
    wrong = [
        (item.name, words)
        for words, name, item in names(FILES)
        if words in calendar
        and name.label != "PERSON"
        and (item.name, words) != ("spo1-23", "Wednesday")  # Sheffield's club
    ]
    assert wrong == []


def test_the_labels_are_those_of_the_parser():
    assert {label.value for label in LABELS} == marked.LABELS


def test_the_part_that_teaches_has_sixty_thousand_tokens():
    count = sum(len(_TOKEN.findall(item.text)) for path in TAUGHT for item in items(path))
    assert count >= 60_000


@pytest.mark.parametrize("label", LABELS)
def test_every_label_is_taught_three_hundred_times(label):
    assert sum(name.label == label.value for _, name, _ in names(TAUGHT)) >= 300


def test_the_russian_part_has_thirty_thousand_words():
    count = sum(len(re.findall("[а-яё]+", item.text.lower())) for p in RUSSIAN for item in items(p))
    assert count >= 30_000


@pytest.mark.parametrize("label", LABELS)
def test_every_label_stands_in_the_russian_part_eighty_times(label):
    assert sum(name.label == label.value for _, name, _ in names(RUSSIAN)) >= 80


def test_what_is_measured_is_not_taught():
    assert MEASURED
    assert sorted((sentences(TAUGHT) & sentences(MEASURED)) - STOCK) == []


def test_a_country_is_given_to_places_and_peoples_only():
    wrong = [
        (item.name, words)
        for words, name, item in names(FILES)
        if name.iso and name.label not in {"GPE", "NORP"}
    ]
    assert wrong == []


def test_a_role_is_that_of_a_person_whom_the_item_names():
    for path in MEASURED:
        for item in items(path):
            people = {name.canonical for name in item.names if name.label == "PERSON"}
            assert {role.person for role in item.roles} <= people, item.name
            assert all(item.text[r.start : r.end].strip() for r in item.roles), item.name


@pytest.mark.parametrize(
    "body",
    ["[PERSON Moe", "Moe] left", "[PERSONAL Moe] left", "a [b] c", "x [ORG [GPE Y]]"],
)
def test_what_breaks_the_format_is_refused(body):
    with pytest.raises(ValueError, match="item-1"):
        marked.read_item("item-1", body)


def test_marks_are_read_and_taken_out():
    item = marked.read_item(
        "x",
        "{[NORP Serbian @RS] Minister -> Dusan Mirkovic} [PERSON Mirkovic = Dusan Mirkovic]"
        r" left \[sic\] [GPE BELGRADE = Belgrade @RS].",
    )
    assert item.text == "Serbian Minister Mirkovic left [sic] BELGRADE."
    assert item.names == (
        marked.Name(0, 7, "NORP", "Serbian", "RS"),
        marked.Name(17, 25, "PERSON", "Dusan Mirkovic"),
        marked.Name(37, 45, "GPE", "Belgrade", "RS"),
    )
    assert item.roles == (marked.Role(0, 16, "Dusan Mirkovic"),)
