"""The whole page: templates/page.html and its includes, rendered with an item."""

import re
from datetime import datetime, time
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from worker import __version__
from worker.model import ParsedItem
from worker.render.console import one_line, visible
from worker.render.html.article import read_article
from worker.render.html.names import name_rows
from worker.render.html.places import place_rows, say_coordinates, say_country, say_region
from worker.render.html.speakers import speakers_of
from worker.render.statements import statement_rows
from worker.render.terminal import say_day

__all__ = ["environment", "item_values", "printable", "render_page"]

_TITLE: Final = 90
"""Longest title in code points; browsers show it on a tab."""

_BY: Final = re.compile(r"^by\s+", re.IGNORECASE)
_AND: Final = re.compile(r"([,;]| and )")
_OTHER_SPACE: Final = re.compile(r"[\r\x0b\x0c\x1c-\x1f\x85]")
"""Control characters that Python treats as white space; HTML forbids or converts them."""


def render_page(parsed: ParsedItem) -> str:
    """Return the item as a complete HTML document."""
    return environment().get_template("page.html").render(item_values(parsed))


def item_values(parsed: ParsedItem) -> dict[str, Any]:
    """Return the values of an item's templates, by name."""
    item = parsed.item
    speakers = speakers_of(parsed)
    return {
        "title": one_line(item.headline or item.text, _TITLE) or "An item without words",
        "version": __version__,
        "item": item,
        "life": parsed.life,
        "dateline": parsed.dateline,
        "language": parsed.language or item.language,
        "is_supported": parsed.is_supported,
        "has_marks": bool(parsed.dateline or parsed.quotes or parsed.entities),
        "article": read_article(parsed, speakers),
        "speakers": tuple(speakers.values()),
        "statements": tuple(statement_rows(parsed)),
        "places": place_rows(parsed.dateline),
        "names": name_rows(parsed),
    }


@cache
def environment() -> Environment:
    """Return the Jinja environment: all values are escaped, and an undefined name is an error."""
    templates = Environment(
        loader=PackageLoader("worker.render.html"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {
        "byline": say_byline,
        "coordinates": say_coordinates,
        "country": say_country,
        "day": say_day,
        "moment": _say_moment,
        "one_line": one_line,
        "region": say_region,
    }
    return templates


def _finalize(value: object) -> object:
    """Return the value without characters that HTML forbids; Jinja then escapes it."""
    return value if isinstance(value, Markup) else printable(str(value))


def printable(text: str) -> str:
    r"""Return the text with each character that HTML forbids replaced by another.

    >>> printable("all\x0cis\x00calm")
    'all\nis\ufffdcalm'
    """
    return visible(_OTHER_SPACE.sub("\n", text))


def say_byline(byline: str) -> str:
    """Return the byline without its "By", and with names in capitals as names are written.

    >>> say_byline("By ADA MARLOW and BO O'LIND, Associated Press")
    "Ada Marlow and Bo O'Lind, Associated Press"
    >>> say_byline("AP")
    'AP'
    """
    parts = _AND.split(_BY.sub("", one_line(byline)))
    return "".join(
        part.title() if part.isupper() and " " in part.strip() else part for part in parts
    )


def _say_moment(moment: datetime) -> str:
    """Return the moment in words, without the time if it is midnight."""
    day = f"{moment.day} {moment:%b %Y}"
    if moment.timetz() == time(tzinfo=moment.tzinfo):
        return day
    return f"{day}, {moment:%H:%M %Z}".rstrip()
