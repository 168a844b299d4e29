"""Mutants of the Lua scripts: each is one script with one small thing changed."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

__all__ = ["SCRIPTS", "Mutant", "find_mutants"]

SCRIPTS = Path(__file__).parents[2] / "worker" / "store" / "scripts"

_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* )
    | (?P<string> '(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" )
    | (?P<number> \d+(?:\.\d+)? )
    | (?P<name> [A-Za-z_]\w* )
    | (?P<operator> == | ~= | <= | >= | \.\. | [^\s\w] )
    """,
    re.VERBOSE,
)
_SWAPS = {
    "==": "~=",
    "~=": "==",
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "and": "or",
    "or": "and",
    "+": "-",
    "-": "+",
}
_STATEMENT = re.compile(r"^(?P<indent>[ ]*)(?P<text>(?:redis\.call|[a-z_]\w*)\()", re.MULTILINE)
_ASSIGNMENT = re.compile(
    r"^[ ]*(?!local\b|return\b|if\b|elseif\b|for\b|while\b|--|until\b)"
    r"[a-z_][\w.\[\]#+, ]* = [^\n]*$",
    re.MULTILINE,
)


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `name` is the same as long as the line that it changes is; `text` is the whole
    script after it.
    """

    file: str
    name: str
    line: int
    text: str


class _Change(msgspec.Struct, frozen=True):
    start: int
    end: int
    new: str
    what: str


def find_mutants(path: Path) -> list[Mutant]:
    """All mutants of a script, in the order of its lines."""
    text = path.read_text(encoding="utf-8")
    file = path.relative_to(SCRIPTS).as_posix()
    changes = [*_swaps(text), *_conditions(text), *_dropped_calls(text), *_dropped_values(text)]
    times: Counter[str] = Counter()
    mutants = []
    for change in sorted(changes, key=lambda change: (change.start, change.what)):
        number = text.count("\n", 0, change.start) + 1
        where = " ".join(text.splitlines()[number - 1].split())
        name = f"{change.what} in `{where}`"
        times[name] += 1
        if times[name] > 1:
            name = f"{name} ({times[name]})"
        mutated = text[: change.start] + change.new + text[change.end :]
        mutants.append(Mutant(file=file, name=name, line=number, text=mutated))
    return mutants


def _tokens(text: str) -> list[re.Match[str]]:
    return [token for token in _TOKEN.finditer(text) if token.lastgroup != "comment"]


def _swaps(text: str) -> Iterator[_Change]:
    """Comparisons, `and`, `or`, plus and minus turned round; numbers one larger."""
    tokens = _tokens(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        word = token.group()
        is_sign = word == "-" and (before is None or before.group() in {"(", ",", "=", "return"})
        if token.lastgroup != "string" and word in _SWAPS and not is_sign:
            new = _SWAPS[word]
            yield _Change(token.start(), token.end(), new, f"`{word}` is `{new}`")
        elif token.lastgroup == "number" and "." not in word:
            yield _Change(token.start(), token.end(), str(int(word) + 1), f"{word} is one more")


def _conditions(text: str) -> Iterator[_Change]:
    """Each condition never holds, and always."""
    opened: int | None = None
    for token in _tokens(text):
        if token.lastgroup == "name" and token.group() in {"if", "elseif"}:
            opened = token.end()
        elif token.lastgroup == "name" and token.group() == "then" and opened is not None:
            yield _Change(opened, token.start(), " false ", "the condition never holds")
            yield _Change(opened, token.start(), " true ", "the condition always holds")
            opened = None


def _dropped_calls(text: str) -> Iterator[_Change]:
    """A call that stands alone is left out."""
    for found in _STATEMENT.finditer(text):
        word = found["text"].rstrip("(")
        if word in {"function", "local", "if", "elseif", "while", "return", "for", "until", "not"}:
            continue
        end = _end_of_call(text, found.end())
        if text[end : end + 1] == "\n":
            yield _Change(found.end("indent"), end, "", "the call is left out")


def _end_of_call(text: str, at: int) -> int:
    """Where the bracket is closed that was opened just before."""
    depth = 1
    for token in _TOKEN.finditer(text, at):
        if token.lastgroup == "operator":
            depth += {"(": 1, ")": -1}.get(token.group(), 0)
        if depth == 0:
            return token.end()
    return at


def _dropped_values(text: str) -> Iterator[_Change]:
    """A value that is set is not."""
    for found in _ASSIGNMENT.finditer(text):
        line = found.group()
        is_whole = line.count("(") == line.count(")") and line.count("{") == line.count("}")
        if is_whole and not line.rstrip().endswith((",", "and", "or", "..")):
            yield _Change(found.start(), found.end(), "", "the value is not set")
