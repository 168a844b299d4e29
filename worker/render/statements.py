"""Rendering of indirect and mixed statements: the rows that terminal and page share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text

from worker.model import ParsedItem, Statement, StatementKind
from worker.render.console import one_line, table

__all__ = ["StatementRow", "reported_statements", "statement_rows"]

_MOST = 160
"""Code points of a statement in the table."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement in words: the speaker, empty if not known; mention and cue as written."""

    speaker: str
    kind: str
    attribution: str
    words: str


def statement_rows(parsed: ParsedItem) -> Iterator[StatementRow]:
    """Yield a row for each indirect or mixed statement; direct statements are shown as quotes."""
    text = parsed.item.text
    for statement in parsed.statements:
        if statement.kind is not StatementKind.DIRECT:
            yield StatementRow(
                speaker=one_line(statement.speaker or ""),
                kind=statement.kind.value,
                attribution=_say_how(statement, text),
                words=one_line(_join([part.of(text) for part in statement.contents]), _MOST),
            )


def reported_statements(parsed: ParsedItem) -> RenderableType | None:
    """Return the table of indirect and mixed statements for a terminal; None without them."""
    found = [*statement_rows(parsed)]
    if not found:
        return None
    rows = table("Speaker", "Reported")
    for row in found:
        words = Text(row.words)
        words.append(f"\n{row.kind} · {row.attribution}".removesuffix(" · "), style="dim")
        rows.add_row(Text(row.speaker or "not known"), words)
    return rows


def _say_how(statement: Statement, text: str) -> str:
    spans = [("mention", statement.source), ("cue", statement.cue)]
    return " · ".join(f"{name}: {one_line(span.of(text))}" for name, span in spans if span)


def _join(parts: Sequence[str]) -> str:
    return " … ".join(parts)
