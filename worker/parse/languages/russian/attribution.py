"""The report that each marked run belongs to, if any.

In the examples: `сказал он` he said, `заявил` stated, `об этом сообщил` reported this, `назвал
план` called the plan, `мост построим` we shall build the bridge, `осенью` in autumn, `не раньше`
not earlier, `деньги есть` there is money, `МИД` the foreign ministry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from worker.model import EntityLabel
from worker.parse.languages.russian.cast import PERSONAL
from worker.parse.languages.russian.frames import SpeechReport
from worker.parse.languages.russian.marks import MarkedRun
from worker.parse.languages.russian.phrases import PREPOSITIONS, PRONOUNS, Phrase, read_phrase
from worker.parse.languages.russian.reports import find_speech_reports
from worker.parse.languages.russian.units import Sentence, UnitKind

__all__ = ["Attribution", "CuePlace", "ReportedText", "attribute_runs", "find_all_reports"]

_SIGNS = frozenset(",.!?…;")
_DIRECT_LIMIT = 9
"""Units between the dash and a verb of speech: `- в свою очередь, выступая в суде, заявил он`."""
_BACKWARD = frozenset("об этом так такое такую такие это эти с таким такими его ее".split())
_RESUMING = frozenset(".,:")
_TAIL_WORDS = 3
_LEAST_WORDS = 2
_CHAIN_WORDS = 4


class CuePlace(Enum):
    """Where the words that attribute a quotation stand, and how often they are rightly read."""

    BEHIND = 1.0
    BEFORE = 0.98
    TAIL = 0.95
    LABEL = 0.94
    NEXT_SENTENCE = 0.9
    LAST_SENTENCE = 0.88
    SAME = 0.96
    CHAIN = 0.85
    REPLY = 0.93
    HEAD = 0.91
    NOWHERE = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The report of a run; of `SAME` and `CHAIN` it is that of the run before."""

    place: CuePlace
    report: SpeechReport | None = None
    label: Phrase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedText:
    """A text with its marked runs, the sentences of each paragraph, and the reports of each."""

    full: str
    runs: Sequence[MarkedRun]
    paragraphs: Sequence[Sequence[Sentence]]
    reports: Sequence[Sequence[Sequence[SpeechReport]]]


def find_all_reports(
    full: str, runs: Sequence[MarkedRun], paragraphs: Sequence[Sequence[Sentence]]
) -> ReportedText:
    """Return a text with the reports of all its sentences."""
    reports = [
        [find_speech_reports(full, units) for units in paragraph] for paragraph in paragraphs
    ]
    return ReportedText(full=full, runs=runs, paragraphs=paragraphs, reports=reports)


def attribute_runs(text: ReportedText) -> Mapping[int, Attribution]:
    """Return the attribution of each run that is a quotation, by the run's number."""
    found: dict[int, Attribution] = {}
    for number, paragraph in enumerate(text.paragraphs):
        for index, units in enumerate(paragraph):
            for at, unit in enumerate(units):
                if unit.kind is not UnitKind.RUN:
                    continue
                run = text.runs[unit.run]
                own = _in_sentence(text.full, units, at, text.reports[number][index], run)
                own = own or _nearby(text, (number, index), found, run)
                if own:
                    found[unit.run] = own
    return _share_in_chains(found, text.runs)


def _may_label(label: Phrase, at: int, run: MarkedRun) -> bool:
    return not run.is_short or label.end == at - 1 or run.words >= _LEAST_WORDS


def _in_sentence(
    full: str, units: Sentence, at: int, reports: Sequence[SpeechReport], run: MarkedRun
) -> Attribution | None:
    """Return the attribution by the sentence's own words."""
    behind = _behind(units, at, reports)
    if behind:
        return Attribution(place=CuePlace.BEHIND, report=behind)
    before = _before(units, at, reports, run)
    if before:
        return Attribution(place=CuePlace.BEFORE, report=before)
    label = _label(full, units, at - 1)
    # `Иванов: "Мост построим"`: nothing but the name stands before a short one.
    # `Критик хвалит роман: "Это событие"`
    if label and _may_label(label, at, run):
        return Attribution(place=CuePlace.LABEL, label=label)
    if not run.is_bare and not (run.is_fragment and run.words < _TAIL_WORDS):
        tail = _tail(units, at, reports)
        if tail:
            return Attribution(place=CuePlace.TAIL, report=tail)
    return _resumed(units, at, reports)


def _resumed(units: Sentence, at: int, reports: Sequence[SpeechReport]) -> Attribution | None:
    """`"Осенью", - улыбнулся он. - "Не раньше".`: the clause between two runs is that of both."""
    signs = [unit.word for unit in units[max(0, at - 2) : at]]
    if len(signs) < 2 or units[at - 1].kind is not UnitKind.DASH or signs[0] not in _RESUMING:
        return None
    report = next((one for one in reversed(reports) if one.at < at), None)
    if report is None or not _has_run(units[: report.at]):
        return None
    return Attribution(place=CuePlace.BEHIND, report=report)


def _behind(units: Sentence, at: int, reports: Sequence[SpeechReport]) -> SpeechReport | None:
    """`"Да", - сказал он`; without the dash the verb stands next: `"Да", сказал он`."""
    number = _skip_signs(units, at + 1)
    has_dash = number < len(units) and units[number].kind is UnitKind.DASH
    if number == at + 1 and not has_dash:
        return None
    limit = number + (_DIRECT_LIMIT if has_dash else 0)
    # `"Фура уступила", - описал он посадку`; not `"Заря" назвала план`
    naming = number + 1 if has_dash else -1
    # `..., - так описал он посадку`
    naming += any(unit.word == "так" for unit in units[naming : naming + 1] if has_dash)
    for report in reports:
        is_naming = report.kind == "name" and not (report.at == naming and report.inverted)
        if number <= report.at <= limit and not is_naming:
            return None if _has_run(units[number : report.at]) else report
    return None


def _skip_signs(units: Sentence, number: int) -> int:
    while (
        number < len(units) and units[number].kind is UnitKind.SIGN and units[number].word in _SIGNS
    ):
        number += 1
    return number


def _has_run(units: Sentence) -> bool:
    return any(unit.kind is UnitKind.RUN for unit in units)


def _before(
    units: Sentence, at: int, reports: Sequence[SpeechReport], run: MarkedRun
) -> SpeechReport | None:
    """`Он заявил, что "готов"`: the nearest report before the run."""
    is_led = at > 0 and units[at - 1].word == ":"
    for report in reversed(reports):
        if report.at < at and _may_lead(report, run, is_led=is_led):
            # `Он заявил, что "Заря" ...`: one word, or a name, needs `назвал` or a colon.
            is_weak = run.is_bare or (run.is_fragment and run.words < _LEAST_WORDS)
            return None if is_weak and report.kind != "name" and not is_led else report
    return None


def _may_lead(report: SpeechReport, run: MarkedRun, *, is_led: bool) -> bool:
    # `— Осенью, — улыбается он. — Не раньше`: the clause is that of both pieces.
    if report.kind == "manner":
        return run.turn is not None
    # `Он назвал план "негодным"`
    return report.kind != "name" or run.is_fragment or run.is_bare or is_led


def _tail(units: Sentence, at: int, reports: Sequence[SpeechReport]) -> SpeechReport | None:
    """`План назван "совсем негодным", сообщил министр`: a report that closes the sentence."""
    for report in reports:
        if report.at <= at or report.kind in {"manner", "name", "cite"}:
            continue
        before = units[report.at - 1]
        opens = before.word in {",", "как"} or before.kind is UnitKind.DASH
        return report if opens else None
    return None


def _label(full: str, units: Sentence, colon: int) -> Phrase | None:
    """`Иванов: "Мы готовы"`, `Депутат Иванов не спорит: "..."`: who stands before a colon."""
    found: Phrase | None = None
    number = 0
    while number < colon and units[colon].word == ":":
        if units[number].word in PREPOSITIONS:
            found = _owner_of_document(full, units, number, colon) or found
            number += 2
            continue
        phrase = _pronoun(units, number) or read_phrase(full, units, number, colon, "nominative")
        if phrase and (_is_of_person(phrase) or _is_owned_document(phrase)):
            return _name_behind(full, units, phrase, colon) or phrase
        number, found = (number + 1, found) if phrase is None else _after_body(phrase, colon, found)
    return found


def _pronoun(units: Sentence, number: int) -> Phrase | None:
    """`Он развел руками: "..."`."""
    unit = units[number]
    if unit.word not in {"он", "она"} or unit.kind is not UnitKind.WORD:
        return None
    gender = PRONOUNS[unit.word]
    return Phrase(kind="pronoun", span=unit.span, end=number + 1, head=unit.word, gender=gender)


def _after_body(phrase: Phrase, colon: int, found: Phrase | None) -> tuple[int, Phrase | None]:
    """`МИД: "Мы готовы"`: a body only where nothing but its name stands there."""
    is_label = phrase.kind == "name" and phrase.end == colon
    return phrase.end, phrase if is_label else found


def _is_of_person(phrase: Phrase) -> bool:
    """`Иванов`, `вдова`, `он`."""
    return phrase.kind in PERSONAL | {"pronoun"} or (
        phrase.entity is not None and phrase.entity.label is EntityLabel.PERSON
    )


def _is_owned_document(phrase: Phrase) -> bool:
    """`На сайте висит обращение директора: "Верьте сердцу"`."""
    return phrase.kind == "document" and phrase.owner is not None


def _owner_of_document(full: str, units: Sentence, number: int, colon: int) -> Phrase | None:
    """`В его блоге появилась строка: "..."`, `На странице Ли осталась запись: "..."`."""
    if units[number].word not in {"в", "во", "на"}:
        return None
    phrase = read_phrase(full, units, number + 1, colon, "prepositional")
    if phrase is None or phrase.kind not in {"document", "media"}:
        return None
    if phrase.owner:
        return phrase.owner if phrase.owner.kind in {"pronoun", "name"} else None
    return phrase if _is_of_person(phrase) else None


def _name_behind(full: str, units: Sentence, phrase: Phrase, colon: int) -> Phrase | None:
    """`Вдова, Роза Ли, не спорит: "..."`: the name in apposition to a noun."""
    if phrase.entity or phrase.end + 1 >= colon or units[phrase.end].word != ",":
        return None
    found = read_phrase(full, units, phrase.end + 1, colon, "nominative")
    return found if found and found.kind == "name" else None


def _nearby(
    text: ReportedText,
    place: tuple[int, int],
    found: Mapping[int, Attribution],
    run: MarkedRun,
) -> Attribution | None:
    """Return the attribution of a run without words of reporting in its sentence."""
    number, index = place
    units = text.paragraphs[number][index]
    # `— Осенью.`
    if run.turn:
        return _led_in(text, place) or Attribution(place=CuePlace.REPLY)
    if not _is_run_alone(units):
        return None if run.is_short else Attribution(place=CuePlace.NOWHERE)
    # `«Мост откроют осенью»` as a headline
    if place == (0, 0) and len(text.paragraphs) > 1:
        return Attribution(place=CuePlace.NOWHERE)
    led = _led_in(text, place)
    if led or run.is_short or run.words < _CHAIN_WORDS:
        return led or _carried_on(text, place, found, run)
    return _of_neighbours(text, place, found)


def _is_run_alone(units: Sentence) -> bool:
    return all(unit.kind in {UnitKind.RUN, UnitKind.SIGN, UnitKind.DASH} for unit in units)


def _carried_on(
    text: ReportedText, place: tuple[int, int], found: Mapping[int, Attribution], run: MarkedRun
) -> Attribution | None:
    """`"Мост открыт", - сказал он. "Но рано".`: a few words right behind a clause."""
    number, index = place
    is_last = _last_quotation(text.paragraphs, place, found) == (number, index - 1)
    if run.words < _LEAST_WORDS or not index or not is_last:
        return None
    units = text.paragraphs[number][index - 1]
    runs = [unit.run for unit in units if unit.kind is UnitKind.RUN]
    is_behind = runs[-1] in found and found[runs[-1]].place is CuePlace.BEHIND
    return Attribution(place=CuePlace.SAME) if is_behind else None


def _topic(text: ReportedText, place: tuple[int, int]) -> Phrase | None:
    """`Врач Анна Лис сердится. "Приедут и уедут".`: the person of the sentence before."""
    number, index = place
    units = text.paragraphs[number][index - 1] if index else ()
    if not units or any(unit.kind is UnitKind.RUN for unit in units):
        return None
    phrase = read_phrase(text.full, units, 0, len(units), "nominative")
    return phrase if phrase and phrase.kind == "name" and _is_of_person(phrase) else None


def _of_neighbours(
    text: ReportedText, place: tuple[int, int], found: Mapping[int, Attribution]
) -> Attribution:
    """Return the attribution of a quotation that is a sentence by itself."""
    number, index = place
    last = _last_quotation(text.paragraphs, place, found)
    # `"Мост открыт", - сказал он. "Деньги есть".`
    if last == (number, index - 1):
        return Attribution(place=CuePlace.SAME)
    following = _follow_up(text, place)
    if following:  # `"Деньги есть". Об этом сообщил Петров.`
        return Attribution(place=CuePlace.NEXT_SENTENCE, report=following)
    # `"Мост открыт", - сказал он. Народ ждал. "Деньги есть".`
    if last and last[0] == number:
        return Attribution(place=CuePlace.SAME)
    previous = _previous(text.reports, place)
    if previous:
        return Attribution(place=CuePlace.LAST_SENTENCE, report=previous)
    topic = _topic(text, place)
    if topic:
        return Attribution(place=CuePlace.LAST_SENTENCE, label=topic)
    is_chain = not index and last is not None and last[0] == number - 1
    return Attribution(place=CuePlace.CHAIN if is_chain else CuePlace.NOWHERE)


def _led_in(text: ReportedText, place: tuple[int, int]) -> Attribution | None:
    """`Он заявил:` ends the paragraph before the quotation."""
    number, index = place
    if index or not number or not text.paragraphs[number - 1]:
        return None
    units = text.paragraphs[number - 1][-1]
    if units[-1].word != ":":
        return None
    own = text.reports[number - 1][-1]
    if own:
        return Attribution(place=CuePlace.BEFORE, report=own[-1])
    label = _label(text.full, units, len(units) - 1)
    return Attribution(place=CuePlace.LABEL, label=label) if label else None


def _last_quotation(
    paragraphs: Sequence[Sequence[Sentence]],
    place: tuple[int, int],
    found: Mapping[int, Attribution],
) -> tuple[int, int] | None:
    """Return the place of the sentence of the last quotation, in this paragraph or the last."""
    number, index = place
    for paragraph in (number, number - 1):
        if paragraph < 0:
            break
        last = index if paragraph == number else len(paragraphs[paragraph])
        for sentence in range(last - 1, max(-1, last - 6), -1):
            units = paragraphs[paragraph][sentence]
            if any(unit.run in found for unit in units if unit.kind is UnitKind.RUN):
                return paragraph, sentence
    return None


def _follow_up(text: ReportedText, place: tuple[int, int]) -> SpeechReport | None:
    """`"Мост построят в срок". Об этом заявил Иванов.`"""
    number, index = place
    if index + 1 >= len(text.paragraphs[number]):
        return None
    units = text.paragraphs[number][index + 1]
    own = text.reports[number][index + 1]
    if own and units[0].word in _BACKWARD and own[0].at <= _DIRECT_LIMIT // 2:
        return own[0]
    return None


def _previous(
    reports: Sequence[Sequence[Sequence[SpeechReport]]], place: tuple[int, int]
) -> SpeechReport | None:
    """`Мост построят, заверил Иванов. "Деньги есть".`: the report just before."""
    number, index = place
    if index:
        own = reports[number][index - 1]
    elif number and reports[number - 1]:
        own = reports[number - 1][-1]
    else:
        return None
    strong = [one for one in own if one.kind not in {"manner", "name", "near"} or one.source]
    return strong[-1] if strong else None


def _share_in_chains(
    found: dict[int, Attribution], runs: Sequence[MarkedRun]
) -> Mapping[int, Attribution]:
    """Give the pieces of a speech over several paragraphs the report that one of them has."""
    named: dict[int, Attribution] = {}
    for number, one in found.items():
        if one.report or one.label:
            named.setdefault(runs[number].chain, one)
    for number, one in found.items():
        shared = named.get(runs[number].chain)
        if shared and not one.report and not one.label:
            found[number] = shared
    return found
