"""References in XML: internal entities under a budget, named characters, numbers."""

import re
from functools import lru_cache
from html import unescape
from html.entities import html5

from worker.errors import FormatError

__all__ = ["doctype_end", "expand_entities", "unescape_text"]

_LIMIT_ENTITIES = 10_000
_LIMIT_EXPANDED_CHARS = 16_777_216
"""What references may add to a document. 111,206 honest ones added a few hundred thousand."""
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
_ENTITY = re.compile(
    r"""<!ENTITY\s++(?P<name>[\w.:-]++)\s++(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)')\s*+>"""
)
_REFERENCE = re.compile(
    r"""
    <!\[CDATA\[ (?s:.*?) (?:\]\]>|\Z)       # not in there
    | <!-- (?s:.*?) (?:-->|\Z)              # nor in there
    | &(?P<name>[A-Za-z_:][\w.:-]{0,80});   # &agency;
    """,
    re.VERBOSE,
)
_NAMED = re.compile(r"&(?P<name>[A-Za-z_:][\w.:-]{0,80});")
_NUMBER = re.compile(r"&#(?:(?P<decimal>\d{1,20})|[xX](?P<hex>[0-9a-fA-F]{1,20}));?")
_ANY = re.compile(r"&(?:#[xX]?[0-9a-fA-F]{1,40};?|(?P<name>[A-Za-z][A-Za-z0-9]{1,31});)")
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})


def expand_entities(text: str) -> str:
    """The document without its type, entities that the type declares put in their places.

    Raises:
        FormatError: They would add more than the budget, or refer to themselves.
    """
    start = _DOCTYPE_START.search(text, 0, _HEAD_CHARS)
    found = _DOCTYPE.match(text, start.start()) if start else None
    if found is None:
        return text
    text = text[: found.start()] + text[found.end() :]
    declared = _declared(found["subset"] or "")
    if not declared:
        return text
    return _Expander(declared).expand(text)


def doctype_end(text: str, at: int) -> int:
    """Where the document type that begins there ends; 0 where none begins."""
    found = _DOCTYPE.match(text, at)
    return found.end() if found else 0


def unescape_text(run: str) -> str:
    """The run with its references resolved; what is none, or no character, stays or becomes U+FFFD.

    >>> unescape_text("Q&A &amp; &eacute;&#233; &unknown;")
    'Q&A & éé &unknown;'
    """
    return _ANY.sub(_resolve, run) if "&" in run else run


def _resolve(found: re.Match[str]) -> str:
    name = found["name"]
    if name:
        return html5.get(f"{name};", found[0])
    return _character(found[0])


@lru_cache(maxsize=4096)
def _character(reference: str) -> str:
    found = _NUMBER.fullmatch(reference)
    if found is None:
        return reference
    number = int(found["decimal"]) if found["decimal"] else int(found["hex"], 16)
    return unescape(f"&#{number};") if 0 < number <= 0x10FFFF else "\ufffd"


def _declared(subset: str) -> dict[str, str]:
    """Entities by name, the first declaration of each. External and parameter ones are left out."""
    found: dict[str, str] = {}
    for one in _ENTITY.finditer(subset):
        if len(found) >= _LIMIT_ENTITIES:
            break
        value = one["double"] if one["double"] is not None else one["single"]
        if one["name"] not in _PREDEFINED:
            found.setdefault(one["name"], _NUMBER.sub(_once, value))
    return found


def _once(found: re.Match[str]) -> str:
    """A number in an entity's value; `&` and `<` stay escaped, so that none begins markup."""
    character = _character(found[0])
    return {"&": "&amp;", "<": "&lt;"}.get(character, character)


class _Expander:
    def __init__(self, declared: dict[str, str]) -> None:
        self._declared = declared
        self._whole: dict[str, str] = {}
        self._left = _LIMIT_EXPANDED_CHARS

    def expand(self, text: str) -> str:
        return _REFERENCE.sub(self._replace, text)

    def _replace(self, found: re.Match[str]) -> str:
        name = found["name"]
        if name is None or name not in self._declared:
            return found[0]
        value = self._value(name, 0)
        self._spend(len(value))
        return value

    def _value(self, name: str, depth: int) -> str:
        if depth > _LIMIT_DEPTH:
            raise FormatError("entities within entities without end")
        if name not in self._whole:
            parts: list[str] = []
            at = 0
            raw = self._declared[name]
            for inner in _NAMED.finditer(raw):
                if inner["name"] in self._declared:
                    value = self._value(inner["name"], depth + 1)
                    self._spend(len(value))
                    parts += (raw[at : inner.start()], value)
                    at = inner.end()
            self._whole[name] = "".join((*parts, raw[at:]))
        return self._whole[name]

    def _spend(self, chars: int) -> None:
        self._left -= chars
        if self._left < 0:
            raise FormatError(f"entities expand to more than {_LIMIT_EXPANDED_CHARS:,} characters")
