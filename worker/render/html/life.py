"""Signs of life: may the item be used, how urgent is it, what does it do to the one before."""

from collections.abc import Iterator
from datetime import datetime, time

from worker.model import Life, NewsItem, ParsedItem, PubStatus, Signal
from worker.render.console import one_line
from worker.render.html.markup import Markup, element

__all__ = ["render_alert", "render_life"]

_KILL = ("kill", "Kill", "Do not publish this item, and stop using it where it is out.")
_HOLD = ("hold", "Withheld", "Do not publish this item yet.")
_EMBARGO = ("hold", "Embargo", "")
_CORRECTION = ("correction", "Correction", "This version mends an error in the one before it.")
_UPDATE = ("update", "Update", "A later version of an item that is out.")
_LEVELS = 9


def render_alert(life: Life) -> Markup:
    """A band over the page where the item is not an ordinary new one; else empty."""
    found = _alert(life)
    if found is None:
        return Markup("")
    style, title, meaning = found
    until = f" Not before {_moment(life.embargoed)}." if life.embargoed else ""
    headline = f"“{one_line(life.target_headline)}”" if life.target_headline else ""
    targets = (*life.target_numbers, life.target_slug or "", headline)
    named = ", ".join(one_line(words) for words in targets if words)
    return element(
        "p",
        element("strong", title),
        f" {meaning}{until}",
        f" It names {named}." if named else "",
        class_=f"alert {style}",
        role="note",
    )


def _alert(life: Life) -> tuple[str, str, str] | None:
    if life.signal is Signal.WITHDRAWN or life.pubstatus is PubStatus.CANCELED:
        return _KILL
    if life.pubstatus is PubStatus.WITHHELD:
        return _HOLD
    if life.embargoed:
        return _EMBARGO
    if life.signal is Signal.CORRECTED:
        return _CORRECTION
    return _UPDATE if life.signal is Signal.UPDATED else None


def render_life(parsed: ParsedItem) -> Markup:
    """Urgency, status, and every word that was read as a sign."""
    facts = [
        element("div", element("dt", name), element("dd", value, dir="auto"))
        for name, value in _facts(parsed.item, parsed.life)
        if value
    ]
    return element(
        "section",
        element("h2", "Signs of life", id="life"),
        element("dl", *facts),
        aria_labelledby="life",
        class_="life",
    )


def _facts(item: NewsItem, life: Life) -> Iterator[tuple[str, str]]:
    yield "Urgency", _urgency(life.urgency)
    yield "Status", f"{life.signal.value}, {life.pubstatus.value}"
    yield "Published", _moment(item.published) if item.published else ""
    yield "Embargo", _moment(life.embargoed) if life.embargoed else ""
    yield "Markers", "; ".join(one_line(words, 200) for words in life.markers)
    yield "Number", one_line(life.item_number or "")
    yield "Slug", one_line(life.slug or item.slugline)
    yield "Take", str(life.take) if life.take is not None else ""
    yield "Byline", one_line(item.byline)
    yield "Note", one_line(item.ednote)
    yield "Language", one_line(item.language)


def _urgency(urgency: int) -> Markup:
    """A scale of nine, which a flash fills, and the figure."""
    level = max(0, min(_LEVELS, _LEVELS + 1 - urgency))
    steps = (element("i", class_="on" if step < level else "") for step in range(_LEVELS))
    style = "scale urgent" if urgency <= 3 else "scale"
    said = element("span", f"{urgency} of {_LEVELS}{', a flash' if urgency == 1 else ''}")
    return element(
        "span",
        Markup(f'<span class="{style}" aria-hidden="true">'),
        *steps,
        Markup("</span> "),
        said,
    )


def _moment(moment: datetime) -> str:
    day = f"{moment.day} {moment:%b %Y}"
    if moment.timetz() == time(tzinfo=moment.tzinfo):
        return day
    return f"{day}, {moment:%H:%M %Z}".rstrip()
