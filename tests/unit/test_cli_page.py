"""The page and the lines that a person sees."""

import datetime
import io
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from worker.model import (
    Dateline,
    Entity,
    EntityLabel,
    Life,
    NewsItem,
    ParsedItem,
    Place,
    Quote,
    QuoteEvent,
    Signal,
    Span,
)
from worker.render.console import open_console, table
from worker.render.short import render_line
from worker.render.terminal import render_item, render_quote, say_dateline

HEAD = '"Calm" returns to port'
BODY = 'KIEV, January 12. /TASS/. "All is calm," [they] said.\n\n"Ships may enter," Bo Lind said.'
TEXT = f"{HEAD}\n\n{BODY}"


def span(words, nth=0):
    start = -1
    for _ in range(nth + 1):
        start = TEXT.index(words, start + 1)
    return Span(start, start + len(words))


KIEV = Place(name="KIEV", iso="UA", lat=50.4547, lon=30.5238)
DATELINE = Dateline(
    span=span("KIEV, January 12. /TASS/"),
    places=(KIEV,),
    date=datetime.date(2026, 1, 12),
    agency="TASS",
)
PARSED = ParsedItem(
    item=NewsItem(uri="urn:x:1", version="1", headline=HEAD, body_text=BODY),
    dateline=DATELINE,
    quotes=(
        Quote(contents=span('"Calm"')),
        Quote(
            contents=span('"All is calm,"'),
            cue=span("said"),
            source=span("[they]"),
            speaker="Ada Marlow",
        ),
        Quote(contents=span('"Ships may enter,"'), source=span("Bo Lind"), speaker="Bo Lind"),
    ),
    entities=(
        Entity(span=span("KIEV"), label=EntityLabel.GPE, canonical="Kyiv", iso="UA"),
        Entity(span=span("TASS"), label=EntityLabel.ORG, canonical="TASS"),
        Entity(span=span("Bo Lind"), label=EntityLabel.PERSON, canonical="Bo Lind", role="pilot"),
        Entity(span=span("Bo Lind"), label=EntityLabel.PERSON, canonical="Bo Lind"),
    ),
    life=Life(urgency=3, markers=("URGENT",)),
)


def shown(renderable, width=80, *, colour=False):
    console = Console(
        file=io.StringIO(),
        width=width,
        markup=False,
        highlight=False,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
    )
    console.print(renderable, crop=False)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def terminal(renderable, width):
    """What a terminal of this width shows, without its colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", shown(renderable, width, colour=True))


def test_the_page_reads_without_colour():
    assert shown(render_item(PARSED)) == (
        '"Calm" [1] returns to port\n'
        "KIEV (UA, 50.45 N 30.52 E) · 12 January 2026 · TASS\n"
        "\n"
        'KIEV, January 12. /TASS/. "All is calm," [2] [they] said.\n'
        "\n"
        '"Ships may enter," [3] Bo Lind said.\n'
        "\n"
        "Speaker     Quote\n"
        "───────────────────────────────────────\n"
        'Ada Marlow  [2] "All is calm,"\n'
        "            mention: [they] · cue: said\n"
        "\n"
        'Bo Lind     [3] "Ships may enter,"\n'
        "            mention: Bo Lind\n"
        "\n"
        'not known   [1] "Calm"\n'
        "\n"
        "Kind    Name         Country  Role\n"
        "───────────────────────────────────\n"
        "PERSON  Bo Lind x2            pilot\n"
        "ORG     TASS\n"
        "GPE     Kyiv         UA\n"
        "\n"
        "urgency 3 · created · usable · markers: URGENT"
    )


def test_a_speakers_quotes_stand_together():
    quotes = (*PARSED.quotes[1:], PARSED.quotes[1])
    page = shown(render_item(msgspec.structs.replace(PARSED, quotes=quotes)))
    assert [
        line[:10].strip() for line in page.splitlines() if '] "' in line and "[they]" not in line
    ][:3] == ["Ada Marlow", "", "Bo Lind"]


def test_one_speaker_has_one_colour_and_two_have_two():
    quotes = (*PARSED.quotes[1:], Quote(contents=span("/TASS/"), speaker="Ada Marlow"))
    page = shown(render_item(msgspec.structs.replace(PARSED, quotes=quotes)), colour=True)
    cyan, magenta = "\x1b[36m", "\x1b[35m"
    assert f'{cyan}"All is calm,"' in page
    assert f"{cyan}/" in page
    assert f'{magenta}"Ships may enter,"' in page


def test_entities_are_underlined():
    page = shown(render_item(PARSED), colour=True)
    assert "\x1b[4mKIEV\x1b[0m, January" in page


@pytest.mark.parametrize("width", [38, 60, 200])
def test_no_line_is_wider_than_the_terminal(width):
    page = shown(render_item(PARSED), width)
    assert max(len(line) for line in page.splitlines()) <= width
    squeezed = "".join(page.split())
    for words in ("Allis", "calm", "Lind", "pilot", "URGENT"):
        assert words in squeezed


def test_an_item_in_which_nothing_was_read_says_so():
    bare = ParsedItem(item=NewsItem(uri="urn:x", version="1", body_text="All is calm."))
    assert shown(render_item(bare)) == (
        "No dateline.\n\nAll is calm.\n\nNo quotes.\n\nNo entities.\n\nurgency 5 · created · usable"
    )


def test_a_wires_own_brackets_and_controls_change_nothing():
    body = "[red]All[/red] \x1b[31mis\x07 calm\u202e :smile:"
    bare = ParsedItem(item=NewsItem(uri="urn:x", version="1", body_text=body))
    assert "[red]All[/red] \ufffd[31mis\ufffd calm\ufffd :smile:" in shown(render_item(bare))


@pytest.mark.parametrize(
    ("dateline", "words"),
    [
        (None, ""),
        (Dateline(span=Span(0, 1)), ""),
        (Dateline(span=Span(0, 1), agency="AP"), "AP"),
        (Dateline(span=Span(0, 1), places=(Place(name="NOWHERE"),)), "NOWHERE"),
        (
            Dateline(span=Span(0, 1), places=(KIEV, Place(name="LVIV", iso="UA"))),
            "KIEV (UA, 50.45 N 30.52 E) / LVIV (UA)",
        ),
        (
            Dateline(span=Span(0, 1), places=(Place(name="LIMA", lat=-12.05, lon=-77.03),)),
            "LIMA (12.05 S 77.03 W)",
        ),
        (
            Dateline(
                span=Span(0, 1),
                date=datetime.date(2026, 1, 2),
                correspondent="Ada Marlow",
                mismatch=True,
            ),
            "2 January 2026 · Ada Marlow · (not the item's own date)",
        ),
    ],
)
def test_a_dateline_says_what_it_has(dateline, words):
    assert say_dateline(dateline) == words


def test_the_short_form_is_headline_place_quote_and_entities():
    assert shown(render_line(PARSED)) == (
        '"Calm" returns to port\n'
        "  KIEV (UA, 50.45 N 30.52 E) · 12 January 2026 · TASS\n"
        '  Ada Marlow "All is calm," +2\n'
        "  Bo Lind"
    )


def test_the_short_form_shows_the_quote_with_the_surest_speaker():
    first, second, third = PARSED.quotes
    sure = msgspec.structs.replace(third, confidence=0.9)
    parsed = msgspec.structs.replace(PARSED, quotes=(first, second, sure), entities=())
    assert shown(render_line(parsed)).splitlines()[-1] == '  Bo Lind "Ships may enter," +2'


def test_the_short_form_of_a_quote_without_speaker_is_its_words():
    parsed = msgspec.structs.replace(PARSED, quotes=PARSED.quotes[:1], entities=())
    assert shown(render_line(parsed)).splitlines()[-1] == '  "Calm"'


def test_a_terminal_wraps_a_quote_and_cuts_no_name():
    names = [f"Person Number {number}" for number in range(12)]
    entities = tuple(
        Entity(span=span("Bo Lind"), label=EntityLabel.PERSON, canonical=name) for name in names
    )
    parsed = msgspec.structs.replace(PARSED, entities=entities)
    *_, quote, last = terminal(render_line(parsed), 30).splitlines()
    assert quote == '  Ada Marlow "All is calm," +2'
    assert last == "  Person Number 0 +11"
    assert terminal(render_line(parsed), 20).splitlines()[-4:] == [
        '  Ada Marlow "All is',
        '  calm," +2',
        "  Person Number 0",
        "  +11",
    ]


def test_a_pipe_gets_whole_lines():
    item = msgspec.structs.replace(PARSED.item, headline="Calm " * 30)
    first = shown(render_line(msgspec.structs.replace(PARSED, item=item)), 40).splitlines()[0]
    assert first == ("Calm " * 30).rstrip()


@pytest.mark.parametrize("width", [20, 40, 80])
def test_the_short_form_fits_a_terminal_and_nothing_is_cut(width):
    rows = terminal(render_line(PARSED), width).splitlines()
    assert max(map(len, rows)) <= width
    assert " ".join(rows).split() == shown(render_line(PARSED)).split()


def test_the_short_form_of_a_correction_begins_with_it():
    life = Life(signal=Signal.CORRECTED)
    lines = shown(render_line(msgspec.structs.replace(PARSED, life=life)))
    assert lines.startswith('CORRECTED  "Calm" returns')


def test_the_short_form_without_headline_begins_with_the_text():
    bare = ParsedItem(item=NewsItem(uri="urn:x", version="1", body_text="All is calm.\n\nReally."))
    assert shown(render_line(bare)) == "All is calm. Really.\n  no dateline"


def test_a_quote_event_says_who_how_what_and_where():
    quote = QuoteEvent(
        text='"All is\ncalm,"',
        start=0,
        end=13,
        speaker="Ada Marlow",
        mention="she",
        cue="said",
        chain=0,
        confidence=1.0,
        item_uri="urn:x",
        item_version="1",
        headline="Port opens",
        dateline=DATELINE,
    )
    assert shown(render_quote(quote)) == (
        'Ada Marlow (she, said) "All is calm,"\n'
        "  KIEV (UA, 50.45 N 30.52 E) · 12 January 2026 · TASS · Port opens"
    )
    long = msgspec.structs.replace(quote, text="calm " * 30, dateline=None)
    first, second, *_ = shown(render_quote(long)).splitlines()
    assert first.startswith("Ada Marlow (she, said) calm")
    assert second.startswith("  calm")
    named = msgspec.structs.replace(quote, mention="Ada Marlow", dateline=None)
    assert shown(render_quote(named)) == 'Ada Marlow (said) "All is calm,"\n  Port opens'
    nobody = msgspec.structs.replace(quote, speaker=None, mention=None, cue=None, dateline=None)
    assert shown(render_quote(nobody)) == 'not known "All is calm,"\n  Port opens'


spans = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda ends: Span(*sorted(ends)))


@given(
    headline=st.text(max_size=20),
    deck=st.text(max_size=20),
    body=st.text(max_size=60),
    quotes=st.lists(st.builds(Quote, contents=spans, speaker=st.none() | st.text(max_size=9))),
    mentions=st.lists(
        st.builds(
            Entity, span=spans, label=st.sampled_from(EntityLabel), canonical=st.text(max_size=9)
        )
    ),
    width=st.integers(12, 100),
)
def test_any_item_can_be_shown(*, headline, deck, body, quotes, mentions, width):
    item = NewsItem(uri="urn:x", version="1", headline=headline, deck=deck, body_text=body)
    parsed = ParsedItem(item=item, quotes=tuple(quotes), entities=tuple(mentions))
    assert "\x1b" not in shown(render_item(parsed), width)
    assert len(shown(render_line(parsed), width).splitlines()) <= 4
    assert all(cell_len(row) <= width for row in terminal(render_line(parsed), width).split("\n"))


def test_a_file_has_no_trailing_blanks(capsys):
    rows = table("Name", "Country")
    rows.add_row("Bo Lind", "")
    rows.add_row("Kyiv", "UA")
    open_console().print(rows)
    out = capsys.readouterr().out
    assert "Bo Lind\n" in out
    assert " \n" not in out
