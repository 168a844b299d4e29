"""Quotation marks and the runs of text that they make."""

import pytest

from worker.parse.quotes.quotation_marks import find_quoted_runs
from worker.parse.text import WireText


def runs_of(text: str) -> list[str]:
    wire = WireText(text)
    return [run.span.of(wire.full) for run in find_quoted_runs(wire)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('He said "so".', ['"so"']),
        ("He said “so”.", ["“so”"]),
        ("He said «so».", ["«so»"]),
        ("He said »so«.", ["»so«"]),
        ("He said „so“.", ["„so“"]),
        ("He said ”so”.", ["”so”"]),
        ("He said ``so''.", ["``so''"]),
        ("He said ‘so’.", ["‘so’"]),
        ("He said 'so'.", ["'so'"]),
        ('("so")', ['("so")'[1:-1]]),
        ('word—"so"—word', ['"so"']),
        ('said:"So it is."', ['"So it is."']),
        ('""so""', ['""so""']),
    ],
)
def test_every_pair_of_marks_makes_a_run(text, expected):
    assert runs_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "It isn't the owners' fault.",
        "It isn’t the owners’ fault.",
        "The class of '68 and the '90s.",
        "Rock 'n' roll.",
        'A 12" pipe.',
        "6' 2\" tall",
        '""',
        '" "',
        "''so''",
        "»",
        "closing only” here",
    ],
)
def test_marks_that_are_no_pair_make_no_run(text):
    assert runs_of(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"He called it "odd" and left," she said.', ['"He called it "odd" and left,"']),
        ("“He called it ‘odd’ and left,” she said.", ["“He called it ‘odd’ and left,”"]),
        ("‘He called it “odd” and left,’ she said.", ["‘He called it “odd” and left,’"]),
        ("\"It's the owners' fault,\" she said.", ["\"It's the owners' fault,\""]),
    ],
)
def test_nested_marks_belong_to_the_outer_run(text, expected):
    assert runs_of(text) == expected


def test_an_apostrophe_closes_a_run_in_single_marks_only_if_no_mark_does():
    assert runs_of("‘The owners’ plan is bad,’ he said.") == ["‘The owners’ plan is bad,’"]
    assert runs_of("He heard ‘the owners’ say so.") == ["‘the owners’"]


def test_an_odd_mark_costs_no_pair_after_it():
    assert runs_of('A 6" pipe. "One," he said, "two."') == ['"One,"', '"two."']
    assert runs_of('He said "one, and "two" and "three" too.') == ['"two"', '"three"']


def test_a_run_that_nothing_closes_ends_with_its_paragraph():
    wire = WireText('"One.\n\nTwo "three."')

    runs = find_quoted_runs(wire)

    assert [(run.span.of(wire.full), run.closed) for run in runs] == [
        ('"One.', False),
        ('"three."', True),
    ]
    assert runs[0].chain != runs[1].chain


def test_paragraphs_that_each_open_and_close_once_are_one_chain():
    wire = WireText('"One.\n\n"Two.\n\n"Three," he said. "Four."\n\n"Five."')

    runs = find_quoted_runs(wire)

    assert [(run.span.of(wire.full), run.chain) for run in runs] == [
        ('"One.', 0),
        ('"Two.', 0),
        ('"Three,"', 0),
        ('"Four."', 1),
        ('"Five."', 2),
    ]


def test_a_run_knows_its_paragraph_and_its_kind_of_marks():
    runs = find_quoted_runs(WireText("None.\n\nHe said 'so'."))

    assert [(run.paragraph, run.single, run.closed) for run in runs] == [(1, True, True)]
