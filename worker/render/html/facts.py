"""What stands around the copy: the filing line, the legend of speakers, the key to the marks."""

from collections.abc import Iterable, Iterator, Sequence

from worker.model import Dateline, ParsedItem, Place
from worker.render.console import one_line
from worker.render.html.copy import quote_id
from worker.render.html.markup import Markup, element, join
from worker.render.html.places import say_country
from worker.render.html.speakers import Speaker
from worker.render.terminal import say_day

__all__ = ["render_filing", "render_key", "render_speakers"]

_KEY = (
    ("dateline", "Dateline"),
    ("mention s0", "Mention of the speaker"),
    ("cue s0", "Cue"),
    ("entity person", "Person"),
    ("entity body", "Body or group"),
    ("entity place", "Place"),
    ("entity work", "Event, product or law"),
)
_SWITCHES = (("show-quotes", "quotes"), ("show-entities", "entities"))


def render_filing(dateline: Dateline | None) -> Markup:
    """Where, when and by whom the story was filed."""
    if dateline is None:
        return element("p", "No dateline", class_="filing")
    places = [
        join(element("b", one_line(place.name)), f", {_country(place)}" if _country(place) else "")
        for place in dateline.places
    ]
    told = (say_day(dateline), dateline.agency or "", dateline.correspondent or "")
    parts = [Markup(" / ".join(places)), *(one_line(words) for words in told)]
    if dateline.mismatch:
        parts.append(element("em", "not the item’s own date"))
    return element("p", *_between([part for part in parts if part]), class_="filing")


def _between(parts: Sequence[str]) -> Iterator[str]:
    for number, part in enumerate(parts):
        yield from (" · ", part) if number else (part,)


def _country(place: Place) -> str:
    """The printed region and the country, once where they are the same."""
    region, country = one_line(place.region or ""), say_country(place.iso)
    if region and country.startswith(f"{region} ("):
        return country
    return ", ".join(words for words in (region, country) if words)


def render_speakers(speakers: Iterable[Speaker]) -> Markup:
    """The legend: a colour, a name, roles, and the quotes by number."""
    rows = [_speaker(speaker) for speaker in speakers]
    found = element("ol", *rows) if rows else element("p", "No quotes.", class_="none")
    return element(
        "section", element("h2", "Speakers", id="speakers"), found, aria_labelledby="speakers"
    )


def _speaker(speaker: Speaker) -> Markup:
    count = len(speaker.quotes)
    links = [
        element("a", str(number), href=f"#{quote_id(number)}", aria_label=f"Quote {number}")
        for number in speaker.quotes
    ]
    roles = "; ".join(speaker.roles)
    return element(
        "li",
        element("span", one_line(speaker.name), class_="name", dir="auto"),
        element("span", roles, class_="role", dir="auto") if roles else "",
        element(
            "span",
            f"{count} quote{'s' if count > 1 else ''}: ",
            *(piece for link in links for piece in (link, " ")),
            class_="count",
        ),
        class_=f"speaker {speaker.style}",
        id=speaker.id,
    )


def render_key(parsed: ParsedItem) -> Markup:
    """What the marks mean, and switches for them."""
    if not (parsed.dateline or parsed.quotes or parsed.entities):
        return Markup("")
    marks = [element("li", element("span", words, class_=style)) for style, words in _KEY]
    switches = [
        element("label", _switch(name, is_on=True), f" Mark {words}") for name, words in _SWITCHES
    ]
    labels = element("label", _switch("show-labels", is_on=False), " Show labels")
    return element(
        "section",
        element("h2", "Marks", id="marks"),
        element("ul", *marks),
        element("div", *switches, labels, class_="switches"),
        class_="key",
        aria_labelledby="marks",
    )


def _switch(name: str, *, is_on: bool) -> Markup:
    return Markup(f'<input type="checkbox" id="{name}"{" checked" if is_on else ""}>')
