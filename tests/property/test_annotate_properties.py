"""Properties of the annotation of a whole item, for any text."""

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.desks import DEFAULT_DESKS, events_for
from worker.model import NewsItem, ParsedItem, Span
from worker.model.codec import dump, load
from worker.parse import annotate

WORDS = st.sampled_from(
    [
        "KIEV, January 12. /TASS/.",
        "PARIS (AP) —",
        "MOSCOW, 31 дек - РИА Новости.",
        "/TASS/",
        "(Reuters) -",
        "Ivan Petrov",
        "the diplomat",
        "Foreign Minister",
        "he",
        "said",
        "according to",
        "told reporters",
        '"We are ready,"',
        '"open quote',
        "“Curly.”",
        "«Guillemets»",
        "it's",
        "'single'",
        "``TeX''",
        "[gloss]",
        "NATO",
        "U.S.",
        "St. Petersburg",
        "CORRECTED",
        "KILL",
        "URGENT",
        ".",
        ",",
        "—",
        "\n\n",
        "\n",
        "\u2028",
        "é́",
        "\U0001f600",
        "\x00",
        " ",
    ]
)
COPY = st.lists(WORDS | st.text(max_size=12), max_size=60).map(" ".join)
NOW = datetime.datetime(2026, 3, 4, tzinfo=datetime.UTC)


def spans_of(parsed: ParsedItem):
    if parsed.dateline:
        yield parsed.dateline.span
    for quote in parsed.quotes:
        yield from (span for span in (quote.contents, quote.cue, quote.source) if span)
    yield from (entity.span for entity in parsed.entities)


def item_of(body: str, headline: str = "") -> NewsItem:
    return NewsItem(uri="urn:x", version="1", headline=headline, body_text=body, versioncreated=NOW)


@given(COPY, COPY)
@settings(max_examples=150, deadline=None)
def test_every_span_lies_in_the_text_and_holds_something(headline, body):
    item = item_of(body, headline)
    text = item.text
    for span in spans_of(annotate(item)):
        assert 0 <= span.start < span.end <= len(text)
        assert span.of(text).strip()


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_at_all_is_read_without_an_error(body):
    assert isinstance(annotate(item_of(body)), ParsedItem)


@given(COPY)
@settings(max_examples=60, deadline=None)
def test_reading_twice_gives_the_same(body):
    assert annotate(item_of(body)) == annotate(item_of(body))


@given(COPY.filter(lambda text: text.isprintable() or "\n" in text))
@settings(max_examples=100, deadline=None)
def test_annotations_and_their_events_survive_json(body):
    parsed = annotate(item_of(body))
    assert load(ParsedItem, dump(parsed)) == parsed
    events = events_for(parsed, DEFAULT_DESKS, None, NOW)
    assert len({event.id for _, event in events}) == len(events)


@given(COPY)
@settings(max_examples=60, deadline=None)
def test_a_plain_paragraph_at_the_end_moves_no_dateline(body):
    before = annotate(item_of(body)).dateline
    after = annotate(item_of(f"{body}\n\nnothing more was said of it.")).dateline
    if before is not None:
        assert after is not None
        assert (after.span, after.agency) == (before.span, before.agency)


def test_offsets_count_code_points():
    body = "\U0001f600\U0001f600 KIEV. “All is ready,” Anna Moroz said."
    (quote,) = annotate(item_of(body)).quotes
    assert quote.contents == Span(9, 24)
    assert quote.contents.of(body) == "“All is ready,”"
