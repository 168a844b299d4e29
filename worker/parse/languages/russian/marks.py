"""The marked runs of Russian copy: where quotations begin and end, and which runs are names.

In the examples: `мы готовы` we are ready, `ждем решения` we await a decision, `партия` a party,
`так называемая "мягкая сила"` so-called soft power, `закон` a law, `он ответил` he answered,
`закрыта` is closed, `соперник` the opponent, `также отметил министр` the minister also noted.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from worker.model import Dateline, EntityLabel, Span
from worker.parse.entity_registry import Registry
from worker.parse.languages.russian.dialogue import Reply, Turn, find_replies
from worker.parse.languages.russian.lexicon import cue_of, fold, is_class_word, may_report
from worker.parse.quotes.quotation_marks import QuotedRun, find_quoted_runs
from worker.parse.text import WireText

__all__ = ["MarkedRun", "find_marked_runs"]

_WORD = re.compile(r"\w[\w-]*")
_MARKS = "\"“”„‟«»'`‘’‚‛"
_REPORTING = re.compile(
    r"""
    [,.!?…] ["»”“]{0,2} [ \u00a0]{1,3} [-–—] [ \u00a0]{1,3}   # `..., - `
    # `сказал он`, `сказал вратарь "Зари"`
    (?P<clause> [^"«»“”„\n]{3,200}?  (?: ["«„“] [^"«»“”„\n]{2,40} ["»”“] [^"«»“”„\n]{0,100}? )? )
    (?P<end> [.,:!?…] [ \u00a0]{1,3} [-–—] [ \u00a0]{1,3} )       # `. - `
    """,
    re.VERBOSE,
)
"""Reporting words inside a pair of marks: `"Мы готовы, - сказал он. - Ждем решения"`."""
_ANY_MARK = re.compile(r"[\"«»“”„]")
_CLOSING = re.compile(r"[\"»”“]{1,2}[,.!?]?[ \u00a0]{0,3}[-–—][ \u00a0]{1,3}(?P<word>[а-яё]+)")
"""A mark, a dash and a small word, which may be a verb of speech."""
_DASH_AFTER = re.compile(r"[ \u00a0]{0,2}[,.!?…]{0,3}[ \u00a0]{1,3}[-–—]{1,2}[ \u00a0]{1,3}\w")
_VERB_AFTER = re.compile(r",[ \u00a0](?P<word>[а-яё]+)")
_RESUMED = re.compile(r"[.,:][ \u00a0][-–—]\Z")
_WORDS_BEFORE = re.compile(r"(?:([\w-]+)[ \u00a0]+)?([\w-]+)[ \u00a0(]{0,3}\Z")
_BEFORE_LIMIT = 80
_DOUBLED_LIMIT = 500
_MOST_PARAGRAPHS = 4
_COUNTED = re.compile(r"\d+(?:[.,]\d+)?[ \u00a0][а-яё]+[ \u00a0][а-яё]")
_ECHO_WORDS = 2
_NAME_WORDS = 7
"""A name in marks after a class word has no more words."""
_BARE_NAME_WORDS = 4
"""Nor has a capitalised name without one."""
_FULL_WORDS = 6
"""So many words are a quotation although nothing nearby reports."""
_LABELS_OF_NAMES = frozenset(set(EntityLabel) - {EntityLabel.NORP})


class MarkedRun(NamedTuple):
    """A run that may be a quotation, marks included, or a reply behind a dash, without it.

    `chain` is that of `QuotedRun`. A fragment begins with a small letter, and a bare name with a
    capital one, without an end of a sentence: both need words of speech beside them. `turn` is
    that of a reply, None between marks.
    """

    start: int
    end: int
    paragraph: int
    chain: int
    words: int
    is_fragment: bool
    is_bare: bool
    turn: Turn | None = None

    @property
    def span(self) -> Span:
        """The place of the run, marks included."""
        return Span(self.start, self.end)

    @property
    def is_short(self) -> bool:
        """True for a run that only words of speech make a quotation."""
        return self.is_bare or self.words < (_FULL_WORDS if self.is_fragment else 2)


def find_marked_runs(
    text: WireText, registry: Registry, dateline: Dateline | None
) -> tuple[MarkedRun, ...]:
    """Return the runs between marks that are not names, in text order.

    >>> text = WireText('"Мы готовы, - сказал он. - Ждем", партия "Волна"')
    >>> [run.span.of(text.full) for run in find_marked_runs(text, Registry(), None)]
    ['"Мы готовы,', 'Ждем"']
    """
    names = _names_by_start(registry)
    runs: list[MarkedRun] = []
    for run in find_quoted_runs(text):
        if dateline is None or not run.span.overlaps(dateline.span):
            last = runs[-1].end if runs else 0
            runs += _read_run(text, run, last, names)
    return _with_replies(text.full, runs, find_replies(text))


def _read_run(
    text: WireText, run: QuotedRun, last: int, names: dict[int, int]
) -> Iterator[MarkedRun]:
    """Yield what a run between marks has of quotations; the run before it ends at `last`."""
    end = run.end if run.closed else _end_of_unclosed(text.full, run.start, run.end)
    end = _end_of_doubled(text, run.start, end)
    begin = _start_of_shared(text, run.start, end, last)
    for start, stop in _split_at_reporting_words(text.full, begin, end):
        is_part = (start, stop) != (begin, end)
        marked = _describe(text.full, Span(start, stop), run.paragraph, run.chain, is_part=is_part)
        if _is_echoed_headline(text, marked):
            yield marked._replace(is_bare=False)
        elif marked.words and not _is_name(text.full, marked, names):
            yield marked
    rests = () if run.closed or end < run.end else _rest_behind(text, run.paragraph)
    for number, rest in enumerate(rests, run.paragraph + 1):
        part = _describe(text.full, rest, number, run.chain, is_part=True)
        yield from [part] if part.words else []


def _with_replies(
    full: str, runs: Sequence[MarkedRun], replies: Sequence[Reply]
) -> tuple[MarkedRun, ...]:
    """Return the runs with the replies, which take the place of the marked runs inside them."""
    spans = [reply.span for reply in replies]
    starts = [span.start for span in spans]
    merged: list[MarkedRun] = []
    for run in runs:
        at = bisect_left(starts, run.end) - 1
        if at < 0 or spans[at].end <= run.start:
            merged.append(run)
    for reply in replies:
        start, end = reply.span.start, reply.span.end
        words = len(_WORD.findall(full[start:end]))
        # The pieces of a reply are of one chain; no marked run has a number below zero.
        chain = -1 - reply.paragraph
        run = MarkedRun(start, end, reply.paragraph, chain, words, False, False, reply.turn)
        merged += [run] if words else []
    return tuple(sorted(merged))


def _rest_behind(text: WireText, paragraph: int) -> tuple[Span, ...]:
    """Return the next paragraphs up to a closing mark, where an opening one stands before it alone.

    `"Мы готовы.` ends a paragraph, `Ждем решения", - сказал он` is the next or the third.
    """
    rest: list[Span] = []
    for following in text.paragraphs[paragraph + 1 : paragraph + 1 + _MOST_PARAGRAPHS]:
        mark = _ANY_MARK.search(text.full, following.start, following.end)
        if mark is None:
            rest.append(Span(following.start, following.end))
            continue
        before, behind = text.full[mark.start() - 1], text.full[mark.end() : mark.end() + 1]
        is_closing = not before.isspace() and before not in "(-–—" and not behind.isalnum()
        if mark[0] in "«„" or mark.start() == following.start or not is_closing:
            break
        return (*rest, Span(following.start, mark.end()))
    return ()


def _names_by_start(registry: Registry) -> dict[int, int]:
    """Return the end of each name by its start."""
    return {
        entity.span.start: entity.span.end
        for entity in registry.entities
        if entity.label in _LABELS_OF_NAMES
    }


def _end_of_unclosed(full: str, start: int, end: int) -> int:
    """`"Это "Волна", - сказал он`: one mark closes the name and the quotation."""
    for match in _CLOSING.finditer(full, start + 1, end):
        if cue_of(fold(match["word"])):
            marks = re.compile(r"[\"»”“]{1,2}").match(full, match.start())
            return marks.end() if marks else end
    return end


def _end_of_doubled(text: WireText, start: int, end: int) -> int:
    """`""Волна" закрыта", - сказал он`: two marks open the quotation and a name."""
    if not text.full.startswith('""', start) or _is_reported_after(text.full, end):
        return end
    stop = text.paragraphs[text.paragraph_index(start)].end
    following = text.full.find('"', end, min(stop, end + _DOUBLED_LIMIT)) + 1
    return following if following and _is_reported_after(text.full, following) else end


def _start_of_shared(text: WireText, start: int, end: int, last: int) -> int:
    """`"Соперник - "Ротор", - сказал он`: the mark that closes the name closes a quotation too."""
    if not _is_reported_after(text.full, end):
        return start
    begin = max(last, text.paragraphs[text.paragraph_index(start)].start)
    opened: list[int] = []
    for match in _ANY_MARK.finditer(text.full, begin, start):
        before = text.full[match.start() - 1] if match.start() > begin else " "
        if before.isspace() or before in "(-–—":
            opened.append(match.start())
        elif opened:
            opened.pop()
    return opened[0] if opened else start


def _split_at_reporting_words(full: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a run around reporting words that stand inside its marks."""
    at = start
    for match in _REPORTING.finditer(full, start, end):
        if not _is_reporting(match["clause"]):
            continue
        yield at, match.start() + 1
        at = match.end("end")
    yield at, end


def _is_reporting(clause: str) -> bool:
    """True if a cue is among the first three words: `сказал он`, `также отметил министр`.

    So is any verb with its subject: `начинает она`.
    """
    printed = _WORD.findall(clause)[:3]
    cues = [cue for word in printed if (cue := cue_of(fold(word)))]
    is_told = any(cue.kind != "name" for cue in cues) or (not cues and may_report(printed))
    return is_told and clause[:1].islower()


def _is_echoed_headline(text: WireText, run: MarkedRun) -> bool:
    """`«Мы не враги»` as the headline of an item in which somebody says so."""
    head = text.paragraphs[0]
    if (run.start, run.end) != (head.start, head.end) or run.words < _ECHO_WORDS:
        return False
    at = text.full.find(text.full[run.start : run.end].strip(_MARKS + ".!? "), run.end)
    return at > 0 and text.full[at - 1] in _MARKS + "-–— "


def _describe(full: str, span: Span, paragraph: int, chain: int, *, is_part: bool) -> MarkedRun:
    """Return a run; a part of one beside reporting words is neither a fragment nor bare."""
    start, end = span.start, span.end
    inside = full[start:end].strip(_MARKS + " \u00a0")
    words = len(_WORD.findall(inside))
    ends = inside[-1:] in ".!?…," or full[end : end + 1] in "!?"
    is_sentence = (
        ends or (words > 2 and _is_alone(full, start, end)) or bool(re.search(r"[.!?,;:] ", inside))
    )
    first = next((char for char in inside if char.isalnum()), "")
    # `"12 новых компаний"`
    is_fragment = (first.islower() or bool(_COUNTED.match(inside))) and not is_part
    is_bare = not is_part and not is_fragment and not is_sentence and words <= _BARE_NAME_WORDS
    return MarkedRun(start, end, paragraph, chain, words, is_fragment, is_bare)


def _is_alone(full: str, start: int, end: int) -> bool:
    """Return True for a run that is a sentence by itself: `Он ушел. "Работы хватит всем".`"""
    return full[end : end + 1] in {".", ""} and _begins_sentence(full, start)


def _begins_sentence(full: str, start: int) -> bool:
    before = full[max(0, start - 3) : start].rstrip(" \u00a0")
    return not before or before[-1] in ".!?…\n"


def _is_name(full: str, run: MarkedRun, names: dict[int, int]) -> bool:
    """Return True for a run that is a name by its class word or as the registry has it."""
    if _is_reported_after(full, run.end):
        return False
    # `"Мы готовы", сказал он` as a sentence of its own; but `иск к АО "Заря", сообщил он`
    verb = _VERB_AFTER.match(full, run.end)
    if verb and cue_of(fold(verb["word"])) and _begins_sentence(full, run.start):
        return False
    if _is_called_so(full, run) or _is_in_registry(run, names):
        return True
    # `"Волна" - это партия`; `"Зенит" - "Спартак"`
    return run.is_bare and not _leads_in(full, run.start)


def _is_in_registry(run: MarkedRun, names: dict[int, int]) -> bool:
    return any(names.get(at, -1) >= run.end - 1 for at in (run.start, run.start + 1))


def _is_called_so(full: str, run: MarkedRun) -> bool:
    """Return True for a name by the words before it."""
    before = _WORDS_BEFORE.search(full[max(0, run.start - _BEFORE_LIMIT) : run.start])
    if before is None:
        return False
    # `партия "Волна"`; but `закон "написан на коленке"`
    is_small = run.is_fragment and not full[run.start + 1].isdigit()
    is_short = run.words <= _NAME_WORDS and not is_small
    if is_short and is_class_word(fold(before[2])):
        return True
    # `так называемая "мягкая сила"`
    return fold(before[2]).startswith("называем") and fold(before[1] or "") == "так"


def _is_reported_after(full: str, end: int) -> bool:
    """`"Волна", - сказал он`: the dash after a comma tells a quotation, whatever stands in it."""
    if not _DASH_AFTER.match(full, end):
        return False
    has_sign = full[end : end + 1] in ",.!?…" or full[end - 2 : end - 1] in "!?…,"
    words = _WORD.findall(full[end : end + _BEFORE_LIMIT])[:4]
    return has_sign and (may_report(words) or may_report(words[1:]))


def _leads_in(full: str, start: int) -> bool:
    """`он ответил: "Никогда"`: a colon leads a quotation in, however short it is.

    So does a dash behind a clause: `"Осенью", - ответил он. - "Не раньше".`
    """
    before = full[max(0, start - 5) : start].rstrip(" \u00a0\n")
    return before.endswith(":") or bool(_RESUMED.search(before))
