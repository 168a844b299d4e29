"""The credit and the closing of a dateline, however they are set off."""

import re
from dataclasses import dataclass

from worker.parse.dateline.agencies import Credit, read_credit
from worker.parse.dateline.frame import Mark
from worker.parse.dateline.reader import Reader

__all__ = ["Tail", "read_tail"]

_SIGNED = re.compile(r",[ ](?P<name>[^\W\d_]+(?:[ ][^\W\d_]+){1,2})(?=\.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """What follows place and date; `stop` is where the dateline ends, its closing left out."""

    stop: int
    credit: Credit | None = None
    mark: Mark = Mark.NONE
    closing: str = ""
    correspondent: str | None = None


def read_tail(reader: Reader, *, dated: bool) -> Tail:
    """The tail that begins here; every part of it may be missing."""
    stop = reader.at
    credit, mark = _read_set_off(reader, dated=dated)
    stop = reader.at if credit else stop
    closing = reader.read_closing()
    if credit is None and closing in {"-", "--", "–", "—"}:
        credit, mark = _read_between_dashes(reader)
        stop = reader.at if credit else stop
        closing = reader.read_closing() if credit else closing
    if credit and mark is Mark.BARE and (signed := _SIGNED.match(reader.text, stop, reader.end)):
        reader.at = signed.end() + 1
        return Tail(
            stop=signed.end(),
            credit=credit,
            mark=mark,
            closing=".",
            correspondent=signed["name"],
        )
    correspondent = credit.correspondent if credit else None
    return Tail(stop=stop, credit=credit, mark=mark, closing=closing, correspondent=correspondent)


def _read_set_off(reader: Reader, *, dated: bool) -> tuple[Credit | None, Mark]:
    """The credit after place and date, however it is set off."""
    before = reader.at
    if reader.peek() in {",", "."}:
        reader.at += 1
    reader.skip_spaces()
    if bracket := reader.read_bracket():
        if credit := read_credit(bracket[0]):
            return credit, Mark.ROUND if bracket[1] == "(" else Mark.SLASHES
        reader.at = before
        return None, Mark.NONE
    if credit := reader.read_bare_credit():
        if reader.is_at_closing():
            return credit, Mark.BARE
        reader.at = before
        return None, Mark.NONE
    reader.at = before
    return _read_after_dash(reader) if dated else (None, Mark.NONE)


def _read_between_dashes(reader: Reader) -> tuple[Credit | None, Mark]:
    """`LONDON--(BUSINESS WIRE)--`: a known agency in brackets after the first dash."""
    before = reader.at
    reader.skip_spaces()
    bracket = reader.read_bracket() if reader.peek() == "(" else None
    credit = read_credit(bracket[0]) if bracket else None
    if credit and credit.known and reader.is_at_closing():
        return credit, Mark.ROUND
    reader.at = before
    return None, Mark.NONE


def _read_after_dash(reader: Reader) -> tuple[Credit | None, Mark]:
    """`МОСКВА, 31 дек - РИА Новости.`: the agency after the dash, ended by a full stop or comma."""
    before = reader.at
    if reader.read_closing() in {"-", "–", "—", "--"}:
        reader.skip_spaces()
        credit = reader.read_bare_credit()
        if credit and reader.peek() in {".", ",", ":"}:
            return credit, Mark.BARE
    reader.at = before
    return None, Mark.NONE
