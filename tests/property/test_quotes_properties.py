"""Properties of `find_quotes` that hold for any text."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.model import Entity, EntityLabel, Span
from worker.parse.entity_registry import Actor, Registry
from worker.parse.quotes import find_quotes
from worker.parse.text import WireText

PIECES = [
    *"\"'“”„‘’«»‹›`", "``", "''", " ", " ", " ", "\n\n", "\n", ". ", ", ", ": ", "? ", " — ", "(",
    ")", "Ann Lee", "Lee", "he", "She", "they", "said", "says", "told", "according to", "TASS",
    "the expert", "who", "adding", "of", "the", "We have time", "it is so", "officials'", "don't",
    "U.S.", "Mr.", "é", "Ж", "her father", "the Democrat", "The nurse", "is a nurse", "Mrs.", "by",
    "the bank", "its counterpart", "the document", "and told", "quoted him as saying",
]  # fmt: skip
texts = st.one_of(
    st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
)


def registry_of(text: str) -> Registry:
    """A registry with Ann Lee wherever the text names her."""
    mentions = []
    at = text.find("Lee")
    while at >= 0:
        mentions.append(
            Entity(span=Span(at, at + 3), label=EntityLabel.PERSON, canonical="Ann Lee")
        )
        at = text.find("Lee", at + 3)
    if not mentions:
        return Registry()
    actor = Actor(
        canonical="Ann Lee",
        label=EntityLabel.PERSON,
        mentions=tuple(mentions),
        descriptors=("expert",),
    )
    return Registry(entities=tuple(mentions), actors=(actor,))


def quotes_of(text: str):
    return find_quotes(WireText(text), registry_of(text), None)


@given(texts)
def test_any_text_gives_quotes_inside_it(text):
    for quote in quotes_of(text):
        for span in (quote.contents, quote.cue, quote.source):
            assert span is None or 0 <= span.start < span.end <= len(text)
        assert 0.0 <= quote.confidence <= 1.0


@given(texts)
def test_contents_are_sorted_and_apart(text):
    spans = [quote.contents for quote in quotes_of(text)]

    assert all(left.end <= right.start for left, right in itertools.pairwise(spans))


@given(texts)
def test_the_same_text_gives_the_same_quotes(text):
    assert quotes_of(text) == quotes_of(text)


@given(texts)
def test_chains_are_numbered_without_gaps_backwards(text):
    chains = [quote.chain for quote in quotes_of(text)]

    assert chains == sorted(chains)


@given(texts)
def test_a_paragraph_without_quotes_at_the_end_changes_nothing(text):
    longer = text.rstrip() + "\n\nThe weather was fine all day."

    before = quotes_of(text.rstrip())
    after = quotes_of(longer)

    assert after == before


@given(texts)
def test_a_quote_without_a_speaker_has_no_confidence(text):
    assert all((quote.speaker is None) == (quote.confidence == 0.0) for quote in quotes_of(text))


@pytest.mark.parametrize(
    "piece",
    ['"', "'", "“", "’", "''", '" ', "' ", "said ",
     '"a" ', "'a' ", '"a" said ', '"a\n\n',
     "Lee said, ", "Lee, ", "according to ", "“a ", "(", "the of ",
     '"a," Lee said. ', "\"a 'b' c\" ",
     '"a," he said. ', '"a," the minister said. ', '"a," her father said.\n\n', "he and told "],
)  # fmt: skip
def test_a_hundred_kilobytes_take_seconds_and_four_times_their_quarter(piece):
    """So the time grows with the length, however fast the machine; its square would be 16 times."""
    quarter_s = seconds_of(piece, 25_000)
    # A full collection of garbage may fall into one of them.
    whole_s = min(seconds_of(piece, 100_000) for _ in range(2))

    assert whole_s < 20.0
    assert whole_s < 8 * quarter_s + 0.5


def seconds_of(piece, size):
    text = WireText((piece * (size // len(piece) + 1))[:size])
    started = time.process_time()
    find_quotes(text, Registry(), None)
    return time.process_time() - started


def test_nine_hundred_people_take_seconds():
    people = [f"Ann {letter}{number}" for letter in "QZX" for number in range(300)]
    rest = ' rose. "a," the minister said. "b," Bob Roe said. '
    full = "".join(name + rest for name in people)
    starts = itertools.accumulate((len(name) + len(rest) for name in people), initial=0)
    actors = tuple(
        Actor(
            canonical=name,
            label=EntityLabel.PERSON,
            mentions=(
                Entity(
                    span=Span(start, start + len(name)), label=EntityLabel.PERSON, canonical=name
                ),
            ),
            descriptors=("minister",),
        )
        for name, start in zip(people, starts, strict=False)
    )
    registry = Registry(entities=tuple(actor.mentions[0] for actor in actors), actors=actors)
    text = WireText(full)

    started = time.process_time()
    quotes = find_quotes(text, registry, None)

    assert quotes[-2].speaker == people[-1]
    assert time.process_time() - started < 30
