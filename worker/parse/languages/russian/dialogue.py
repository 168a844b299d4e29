"""The replies of Russian dialogues and interviews, which stand behind dashes and have no marks.

    — Когда откроют мост?                      (the reporter's question: no quotation)
    — Осенью, — отвечает Петров. — Раньше не успеем.

A paragraph that opens with a dash may also be an item of a list. It is a reply where a reporting
clause stands in it, where a question stands before it, or where its neighbours are replies.

In the examples: `когда откроют мост?` when will the bridge open, `отвечает Петров` Petrov answers,
`спрашиваю` I ask, `вопрос` question, `ответ` answer, `вас хвалят` they praise you.
"""

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from worker.model import Span
from worker.parse.languages.russian.lexicon import fold, may_report
from worker.parse.text import WireText

__all__ = ["Reply", "Turn", "find_replies"]

_OPENING = re.compile(r"(?:[-–—]{1,2}[ \u00a0\t]+)(?=[\"«“„(]?(?:\.\.\.|…)?[A-ZА-ЯЁ0-9])")
_ANSWER = re.compile(r"(?:Ответ|О\.)[ \u00a0]?:[ \u00a0]+(?=\S)")
"""`Ответ: Осенью`, below `Вопрос: Когда откроют мост?`."""
_CLAUSE = re.compile(
    r"""
    (?P<sign> [,.!?…] ["»”“]? ) [ \u00a0]{1,3} [-–—]{1,2} [ \u00a0]{1,3}   # `Осенью, — `
    (?P<words> [а-яё] [^\n]{2,160}? )                                      # `отвечает Петров`
    (?: (?P<end> [.,!?…:] [ \u00a0]{1,3} [-–—]{1,2} [ \u00a0]{1,3} )       # `. — `
      | \Z )
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"\w[\w-]*")
_CUE_WORDS = 3
_OF_REPORTER = frozenset(
    "спрашиваю интересуюсь уточняю говорю удивляюсь возражаю переспрашиваю замечаю".split()
)
"""Verbs of the reporter: `— И куда вы теперь? — спрашиваю`."""
_GROUP = 12
"""Paragraphs of a dialogue that are looked at, which keeps the reading linear."""
_LIST_ENDS = (";", ",")


class Turn(Enum):
    """What comes before a reply."""

    ANSWER = "a question of the reporter"
    SPEECH = "another speaker, or nobody"


class Reply(NamedTuple):
    """A piece of a reply, without the dash; pieces around a reporting clause share `paragraph`."""

    span: Span
    paragraph: int
    turn: Turn
    is_part: bool


class _Line(NamedTuple):
    """A paragraph behind its dash, with its clauses as (end of the words before, start behind)."""

    paragraph: int
    start: int
    end: int
    clauses: tuple[tuple[int, int], ...]
    is_question: bool
    is_reporters: bool


def find_replies(text: WireText) -> tuple[Reply, ...]:
    r"""Return the replies of dialogues and interviews, in text order.

    >>> text = WireText("— Когда?\n\n— Осенью, — отвечает Петров. — Не раньше.")
    >>> [reply.span.of(text.full) for reply in find_replies(text)]
    ['Осенью,', 'Не раньше.']
    """
    lines = {line.paragraph: line for line in _read_lines(text)}
    replies: list[Reply] = []
    is_asked = is_answered = False
    for number, paragraph in enumerate(text.paragraphs):
        line = lines.get(number)
        if line is None:
            # `Когда откроют мост?` stands as a paragraph without a dash.
            is_asked, is_answered = text.full[paragraph.end - 1] == "?", False
        elif _is_of_reporter(
            line, lines.get(number + 1), is_asked=is_asked, is_answered=is_answered
        ):
            is_asked, is_answered = True, False
        else:
            answers = is_asked or (bool(replies) and replies[-1].turn is Turn.ANSWER)
            if answers or line.clauses or _is_in_talk(text, lines, line):
                replies += _pieces(line, Turn.ANSWER if answers else Turn.SPEECH)
            is_asked, is_answered = False, is_asked
    return tuple(replies)


def _is_of_reporter(
    line: _Line, following: _Line | None, *, is_asked: bool, is_answered: bool
) -> bool:
    """Return True for the reporter's part of an interview, which is no quotation."""
    # `— И куда вы теперь? — спрашиваю`
    if line.is_reporters:
        return True
    if following is None or line.clauses:
        return False
    # `— Когда вернетесь?`; `— Вас хвалят.` between an answer and the next one
    return (line.is_question and not is_asked) or (is_answered and not following.is_question)


def _read_lines(text: WireText) -> Iterator[_Line]:
    """Yield the paragraphs that open with a dash, or with the word for an answer."""
    for number, paragraph in enumerate(text.paragraphs):
        opening = _OPENING.match(text.full, paragraph.start, paragraph.end)
        opening = opening or _ANSWER.match(text.full, paragraph.start, paragraph.end)
        if opening is None or text.full[paragraph.end - 1] in _LIST_ENDS:
            continue
        start, end = opening.end(), paragraph.end
        clauses = tuple(_find_clauses(text.full, start, end))
        words = fold(text.full[clauses[0][0] : clauses[0][1]]) if clauses else ""
        yield _Line(
            paragraph=number,
            start=start,
            end=end,
            clauses=clauses,
            is_question=not clauses and text.full[end - 1] == "?",
            is_reporters=any(word in _OF_REPORTER for word in _WORD.findall(words)[:_CUE_WORDS]),
        )


def _find_clauses(full: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the reporting clauses of a reply: `Осенью, — отвечает Петров. — Не раньше.`"""
    for match in _CLAUSE.finditer(full, start, end):
        words = _WORD.findall(match["words"])[:_CUE_WORDS]
        if may_report(words) or any(word in _OF_REPORTER for word in words):
            yield match.end("sign"), match.end()


def _is_in_talk(text: WireText, lines: dict[int, _Line], line: _Line) -> bool:
    """Return True for a reply without a clause of its own, by the paragraphs around it.

    `Он задумался и ответил:` leads a single one in, while items of a list come in numbers.
    """
    group = [line]
    for step in (-1, 1):
        while (other := lines.get(group[-1].paragraph + step)) and len(group) < _GROUP:
            group.append(other)
        group.reverse()
    if any(other.clauses or other.is_question for other in group):
        return True
    if len(group) > 1 or not line.paragraph:
        return False
    return text.full[text.paragraphs[line.paragraph - 1].end - 1] == ":"


def _pieces(line: _Line, turn: Turn) -> Iterator[Reply]:
    """Yield the pieces of a reply around its clauses."""
    at = line.start
    bounds: Sequence[tuple[int, int]] = (*line.clauses, (line.end, line.end))
    for stop, following in bounds:
        if stop > at:
            yield Reply(Span(at, stop), line.paragraph, turn, bool(line.clauses))
        at = following
