"""Quotation classifier: tells quotations from titles, nicknames and scare quotes.

A linear score over the words between the marks, the tokens beside them and the best source nearby.
The weights are learnt by training/quotes/learn_quotehood.py.
"""

import re
from typing import NamedTuple

from worker.model import EntityLabel
from worker.parse.entity_registry import Registry
from worker.parse.quotes.attribution.contexts import QuoteContext
from worker.parse.quotes.attribution.ranking import RankedSource, load_weights
from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import POSSESSIVE_S
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.quotation_marks import QuotedRun
from worker.parse.quotes.syntax import CueStrength, SyntacticRole

__all__ = ["find_works", "is_quotation", "is_work", "quotation_features"]

_WORD = re.compile(r"[^\W_][\w.’'&-]*")
_LEAD_INS = frozenset((",", ":", "that", "^"))
"""Tokens that lead a quotation in; `^` is the start of the sentence."""
_NAMING = frozenset("titled entitled headlined named nicknamed codenamed dubbed".split())
"""Participles before a name: `a plan dubbed "Blue Sky"`."""
_BEFORE_TITLES = frozenset("of on in with for at from by during to".split())
"""Words before the title of a programme or a paper: `on CNN's "The Late Hour."`."""
_WORK_NOUNS = frozenset(
    "article film movie book novel song album "
    "show series drama play documentary magazine newspaper program programme operation project "
    "ship vessel train exhibition exhibit poem painting musical opera podcast sitcom thriller "
    "memoir essay section column game trilogy comedy single track ballet sculpture yacht ferry "
    "tanker icebreaker satellite award prize contest festival".split()
)
"""Nouns before the name of a work, a ship or an undertaking: `the film "Blue Sky"`."""
_SAYING_WEIGHT = 0.3
_MAX_WORDS = 12
"""A longer run is judged by its first words."""
_MAX_READ_CHARS = 160
_SPEAKING_ROLES = frozenset(
    (
        SyntacticRole.SUBJECT,
        SyntacticRole.SUBJECT_INVERTED,
        SyntacticRole.SUBJECT_BEFORE_PHRASE,
        SyntacticRole.SUBJECT_BEFORE_APPOSITION,
    )
)
_WEIGHTS = load_weights("speaker_quotehood.tsv")
_THRESHOLD = -0.5
"""F1 on held-out text is flat from -0.5 to 0.25; a lost quotation costs more than a kept title."""


def is_quotation(full: str, context: QuoteContext, best: RankedSource) -> bool:
    """Return True for a marked run that is somebody's words; `best` is its likeliest source."""
    if best.phrase and _is_one_word_answer(full, context, best.phrase):
        return True
    features = quotation_features(full, context, best)
    return sum([_WEIGHTS.get(feature, 0.0) for feature in features]) > _THRESHOLD


def _is_one_word_answer(full: str, context: QuoteContext, source: NounPhrase) -> bool:
    """Return True for `"Yes," she said`: one word, first in its sentence, its speaker next."""
    if source.strength is not CueStrength.STRONG or source.role not in _SPEAKING_ROLES:
        return False
    run = context.run
    is_one_word = full.find(" ", run.start + 1, run.end - 1) < 0
    is_followed = context.at == 0 and min(source.start_token, source.cue) == 1
    return is_one_word and is_followed and full[run.end - 2] in ",?!"


def find_works(registry: Registry) -> dict[int, int]:
    """Return the titles of works and names of events as a map from start to end offset."""
    return {
        entity.span.start: entity.span.end
        for entity in registry.entities
        if entity.label in (EntityLabel.PRODUCT, EntityLabel.EVENT)
    }


def is_work(full: str, context: QuoteContext, works: dict[int, int], best: RankedSource) -> bool:
    """Return True for a title that fills its marks and has no speaker beside it.

    `the film "The Late Hour"` names a film; `"Blue Sky," Ms. Lee said` is what she said.
    """
    run = context.run
    start = run.start + 1
    end = works.get(start) or (works.get(start + 4) if full.startswith("The ", start) else None)
    fills_marks = end is not None and run.end - 2 <= end <= run.end and " " in full[start:end]
    return fills_marks and not _is_attributed(best.phrase, context.at)


def _is_attributed(source: NounPhrase | None, at: int) -> bool:
    """Return True where the speaker or the verb stands beside the quotation, a comma between."""
    if source is None or not source.reports:
        return False
    return source.start_token - at in (1, 2) or source.cue - at in (1, 2, -1, -2)


class _Wording(NamedTuple):
    """The words between the marks, reduced to classes that features are made of.

    `length` is a bucket, `last` the final mark or w, `case` that of the first letter: U, l, or d
    for a digit. `title` is T for title case, t for capitals alone, else empty.
    """

    length: str
    last: str
    case: str
    title: str
    is_long: bool


def _read_wording(full: str, run: QuotedRun) -> _Wording:
    """Return the classes of a run's first words."""
    limit = min(run.end, run.start + _MAX_READ_CHARS)
    words = _WORD.findall(full, run.start, limit)[:_MAX_WORDS]
    last = full[run.end - 2]
    first = words[0][0] if words else ""
    return _Wording(
        length=_length_bucket(len(words)),
        last=last if last in ",.?!…" else "w",
        case="U" if first.isupper() else "l" if first.islower() else "d",
        title=_title_case(words),
        is_long=len(words) > 5,
    )


def _length_bucket(count: int) -> str:
    """Return the bucket of a number of words: itself up to 5, then 6, 9 or 12."""
    if count < 6:
        return str(count)
    if count < 9:
        return "6"
    return "9" if count < _MAX_WORDS else "12"


def _title_case(words: list[str]) -> str:
    """Return T for `Gone with the Wind`, t for a single capital word or none, else empty."""
    capitals = sum(word[0].isupper() for word in words)
    small = sum(len(word) < 4 and word[0].islower() for word in words)
    if capitals + small == len(words) and capitals > 1:
        return "T"
    return "t" if capitals == len(words) else ""


class _Setting(NamedTuple):
    """The tokens beside the marks: `^` before the first, `$` after the last of the sentence."""

    before: str
    after: str
    is_owned: bool


def _read_setting(context: QuoteContext) -> _Setting:
    """Return the tokens before and after a run in its sentence."""
    words, at = context.sentence.words, context.at
    before = words[at - 1] if at else "^"
    after = words[at + 1] if at + 1 < len(words) else "$"
    return _Setting(before, after, before.endswith(POSSESSIVE_S))


class _Attribution(NamedTuple):
    """The likeliest source as parts of feature names; `side` is A after and B before the run."""

    place: str
    side: str
    strength: str
    level: int | str
    reports: str


def _read_attribution(context: QuoteContext, best: RankedSource) -> _Attribution:
    """Return the classes of the likeliest source and of its score."""
    source = best.phrase
    if source is None:
        return _Attribution("none", "", "", "none", "none")
    return _Attribution(
        place=f"{source.role} {source.strength}",
        side="A" if source.start_token > context.at else "B",
        strength=source.strength,
        level=max(-6, min(6, int(best.score))),
        reports="cue" if source.reports else "none",
    )


def quotation_features(full: str, context: QuoteContext, best: RankedSource) -> list[str]:
    """Return the features of a marked run; `best` is its likeliest source."""
    run = context.run
    length, last, case, title, is_long = _read_wording(full, run)
    setting = _read_setting(context)
    source = _read_attribution(context, best)
    owner = "<'s" if setting.is_owned else "<-"
    return [
        _title_feature(setting, title, last),
        _name_feature(context, setting, case, last, best),
        _subhead_feature(context),
        f"<'s {case} {source.strength}" if setting.is_owned else f"<- {case}",
        "bias",
        f"n{length}",
        f"n{length} {last} {case}",
        f"{last} {title}",
        f"n{length} {title}",
        f"{title} {last} {case} {source.reports}",
        f"<{setting.before}",
        f">{setting.after}",
        f"<{setting.before} {case}",
        f"{owner} {title}",
        f"{source.side}{source.place}",
        f"{source.side}{source.place} {last} {case}",
        f"s{source.level}",
        f"s{source.level} n{length}",
        "single" if run.single else "double",
        "closed" if run.closed else f"open {is_long}",
    ]


def _title_feature(setting: _Setting, title: str, last: str) -> str:
    """Return whether a run in title case stands as titles do."""
    before = setting.before
    # `the play "Gone with the Wind"`: nothing leads it in, and no mark ends it.
    is_led_in = before in _LEAD_INS or (before in CUES and CUES[before].weight >= _SAYING_WEIGHT)
    if title == "T" and last == "w" and not is_led_in:
        return "title alone"
    # `on CNN's "The Late Hour,"`: American style puts the comma inside the marks.
    if title == "T" and last in ",." and (setting.is_owned or before in _BEFORE_TITLES):
        return "title inside"
    return "no title"


def _name_feature(
    context: QuoteContext, setting: _Setting, case: str, last: str, best: RankedSource
) -> str:
    """Return whether the word before a run says that a name follows: `dubbed "Blue Sky"`."""
    if last != "w" and _is_attributed(best.phrase, context.at):
        return "unnamed"
    before = setting.before
    return "named" if before in _NAMING or (before in _WORK_NOUNS and case == "U") else "unnamed"


def _subhead_feature(context: QuoteContext) -> str:
    """Return whether a run in single marks is a line by itself, as headlines within copy are."""
    run = context.run
    is_alone = len(context.sentence) == 1 and context.at == 0
    return "subhead" if run.single and is_alone and run.paragraph else "copy"
