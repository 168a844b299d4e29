"""A desk, and the desks file that defines desks."""

import re
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from worker.desks.match import Match
from worker.errors import SettingsError
from worker.model import PubStatus
from worker.model.spelling import suggestion

__all__ = ["ARCHIVE", "DEFAULT_DESKS", "OWN_STREAM", "Desk", "Shape", "read_desks"]

OWN_STREAM = "redis-stream"
"""The sink of a desk that needs no relay: its events stay on its own stream."""

ARCHIVE = "archive"
"""The sink that stands for the archive of the settings."""


class Shape(StrEnum):
    """The payload of a desk's events: a whole item, a single quote or statement, the entities that
    an item names, or an item as an IPTC ninjs document.
    """

    ITEM = "item"
    QUOTES = "quotes"
    STATEMENTS = "statements"
    ENTITIES = "entities"
    NINJS = "ninjs"


class Desk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A downstream queue. `sink` names the server that its stream is copied to, if any
    (docs/desks.md).
    """

    # A part of the stream's key and of event ids. \Z, since $ accepts a line break after the name.
    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}\Z")]
    sink: str = OWN_STREAM
    shape: Shape = Shape.ITEM
    match: Match = Match()


DEFAULT_DESKS = (
    Desk(name="items"),
    Desk(name="quotes", shape=Shape.QUOTES),
    Desk(name="alerts", match=Match(urgency_max=3)),
)


class _DesksFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    desk: tuple[Desk, ...]


def _either(words: Iterable[str]) -> str:
    """Return the words as a choice: "`item`, `quotes` or `ninjs`"."""
    *others, last = (f"`{word}`" for word in words)
    return f"{', '.join(others)} or {last}"


_RULES = {
    "name": "a name is 1 to 64 lower-case letters, digits, `-` and `_`",
    "countries": "a country is its code of two letters, such as `UA`",
    "languages": "a language is its tag, such as `en` or `pt-BR`",
    "pubstatus": f"a pubstatus is {_either(PubStatus)}",
    "text": "a `*` may only stand at the end of a word",
}
"""What the patterns of the fields demand."""

_FIELD = re.compile(r"\.(?P<name>\w+)(?:\[[^\]]*\])*`\Z")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")


def _in_words(reason: str) -> str:
    """Return an error of msgspec with the rule of the field, or the field that may be meant.

    >>> _in_words("Expected `str` matching regex '^x' - at `$.desk[0].name`")
    'a name is 1 to 64 lower-case letters, digits, `-` and `_` - at `$.desk[0].name`'
    """
    field = _FIELD.search(reason)
    if "matching regex" in reason and field and field["name"] in _RULES:
        return f"{_RULES[field['name']]} - at{reason.rpartition(' - at')[2]}"
    if unknown := _UNKNOWN.search(reason):
        known = Match.__struct_fields__ if reason.endswith("match`") else Desk.__struct_fields__
        return f"{reason}{suggestion(unknown['name'], known)}"
    if reason.startswith("Invalid enum value"):
        return f"{reason}; a shape is {_either(Shape)}"
    if reason == "Object missing required field `desk`":
        return "has no desk; each begins with [[desk]]"
    return reason


def read_desks(text: str, *, subject: str) -> tuple[Desk, ...]:
    """Return the desks of a desks.toml.

    Raises:
        SettingsError: A field is wrong; the message names the file (`subject`) and the field.
    """
    try:
        desks = msgspec.convert(tomllib.loads(text), _DesksFile).desk
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(str(error), subject=subject) from error
    except msgspec.ValidationError as error:
        raise SettingsError(_in_words(str(error)), subject=subject) from error
    for desk in desks:
        if desk.sink.partition(":")[0] in (ARCHIVE, "sql") and desk.shape is not Shape.ITEM:
            reason = f'desk {desk.name}: an archive takes whole items; its shape is "item"'
            raise SettingsError(reason, subject=subject)
    names = [desk.name for desk in desks]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"two desks are named {name!r}", subject=subject)
    return desks
