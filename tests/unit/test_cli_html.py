"""`copytaster parse --html`: the page that stands alone."""

import datetime
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib import resources

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.cli.parse import parse
from worker.model import (
    Dateline,
    Entity,
    EntityLabel,
    Life,
    NewsItem,
    ParsedItem,
    Place,
    PubStatus,
    Quote,
    Signal,
    Span,
)
from worker.parse import annotate
from worker.render.html import render_page
from worker.render.html.nesting import Highlight, nest
from worker.render.html.page import environment, printable
from worker.render.html.speakers import COLOURS, speakers_of
from worker.settings import Settings

HEAD = "Harbour to <b>open</b> before the thaw <script>alert('x')</script>"
BODY = (
    "KIEV, January 12. /TASS/. The harbour of Lviv & others will open.\n\n"
    '"The ice in Lviv is thin," Mayor Ada Marlow noted. "Ships may enter," she noted.\n\n'
    '"Nobody asked us," Bo Lind said.'
)
TEXT = f"{HEAD}\n\n{BODY}"
VOID = {"input", "link", "meta"}
TEMPLATES = resources.files("worker.render.html") / "templates"
CSS = re.sub(
    r"\{#.*?#\}\n", "", (TEMPLATES / "page.css").read_text(encoding="utf-8"), flags=re.DOTALL
)  # as the page has it, without the template's comments


def span(words, nth=0):
    start = -1
    for _ in range(nth + 1):
        start = TEXT.index(words, start + 1)
    return Span(start, start + len(words))


PARSED = ParsedItem(
    item=NewsItem(uri="urn:x:1", version="1", headline=HEAD, body_text=BODY),
    dateline=Dateline(
        span=span("KIEV, January 12. /TASS/"),
        places=(Place(name="KIEV", iso="UA", lat=50.4547, lon=30.5238, confidence=0.9),),
        date=datetime.date(2026, 1, 12),
        agency="TASS",
    ),
    quotes=(
        Quote(
            contents=span('"The ice in Lviv is thin,"'),
            source=span("Mayor Ada Marlow"),
            cue=span("noted"),
            speaker="Ada Marlow",
            confidence=0.95,
        ),
        Quote(
            contents=span('"Ships may enter,"'),
            source=span("Mayor Ada Marlow"),
            cue=span("noted"),
            speaker="Ada Marlow",
        ),
        Quote(contents=span('"Nobody asked us,"')),
    ),
    entities=(
        Entity(span=span("KIEV"), label=EntityLabel.GPE, canonical="Kyiv", iso="UA"),
        Entity(span=span("Lviv"), label=EntityLabel.GPE, canonical="Lviv", iso="UA"),
        Entity(span=span("Lviv", 1), label=EntityLabel.GPE, canonical="Lviv", iso="UA"),
        Entity(
            span=span("Ada Marlow"),
            label=EntityLabel.PERSON,
            canonical="Ada Marlow",
            role="Mayor <i>of</i> Lviv",
        ),
    ),
)


class Page(HTMLParser):
    """A page read as a browser reads it, for what these tests ask of it."""

    def __init__(self, html):
        super().__init__()
        self.stack = []
        self.tags = []
        self.texts = []
        self.crossed = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = (tag, dict(attrs))
        self.tags.append(found)
        if tag == "a" and any(outer == "a" for outer, _ in self.stack):
            self.crossed.append("a in a")
        if tag not in VOID:
            self.stack.append(found)

    def handle_endtag(self, tag):
        opened = self.stack.pop()[0] if self.stack else None
        if opened != tag:
            self.crossed.append(f"{opened} closed as {tag}")

    def handle_data(self, data):
        """White space with a new line is the templates' layout, but for the copy's own."""
        if data.strip() or "\n" not in data or any(tag == "article" for tag, _ in self.stack):
            self.texts.append((tuple(self.stack), data))

    def text(self, *, tag=None, style=None, at=None):
        """The text of all elements of that name, with that class or that id."""
        return "".join(
            data
            for stack, data in self.texts
            if any(
                (tag is None or name == tag)
                and (style is None or style in (attrs.get("class") or "").split())
                and (at is None or attrs.get("id") == at)
                for name, attrs in stack
            )
        )

    @property
    def ids(self):
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]

    def values(self, name):
        return [attrs[name] for _, attrs in self.tags if attrs.get(name) is not None]

    def one(self, at):
        return next(attrs for _, attrs in self.tags if attrs.get("id") == at)


def page_of(parsed):
    return Page(render_page(parsed))


def run(*args, stdin=BODY):
    return CliRunner().invoke(parse, list(args), input=stdin, obj=Settings())


# the copy


def test_every_text_is_text():
    html = render_page(PARSED)
    page = Page(html)

    assert page.text(tag="h1") == HEAD
    assert {name for name, _ in page.tags} & {"script", "b", "i"} == {"b", "i"}  # our own
    assert "<script" not in html
    assert "Mayor &lt;i&gt;of&lt;/i&gt; Lviv" in html


@pytest.mark.parametrize("field", ["headline", "deck", "body_text", "byline", "slugline", "ednote"])
def test_no_field_of_an_item_can_add_an_element(field):
    words = "</title></style></article>\"'><img src=x onerror=alert(1)>&amp;<!--"
    hurt = msgspec.structs.replace(
        PARSED, item=msgspec.structs.replace(PARSED.item, **{field: words * 5}), quotes=()
    )

    page = page_of(hurt)

    assert (page.crossed, page.stack) == ([], [])
    assert not {"img", "script"} & {name for name, _ in page.tags}


def test_words_that_are_read_are_text_too():
    words = "\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}{% raw %}"
    hurt = ParsedItem(
        item=NewsItem(uri="urn:x", version="1", body_text=TEXT, language=words),
        dateline=Dateline(span=Span(0, 4), places=(Place(name=words, region=words, iso=words),)),
        quotes=(Quote(contents=Span(0, 4), speaker=words),),
        entities=(
            Entity(
                span=Span(0, 4),
                label=EntityLabel.ORG,
                canonical=words,
                iso=words,
                role=words,
            ),
        ),
        life=Life(markers=(words,), slug=words, target_headline=words, signal=Signal.WITHDRAWN),
    )

    page = page_of(hurt)

    assert (page.crossed, page.stack) == ([], [])
    assert "img" not in {name for name, _ in page.tags}
    assert page.text(at="name-1").startswith(words)
    assert page.text(tag="style").strip() == CSS.strip()


def test_the_articles_text_is_the_items():
    assert page_of(PARSED).text(tag="article") == TEXT


def test_an_entity_in_a_quote_is_inside_it():
    page = page_of(PARSED)
    inside = next(
        [attrs.get("id") for _, attrs in stack if attrs.get("id")]
        for stack, data in page.texts
        if any(attrs.get("id") == "mention-3" for _, attrs in stack)
    )

    assert page.text(at="quote-1") == '"The ice in Lviv is thin,"'
    assert inside == ["quote-1", "mention-3"]


def test_every_span_stands_once():
    page = page_of(PARSED)
    spans = [name for name in page.ids if re.match(r"(?:quote|mention|dateline)", name)]

    assert sorted(spans) == [
        "dateline",
        "mention-1",
        "mention-2",
        "mention-3",
        "mention-4",
        "quote-1",
        "quote-2",
        "quote-3",
    ]
    assert page.text(at="dateline") == "KIEV, January 12. /TASS/"
    assert page.text(style="mention").startswith("Mayor Ada Marlow")
    assert [style for style in page.values("class") if style == "cue s1"] == ["cue s1"]


def test_a_quote_over_two_paragraphs_is_marked_in_both():
    body = 'He said: "All is calm.\n\nAll is well." Good.'
    item = NewsItem(uri="urn:x", version="1", body_text=body)

    page = page_of(ParsedItem(item=item, quotes=(Quote(contents=Span(9, 37)),)))

    assert page.crossed == []
    assert page.text(style="quote") == '"All is calm.All is well."'
    assert page.values("data-note") == ["1"]


def test_a_link_in_a_link_is_none():
    """An entity in an entity, and a quote's number in an entity."""
    entities = tuple(
        Entity(span=one, label=EntityLabel.ORG, canonical="x") for one in (Span(0, 9), Span(2, 5))
    )
    item = NewsItem(uri="urn:x", version="1", body_text="All is calm.")

    page = page_of(ParsedItem(item=item, quotes=(Quote(contents=Span(3, 6)),), entities=entities))

    assert page.crossed == []
    assert sorted(name for name in page.ids if name.startswith("mention")) == [
        "mention-1",
        "mention-2",
    ]


def test_other_scripts_stay_as_they_are():
    text = "ВОЛОГДА, 20 янв - РИА Новости. «Тихо», — сказал он.\n\n静かだ。 هدوء \U0001f600"
    item = NewsItem(uri="urn:x", version="1", body_text=text, language="ru")

    page = page_of(annotate(item))

    assert page.text(tag="article") == text
    assert next(attrs for name, attrs in page.tags if name == "article")["lang"] == "ru"


# around the copy


def test_a_speaker_has_one_colour_roles_and_a_count():
    page = page_of(PARSED)

    assert page.one("quote-1")["class"] == page.one("quote-2")["class"] == "quote s1"
    assert page.one("quote-3")["class"] == "quote s0"
    assert page.text(at="speaker-1") == "Ada MarlowMayor <i>of</i> Lviv2 quotes: 1 2 "
    assert page.text(at="speaker-0") == "Not known1 quote: 3 "


def test_more_speakers_than_colours_still_have_a_row_each():
    quotes = tuple(Quote(contents=Span(n, n + 1), speaker=f"Speaker {n}") for n in range(25))
    parsed = msgspec.structs.replace(PARSED, quotes=quotes)

    styles = [speaker.style for speaker in speakers_of(parsed).values()]

    assert styles[:COLOURS] == [f"s{number}" for number in range(1, COLOURS + 1)]
    assert styles[COLOURS] == "s1"
    assert len([name for name in page_of(parsed).ids if name.startswith("speaker-")]) == 25


def test_an_entity_tells_label_name_role_and_country():
    page = page_of(PARSED)

    assert page.one("mention-1")["data-tip"] == "GPE: Kyiv — Ukraine (UA)"
    assert page.one("mention-4")["data-tip"] == "PERSON: Ada Marlow — Mayor <i>of</i> Lviv"
    assert page.one("mention-1")["href"] == "#name-1"
    assert page.text(at="name-1") == "KyivGPEUkraine (UA)1 "
    assert page.text(at="name-2") == "LvivGPEUkraine (UA)1 2 "


def test_a_place_has_its_country_and_coordinates():
    page = page_of(PARSED)

    assert page.text(style="filing") == "KIEV, Ukraine (UA) · 12 January 2026 · TASS"
    assert page.text(tag="td", style="coordinates") == "50.45° N, 30.52° E"


def test_a_region_that_is_the_country_is_said_once_and_a_wrong_date_is_flagged():
    dateline = Dateline(
        span=Span(0, 1),
        places=(Place(name="SHIZUOKA", region="Japan", iso="JP"), Place(name="NOWHERE")),
        month_day="--01-20",
        mismatch=True,
    )

    page = page_of(msgspec.structs.replace(PARSED, dateline=dateline))

    assert page.text(style="filing") == (
        "SHIZUOKA, Japan (JP) / NOWHERE · 20 January · not the item’s own date"
    )


@pytest.mark.parametrize(
    ("life", "words"),
    [
        (Life(), ""),
        (Life(urgency=1), ""),
        (
            Life(signal=Signal.WITHDRAWN, target_numbers=("a0456",)),
            "Kill Do not publish this item, and withdraw it where it is published. It names a0456.",
        ),
        (
            Life(pubstatus=PubStatus.CANCELED),
            "Kill Do not publish this item, and withdraw it where it is published.",
        ),
        (
            Life(
                pubstatus=PubStatus.WITHHELD,
                embargoed=datetime.datetime(2026, 1, 2, 9, tzinfo=datetime.UTC),
            ),
            "Withheld Do not publish this item yet. Not before 2 Jan 2026, 09:00 UTC.",
        ),
        (
            Life(signal=Signal.CORRECTED),
            "Correction This version mends an error in the one before it.",
        ),
        (Life(signal=Signal.UPDATED), "Update A later version of an item that is out."),
        (
            Life(embargoed=datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)),
            "Embargo Not before 2 Jan 2026.",
        ),
    ],
)
def test_a_band_says_what_is_not_ordinary(life, words):
    page = page_of(msgspec.structs.replace(PARSED, life=life))
    assert " ".join(page.text(style="alert").split()) == words


def test_urgency_fills_the_scale():
    page = page_of(msgspec.structs.replace(PARSED, life=Life(urgency=2, markers=("URGENT",))))

    assert "2 of 9" in page.text(style="life")
    assert "URGENT" in page.text(style="life")
    assert [style for style in page.values("class") if style == "on"] == ["on"] * 8


def test_an_item_in_which_nothing_was_read_says_so():
    page = page_of(ParsedItem(item=NewsItem(uri="urn:x", version="1", body_text="All is calm.")))

    assert page.text(tag="article") == "All is calm."
    assert page.text(style="filing") == "No dateline"
    assert page.text(style="none") == "No quotes.No entities."


def test_an_item_without_words_is_a_page_too():
    page = page_of(ParsedItem(item=NewsItem(uri="urn:x", version="1")))
    assert (page.text(tag="article"), page.text(tag="title")) == ("", "An item without words")


# alone


def test_the_page_loads_nothing_and_runs_nothing():
    page = page_of(PARSED)
    refused = {
        "audio",
        "base",
        "embed",
        "form",
        "iframe",
        "img",
        "object",
        "script",
        "svg",
        "video",
    }

    assert refused & {name for name, _ in page.tags} == set()
    assert {link for link in page.values("href") if not link.startswith("#")} == {"data:,"}
    assert [
        name for _, attrs in page.tags for name in attrs if name.startswith(("on", "src"))
    ] == []
    assert re.findall(r"url\(|@import|//|image-set|src", CSS) == []
    assert any("default-src 'none'" in words for words in page.values("content"))


def test_every_link_leads_to_something_on_the_page():
    page = page_of(PARSED)
    links = {link[1:] for link in page.values("href") if link.startswith("#")}

    assert links <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def palettes():
    """(mode, names to colours) for light and dark; `s1-ink` is the ink of the first speaker."""
    light, dark = CSS.split("prefers-color-scheme: dark", 1)
    for mode, css in (("light", light), ("dark", dark)):
        colours = dict(re.findall(r"^ *--([\w-]+): (#\w{6});$", css, re.MULTILINE))
        rows = re.findall(r"\.(s\d+) \{ --ink: (#\w{6}); --tint: (#\w{6}); \}", css)
        speakers = {name: (ink, tint) for name, ink, tint in rows}
        yield mode, colours, speakers


@pytest.mark.parametrize(("mode", "colours", "speakers"), list(palettes()))
def test_every_text_has_the_contrast_of_wcag_aa(mode, colours, speakers):
    """4.5 to 1, on the paper and on its own tint. Source: WCAG 2.2, 1.4.3."""
    pairs = {
        **{name: (colours[name], colours["paper"]) for name in ("text", "quiet", "mark", "alarm")},
        "tip": (colours["tip-text"], colours["tip"]),
        **{
            f"{name}-tint": (colours[name], colours[f"{name}-tint"])
            for name in ("alarm", "warn", "calm")
        },
        **{f"{name} on its tint": colour for name, colour in speakers.items()},
        **{f"{name} on paper": (ink, colours["paper"]) for name, (ink, _) in speakers.items()},
    }
    weak = {name: pair for name, pair in pairs.items() if contrast(*pair) < 4.5}

    assert weak == {}
    assert contrast(colours["under"], colours["paper"]) >= 3  # lines; WCAG 2.2, 1.4.11
    assert len(speakers) == COLOURS + 1
    assert len({ink for ink, _ in speakers.values()}) == COLOURS + 1


# as it is called


def test_a_file_becomes_a_page_for_a_browser(tmp_path):
    path = tmp_path / "item.txt"
    path.write_text(BODY, encoding="utf-8")

    result = run("--html", str(path), "--published", "2026-01-13")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("<!DOCTYPE html>\n")
    assert Page(result.stdout).text(style="filing").endswith(" · 12 January 2026 · TASS")
    assert run("--html", "-", "--published", "2026-01-13").stdout == result.stdout


@pytest.mark.parametrize("other", ["--json", "--jsonl"])
def test_a_page_goes_with_no_other_form(other):
    assert run("--html", other).exit_code == 2


def test_the_page_is_utf8_whatever_the_terminal_is():
    done = subprocess.run(
        [sys.executable, "-m", "worker.cli", "parse", "--html"],
        input="«Тихо», — сказал он.".encode(),
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"},
        timeout=60,
        check=True,
    )
    assert "«Тихо», — сказал он." in Page(done.stdout.decode("utf-8")).text(tag="article")


# whatever the text, whatever the spans

WORDS = st.sampled_from(
    [
        "KIEV, January 12. /TASS/.",
        "Ivan Petrov",
        "Mayor Ada Marlow",
        "said",
        '"We are ready in Kiev,"',
        '"open quote',
        "«Тихо»",
        "<b>",
        "&amp;",
        "]]>",
        "NATO",
        ".",
        "\n\n",
        "\n",
        "\r",
        "\x0c",
        "\x85",
        "\u2028",
        "\x00",
        "\ud800",
        "\u202e",
    ]
)
COPY = st.lists(WORDS | st.text(max_size=9), max_size=25).map(" ".join)
SPANS = st.tuples(st.integers(0, 90), st.integers(0, 90)).map(lambda ends: Span(*sorted(ends)))


@settings(deadline=None)  # the first example loads the parser's tables
@given(headline=COPY, deck=COPY, body=COPY)
def test_any_items_copy_is_shown_to_the_character(headline, deck, body):
    item = NewsItem(uri="urn:x", version="1", headline=headline, deck=deck, body_text=body)
    parsed = annotate(item)

    page = page_of(parsed)

    assert page.text(tag="article") == printable(item.text)
    assert (page.crossed, page.stack) == ([], [])
    spans = {f"quote-{number}" for number, _ in enumerate(parsed.quotes, 1)}
    spans |= {f"mention-{number}" for number, _ in enumerate(parsed.entities, 1)}
    assert {name for name in page.ids if re.match(r"(?:quote|mention)-", name)} == spans
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.values("href") if link[0] == "#"} <= set(page.ids)


@settings(deadline=None)  # the first example compiles the templates
@given(
    text=st.text(max_size=60),
    quotes=st.lists(st.builds(Quote, contents=SPANS, source=st.none() | SPANS, speaker=st.text())),
    mentions=st.lists(
        st.builds(Entity, span=SPANS, label=st.sampled_from(EntityLabel), canonical=st.text())
    ),
)
def test_any_spans_nest(text, quotes, mentions):
    item = NewsItem(uri="urn:x", version="1", headline="H", body_text=text)

    page = page_of(ParsedItem(item=item, quotes=tuple(quotes), entities=tuple(mentions)))

    assert (page.crossed, page.stack) == ([], [])
    assert page.text(tag="article") == printable(item.text)
    assert len(page.ids) == len(set(page.ids))


@settings(deadline=None)  # as above
@given(spans=st.lists(SPANS, max_size=8), cuts=st.lists(st.integers(0, 90), max_size=8))
def test_the_pieces_of_a_mark_are_its_words(spans, cuts):
    """Every second run between the cuts is a block; the others are gaps."""
    text = "".join(chr(0x4E00 + number) for number in range(90))
    ends = sorted(set(cuts))
    blocks = [Span(*pair) for pair in zip(ends[::2], ends[1::2], strict=False)]
    highlights = [
        Highlight(
            span=span, rank=number % 3, style=f"m{number}", id=f"i{number}", note=f"n{number}"
        )
        for number, span in enumerate(spans)
    ]
    marked = environment().get_template("marks.html").module.marked

    page = Page("".join(marked(pieces) for pieces in nest(text, blocks, highlights)))

    assert page.crossed == []
    for number, one in enumerate(spans):
        inside = "".join(
            text[max(one.start, block.start) : min(one.end, block.end)]
            for block in blocks
            if block.overlaps(one)
        )
        assert page.text(style=f"m{number}") == inside
        once = 1 if inside else 0
        assert page.ids.count(f"i{number}") == once
        assert page.values("data-note").count(f"n{number}") == once


# what is not an ordinary paragraph, name or language


def test_a_name_is_found_by_its_paragraphs():
    page = render_page(PARSED)
    links = re.findall(r'<a href="#mention-(\d+)" aria-label="([^"]*)">([^<]*)</a>', page)
    assert links == [
        ("4", "Ada Marlow in 2", "2"),
        ("1", "Kyiv in 1", "1"),
        ("2", "Lviv in 1", "1"),
        ("3", "Lviv in 2", "2"),
    ]


def test_a_line_in_capitals_between_paragraphs_is_a_subhead():
    parts = ("ALL THE SHIPS", "The port is open.", "A LONG WATCH", "NATO SAID NO.", "END")
    body = "\n\n".join(parts)
    page = Page(render_page(annotate(NewsItem(uri="urn:x", version="1", body_text=body))))
    assert page.text(style="subhead").strip() == "A LONG WATCH"


@pytest.mark.parametrize(
    ("body", "is_said"),
    [
        ("Le port est ouvert, a dit le maire aux journalistes lundi matin dans la ville.", True),
        ("Порт открыт, сообщил мэр журналистам в понедельник утром.", False),
        ("The port is open, the mayor told reporters early on Monday.", False),
    ],
)
def test_copy_in_another_language_has_a_band(body, is_said):
    page = render_page(annotate(NewsItem(uri="urn:x", version="1", body_text=body)))
    assert ("<strong>Language not supported</strong>" in page) == is_said


@pytest.mark.parametrize(
    ("byline", "shown"),
    [
        (
            "By PATRICK WHITTLE and HOLLY RAMER, Associated Press",
            "Patrick Whittle and Holly Ramer, Associated Press",
        ),
        ("by Ada Marlow, AP", "Ada Marlow, AP"),
        ("AFP", "AFP"),
        ("Bylund Moe", "Bylund Moe"),
        ("", ""),
    ],
)
def test_a_byline_is_a_name_as_names_are_written(byline, shown):
    assert environment().filters["byline"](byline) == shown
