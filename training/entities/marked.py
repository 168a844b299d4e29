"""The corpus of this project: wire copy with its names marked, see training/corpus/README.md."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CORPUS", "Item", "Name", "Role", "read_file", "read_item"]

CORPUS = Path(__file__).parents[1] / "corpus"

LABELS = frozenset("PERSON ORG GPE LOC NORP EVENT FAC PRODUCT LAW".split())


@dataclass(frozen=True, slots=True)
class Name:
    """A marked name: half-open code points, its label, what it is usually called, its country."""

    start: int
    end: int
    label: str
    canonical: str
    iso: str | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """Words that say what a person is."""

    start: int
    end: int
    person: str


@dataclass(frozen=True, slots=True)
class Item:
    """A text with its names and roles, in text order."""

    name: str
    text: str
    names: tuple[Name, ...]
    roles: tuple[Role, ...]


_ITEM = re.compile(r"^==[ ]+(?P<name>[\w-]+)[ ]*$", re.MULTILINE)
_PIECE = re.compile(
    r"""
    \\ (?P<bracket> [\[\]{}] )
    | \[ (?P<label> [A-Z]+ ) [ ]
         (?P<name> [^\[\]{}=@]+? )
         (?: [ ] = [ ] (?P<canonical> [^\[\]{}@]+? ) )?
         (?: [ ] @ (?P<iso> [A-Z]{2} ) )? \]            # [GPE KIEV = Kiev @UA]
    | (?P<opened> \{ )
    | [ ]* -> [ ] (?P<person> [^\[\]{}]+ ) \}            # { ... -> Dmitry Peskov}
    | (?P<stray> [\[\]{}] )
    """,
    re.VERBOSE,
)


def read_file(path: Path) -> Iterator[Item]:
    """The items of one file.

    Raises:
        ValueError: An item is not as the format asks; the message names it.
    """
    parts = _ITEM.split(path.read_text(encoding="utf-8"))
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        yield read_item(name, body.strip())


def read_item(name: str, body: str) -> Item:
    """The item of a marked-up text."""
    names: list[Name] = []
    roles: list[Role] = []
    opened: list[int] = []
    text, at = "", 0
    for piece in _PIECE.finditer(body):
        text += body[at : piece.start()]
        at = piece.end()
        if piece["stray"]:
            message = f"{name}: stray {piece['stray']} before {body[at : at + 30]!r}"
            raise ValueError(message)
        if piece["bracket"]:
            text += piece["bracket"]
        elif piece["opened"]:
            opened.append(len(text))
        elif piece["person"]:
            if not opened:
                message = f"{name}: no brace opens the role of {piece['person']}"
                raise ValueError(message)
            roles.append(Role(opened.pop(), len(text), piece["person"]))
        else:
            names.append(_read_name(name, piece, len(text)))
            text += piece["name"]
    if opened:
        message = f"{name}: a role's brace stays open: {text[opened[0] : opened[0] + 30]!r}"
        raise ValueError(message)
    return Item(name, text + body[at:], tuple(names), tuple(roles))


def _read_name(item: str, piece: re.Match[str], start: int) -> Name:
    words = piece["name"]
    if piece["label"] not in LABELS:
        message = f"{item}: no such label: {piece.group()}"
        raise ValueError(message)
    canonical = piece["canonical"] or words
    return Name(start, start + len(words), piece["label"], canonical, piece["iso"])
