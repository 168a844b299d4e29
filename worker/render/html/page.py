"""The whole page: the parts, put into page.html with page.css."""

from importlib import resources
from string import Template

from worker import __version__
from worker.model import ParsedItem
from worker.render.console import one_line
from worker.render.html.copy import render_copy
from worker.render.html.facts import render_filing, render_key, render_speakers
from worker.render.html.life import render_alert, render_life
from worker.render.html.markup import Markup, escape
from worker.render.html.speakers import speakers_of
from worker.render.html.tables import render_entities, render_places

__all__ = ["render_page"]

_TITLE = 90
"""Code points, for a tab of the browser."""


def render_page(parsed: ParsedItem) -> str:
    """The item as an HTML document, from the doctype on."""
    item = parsed.item
    speakers = speakers_of(parsed)
    parts = {
        "alert": render_alert(parsed.life),
        "article": render_copy(parsed, speakers),
        "entities": render_entities(parsed.entities),
        "filing": render_filing(parsed.dateline),
        "key": render_key(parsed),
        "life": render_life(parsed),
        "places": render_places(parsed.dateline),
        "speakers": render_speakers(speakers.values()),
        "style": Markup(_read("page.css")),
        "title": one_line(item.headline or item.text, _TITLE) or "An item without words",
        "version": __version__,
    }
    return Template(_read("page.html")).substitute(
        {name: escape(part) for name, part in parts.items()}
    )


def _read(name: str) -> str:
    return (resources.files("worker.render.html") / name).read_text(encoding="utf-8")
