"""References in XML: internal entities under a budget, named and numbered characters."""

import re
from functools import lru_cache
from html import escape, unescape
from html.entities import html5

from worker.errors import FormatError

__all__ = ["doctype_end", "escape_stray", "expand_entities", "unescape_text"]

_LIMIT_ENTITIES = 10_000
_LIMIT_EXPANDED_CHARS = 16_777_216
"""The most that references may add to a document; 111,206 real documents stayed far below it."""
_LIMIT_DEPTH = 20
_HEAD_CHARS = 8192
_DOCTYPE_START = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)

_DOCTYPE = re.compile(
    r"""
    <!DOCTYPE\b (?>[^\[>"']++ | "[^"]*+" | '[^']*+')*+              # <!DOCTYPE rss PUBLIC "..."
    (?: \[ (?P<subset>(?>[^\]"'<]++ | "[^"]*+" | '[^']*+'
                         | <!--(?>[^-]++|-(?!->))*+(?:-->|\Z) | <)*+) \]\s*+ )?+  # [<!ENTITY ...>]
    >
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Possessive, so that a declaration that never ends costs linear time."""
_ENTITY = re.compile(
    r"""<!ENTITY\s++(?P<name>[\w.:-]++)\s++(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)')\s*+>"""
)
_REFERENCE = re.compile(
    r"""
    <!\[CDATA\[ (?s:.*?) (?:\]\]>|\Z)       # none in CDATA
    | <!-- (?s:.*?) (?:-->|\Z)              # none in comments
    | &(?P<name>[A-Za-z_:][\w.:-]{0,80});   # &agency;
    """,
    re.VERBOSE,
)
_NAMED = re.compile(r"&(?P<name>[A-Za-z_:][\w.:-]{0,80});")
_NUMBER = re.compile(r"&#(?:(?P<decimal>\d{1,20})|[xX](?P<hex>[0-9a-fA-F]{1,20}));?")
_ANY = re.compile(r"&(?:#[xX]?[0-9a-fA-F]{1,40};?|(?P<name>[A-Za-z][A-Za-z0-9]{1,31});)")
_AMPERSAND = re.compile(
    r"""
    <!\[CDATA\[ (?s:.*?) (?:\]\]>|\Z)       # text as it is
    | <!-- (?s:.*?) (?:-->|\Z)
    | &(?:\#[xX]?[0-9a-fA-F]{1,40};? | (?P<name>[A-Za-z][A-Za-z0-9]{1,31});)?   # &nbsp; or a bare &
    """,
    re.VERBOSE,
)
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})
"""Entities that XML predefines: a declaration may repeat them but not change them."""


def expand_entities(text: str) -> str:
    """Drop the document type and replace references to the entities that it declares.

    Raises:
        FormatError: The entities would add more than the budget, or refer to themselves.
    """
    start = _DOCTYPE_START.search(text, 0, _HEAD_CHARS)
    doctype = _DOCTYPE.match(text, start.start()) if start else None
    if doctype is None:
        return text
    text = text[: doctype.start()] + text[doctype.end() :]
    declared = _declared(doctype["subset"] or "")
    if not declared:
        return text
    return _Expander(declared).expand(text)


def doctype_end(text: str, at: int) -> int:
    """Return the end of the document type that begins at `at`; 0 if none begins there."""
    doctype = _DOCTYPE.match(text, at)
    return doctype.end() if doctype else 0


def unescape_text(run: str) -> str:
    """Resolve the references in a run of text.

    Unknown names stay as they are; numbers of no character become U+FFFD.

    >>> unescape_text("Q&A &amp; &eacute;&#233; &unknown;")
    'Q&A & éé &unknown;'
    """
    return _ANY.sub(_resolve, run) if "&" in run else run


def escape_stray(text: str) -> str:
    r"""Escape each `&` that begins no reference, and put the characters that HTML names in place.

    The elements of the document stay as they are, and `unescape_text` finds the same text in it.

    >>> escape_stray("<a>Q&A &nbsp;&lt; &unknown;<![CDATA[&]]></a>")
    '<a>Q&amp;A \xa0&lt; &amp;unknown;<![CDATA[&]]></a>'
    """
    return _AMPERSAND.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    written = found[0]
    if written.startswith("<"):
        return written
    return escape(written if written == "&" else _resolve(found))


def _resolve(reference: re.Match[str]) -> str:
    name = reference["name"]
    if name:
        return html5.get(f"{name};", reference[0])
    return _character(reference[0])


@lru_cache(maxsize=4096)
def _character(reference: str) -> str:
    numeric = _NUMBER.fullmatch(reference)
    if numeric is None:
        return reference
    number = int(numeric["decimal"]) if numeric["decimal"] else int(numeric["hex"], 16)
    return unescape(f"&#{number};") if 0 < number <= 0x10FFFF else "\ufffd"


def _declared(subset: str) -> dict[str, str]:
    """Return entities by name, the first declaration of each; external and parameter ones not."""
    entities: dict[str, str] = {}
    for declaration in _ENTITY.finditer(subset):
        if len(entities) >= _LIMIT_ENTITIES:
            break
        quoted = declaration["double"]
        value = quoted if quoted is not None else declaration["single"]
        if declaration["name"] not in _PREDEFINED:
            entities.setdefault(declaration["name"], _NUMBER.sub(_resolve_in_value, value))
    return entities


def _resolve_in_value(reference: re.Match[str]) -> str:
    """Resolve a number in an entity's value; `&` and `<` stay escaped, so that no markup begins."""
    character = _character(reference[0])
    return {"&": "&amp;", "<": "&lt;"}.get(character, character)


class _Expander:
    """Replaces references to declared entities, each expanded once, until the budget is spent."""

    def __init__(self, declared: dict[str, str]) -> None:
        self._declared = declared
        self._expanded: dict[str, str] = {}
        self._left = _LIMIT_EXPANDED_CHARS

    def expand(self, text: str) -> str:
        return _REFERENCE.sub(self._replace, text)

    def _replace(self, reference: re.Match[str]) -> str:
        name = reference["name"]
        if name is None or name not in self._declared:
            return reference[0]
        value = self._value(name, 0)
        self._spend(len(value))
        return value

    def _value(self, name: str, depth: int) -> str:
        if depth > _LIMIT_DEPTH:
            raise FormatError("entities refer to each other without end")
        if name not in self._expanded:
            parts: list[str] = []
            at = 0
            raw = self._declared[name]
            for inner in _NAMED.finditer(raw):
                if inner["name"] in self._declared:
                    value = self._value(inner["name"], depth + 1)
                    self._spend(len(value))
                    parts += (raw[at : inner.start()], value)
                    at = inner.end()
            self._expanded[name] = "".join((*parts, raw[at:]))
        return self._expanded[name]

    def _spend(self, chars: int) -> None:
        self._left -= chars
        if self._left < 0:
            raise FormatError(f"entities expand to more than {_LIMIT_EXPANDED_CHARS:,} characters")
