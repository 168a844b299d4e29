"""HTML in which nothing from outside is ever markup: what is not Markup is escaped."""

import html
import re
from typing import Final

from worker.render.console import visible

__all__ = ["Markup", "closing", "element", "escape", "join", "opening", "printable"]

_OTHER_SPACE: Final = re.compile(r"[\r\x0b\x0c\x1c-\x1f\x85]")
"""Controls that Python counts as space; HTML forbids them or makes a newline of them."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def printable(text: str) -> str:
    r"""The text with every character that HTML cannot hold replaced, one for one.

    >>> printable("all\x0cis\x00calm")
    'all\nis\ufffdcalm'
    """
    return visible(_OTHER_SPACE.sub("\n", text))


def escape(text: str) -> Markup:
    """The text as HTML that shows it; Markup as it is.

    >>> escape("<b>"), escape(Markup("<b>"))
    ('&lt;b&gt;', '<b>')
    """
    return text if isinstance(text, Markup) else Markup(html.escape(printable(text)))


def join(*content: str) -> Markup:
    """Everything in a row, escaped."""
    return Markup("".join(map(escape, content)))


def opening(name: str, **attributes: str) -> Markup:
    """A start tag; attributes that are empty are left out, and `_` in their names is `-`.

    >>> opening("a", class_="", href="#x", data_tip='"')
    '<a href="#x" data-tip="&quot;">'
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(printable(value))}"'
        for key, value in attributes.items()
        if value
    )
    return Markup(f"<{name}{said}>")


def closing(name: str) -> Markup:
    """An end tag."""
    return Markup(f"</{name}>")


def element(name: str, *content: str, **attributes: str) -> Markup:
    """An element with what is in it.

    >>> element("b", "<", element("i", "calm"), class_="s1")
    '<b class="s1">&lt;<i>calm</i></b>'
    """
    return join(opening(name, **attributes), *content, closing(name))
