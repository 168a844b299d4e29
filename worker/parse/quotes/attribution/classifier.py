"""Quotation classifier: tells quotations from titles, nicknames and scare quotes.

A linear score over the words between the marks, the tokens beside them and the best source nearby.
The weights are learnt by training/quotes/learn_quotehood.py: a change of a feature or a bucket
makes them stale.
"""

import re

from worker.model import EntityLabel
from worker.parse.entity_registry import Registry
from worker.parse.quotes.attribution.contexts import QuoteContext
from worker.parse.quotes.attribution.ranking import ScoredSource, load_feature_weights
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
_CLAUSE_ENDS = frozenset(". , ; and but because after when while if in for as".split())
_DOUBTING = frozenset("so-called the a an his her their its of word term".split()) | _NAMING
_MIN_LISTED = 3
_CLEAR_SPEAKER = 2.5
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
_WEIGHTS = load_feature_weights("speaker_quotehood.tsv")
_THRESHOLD = -0.5
"""F1 on held-out text is flat from -0.5 to 0.25; a lost quotation costs more than a kept title."""


def is_quotation(full: str, context: QuoteContext, best: ScoredSource) -> bool:
    """Return True for a marked run that is somebody's words; `best` is its likeliest source."""
    if _is_listed_title(context, best):
        return False
    if best.phrase and (
        _is_one_word_answer(full, context, best.phrase)
        or _is_one_word_judgement(full, context, best)
    ):
        return True
    features = quotation_features(full, context, best)
    return sum([_WEIGHTS.get(feature, 0.0) for feature in features]) > _THRESHOLD


def _is_one_word_answer(full: str, context: QuoteContext, source: NounPhrase) -> bool:
    """Return True for `"Yes," she said`: a single word, first in its sentence, its speaker next."""
    if source.strength is not CueStrength.STRONG or source.role not in _SPEAKING_ROLES:
        return False
    run = context.run
    is_one_word = full.find(" ", run.start + 1, run.end - 1) < 0
    is_followed = context.at == 0 and min(source.start_token, source.cue) == 1
    return is_one_word and is_followed and full[run.end - 2] in ",?!"


def _is_listed_title(context: QuoteContext, best: ScoredSource) -> bool:
    """Return True in a list of three or more: `on show: "Blue Sky", "Only Italy" and "Rain"`."""
    words, runs = context.sentence.words, context.sentence.runs
    if len(runs) < _MIN_LISTED or (best.phrase and best.phrase.reports):
        return False
    listed = [at for at in runs if at - 2 in runs and words[at - 1] in (",", "and", ";")]
    is_own = context.at in listed or context.at + 2 in listed
    return is_own and len(listed) + 1 >= _MIN_LISTED


def _is_one_word_judgement(full: str, context: QuoteContext, best: ScoredSource) -> bool:
    """Return True for `Lee called it "insane."`: a word of the clause's speaker, at its end.

    `Lee denied the "insane" claim` and `the so-called "insiders"` are in doubt: a noun follows, or
    the reporter keeps away from the word.
    """
    source, run, sentence = best.phrase, context.run, context.sentence
    if source is None or source.role not in _SPEAKING_ROLES or best.score < _CLEAR_SPEAKER:
        return False
    if source.strength is not CueStrength.STRONG or not 0 <= source.cue < context.at:
        return False
    words, at = sentence.words, context.at
    word = full[run.start + 1 : run.end - 1].rstrip(",.")
    before, after = words[at - 1], words[at + 1] if at + 1 < len(words) else "."
    # `she said "thousands" had left`: a word right after the verb is hers too.
    is_end = after in _CLAUSE_ENDS or full[run.end - 2] in ",." or source.cue == at - 1
    return word.isalpha() and word.islower() and is_end and before not in _DOUBTING


def find_works(registry: Registry) -> dict[int, int]:
    """Return the titles of works and names of events as a map from start to end offset."""
    return {
        entity.span.start: entity.span.end
        for entity in registry.entities
        if entity.label in (EntityLabel.PRODUCT, EntityLabel.EVENT)
    }


def is_work(full: str, context: QuoteContext, works: dict[int, int], best: ScoredSource) -> bool:
    """Return True for a title that fills its marks and has no speaker beside it.

    `the film "The Late Hour"` names a film; `"Blue Sky," Ms. Lee said` is what she said.
    """
    run = context.run
    start = run.start + 1
    end = works.get(start) or (works.get(start + 4) if full.startswith("The ", start) else None)
    fills_marks = end is not None and run.end - 2 <= end <= run.end and " " in full[start:end]
    return fills_marks and not _is_attributed(best.phrase, context.at)


def _is_attributed(source: NounPhrase | None, at: int) -> bool:
    """Return True where the speaker or the verb stands beside the quotation, or past a comma."""
    if source is None or not source.reports:
        return False
    return source.start_token - at in (1, 2) or source.cue - at in (1, 2, -1, -2)


_Wording = tuple[str, str, str, str, bool]
"""The classes of the words between the marks: length, last, case, title, is_long.

The length is a bucket, the last character a mark or w, the case that of the first letter: U, l, or
d for a digit. The title is T for title case, t for capitals alone, else empty.
"""


def _read_wording(full: str, run: QuotedRun) -> _Wording:
    """Return the classes of a run's first words."""
    limit = min(run.end, run.start + _MAX_READ_CHARS)
    words = _WORD.findall(full, run.start, limit)[:_MAX_WORDS]
    last = full[run.end - 2]
    first = words[0][0] if words else ""
    case = "U" if first.isupper() else "l" if first.islower() else "d"
    last = last if last in ",.?!…" else "w"
    return _length_bucket(len(words)), last, case, _title_case(words), len(words) > 5


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


def quotation_features(full: str, context: QuoteContext, best: ScoredSource) -> list[str]:
    """Return the features of a marked run; `best` is its likeliest source."""
    run, words, at = context.run, context.sentence.words, context.at
    length, last, case, title, is_long = _read_wording(full, run)
    before = words[at - 1] if at else "^"
    after = words[at + 1] if at + 1 < len(words) else "$"
    is_owned = before.endswith(POSSESSIVE_S)
    place, strength, cue = _read_source(best.phrase, at)
    level = max(-6, min(6, int(best.score))) if best.phrase else "none"
    return [
        _title_feature(before, title, last, is_owned=is_owned),
        _name_feature(context, before, case, last, best),
        _subhead_feature(context),
        f"<'s {case} {strength}" if is_owned else f"<- {case}",
        "bias",
        f"n{length}",
        f"n{length} {last} {case}",
        f"{last} {title}",
        f"n{length} {title}",
        f"{title} {last} {case} {cue}",
        f"<{before}",
        f">{after}",
        f"<{before} {case}",
        f"<'s {title}" if is_owned else f"<- {title}",
        place,
        f"{place} {last} {case}",
        f"s{level}",
        f"s{level} n{length}",
        "single" if run.single else "double",
        "closed" if run.closed else f"open {is_long}",
    ]


def _read_source(source: NounPhrase | None, at: int) -> tuple[str, str, str]:
    """Return the place of a source (A after the run, B before it), its strength and its cue."""
    if source is None:
        return "none", "", "none"
    side = "A" if source.start_token > at else "B"
    strength = str(source.strength)
    return f"{side}{source.role} {strength}", strength, "cue" if source.reports else "none"


def _title_feature(before: str, title: str, last: str, *, is_owned: bool) -> str:
    """Return whether a run in title case stands as titles do."""
    if title != "T":
        return "no title"
    # `the play "Gone with the Wind"`: nothing leads it in, and no mark ends it.
    is_led_in = before in _LEAD_INS or (before in CUES and CUES[before].weight >= _SAYING_WEIGHT)
    if last == "w" and not is_led_in:
        return "title alone"
    # `on CNN's "The Late Hour,"`: American style puts the comma inside the marks.
    if last in ",." and (is_owned or before in _BEFORE_TITLES):
        return "title inside"
    return "no title"


def _name_feature(
    context: QuoteContext, before: str, case: str, last: str, best: ScoredSource
) -> str:
    """Return whether the word before a run says that a name follows: `dubbed "Blue Sky"`."""
    if last != "w" and _is_attributed(best.phrase, context.at):
        return "unnamed"
    return "named" if before in _NAMING or (before in _WORK_NOUNS and case == "U") else "unnamed"


def _subhead_feature(context: QuoteContext) -> str:
    """Return whether a run in single marks is a line by itself, as headlines within copy are."""
    run = context.run
    is_alone = len(context.sentence) == 1 and context.at == 0
    return "subhead" if run.single and is_alone and run.paragraph else "copy"
