"""Is it a quotation at all? Titles, nicknames and scare quotes stand between the same marks.

A linear score over the words inside, what stands beside the marks and the best attribution near;
the weights are learnt by training/quotes/learn_quotehood.py.
"""

import re

from worker.parse.quotes.attribution.contexts import QuoteContext, find_far, find_near
from worker.parse.quotes.attribution.ranking import load_weights, score
from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.noun_phrases import NounPhrase

__all__ = [
    "best_near",
    "best_of",
    "is_attributed",
    "is_quotation",
    "quotation_features",
    "score_near",
]

_WORDS = re.compile(r"[^\W_][\w.’'&-]*")
_LEADS = frozenset((",", ":", "that", "^"))
_NAMED = frozenset("titled entitled headlined named nicknamed codenamed dubbed".split())
"""Words that give a name."""
_OF_TITLES = frozenset("of on in with for at from by during to".split())
"""Words before the title of a programme or a paper: `on CNN's "The Late Hour."`."""
_WORKS = frozenset(
    "article film movie book novel song album "
    "show series drama play documentary magazine newspaper program programme operation project "
    "ship vessel train exhibition exhibit poem painting musical opera podcast sitcom thriller "
    "memoir essay section column game trilogy comedy single track ballet sculpture yacht ferry "
    "tanker icebreaker satellite award prize contest festival".split()
)
"""Words before the name of a work, a ship, an undertaking."""
_SURE = 3.0
"""A mention of the same sentence that scores so high leaves nothing to those before."""
_ENOUGH_WORDS = 12
"""A run of so many words is judged by its first ones."""


def _says(word: str) -> bool:
    """True for a verb that often stands right before a quotation."""
    return word in CUES and CUES[word].weight >= 0.3


def best_near(full: str, context: QuoteContext) -> tuple[NounPhrase | None, float]:
    """The likeliest mention of the run's own sentences and its score; None where there is none."""
    return best_of(score_near(full, context))


def score_near(full: str, context: QuoteContext) -> list[tuple[float, NounPhrase | None]]:
    """The mentions near a run, each with its score; those before its sentence if need be."""
    scored = [(score(names), mention) for mention, names in find_near(full, context)]
    if not any(value > _SURE for value, _ in scored):
        scored += [(score(names), mention) for mention, names in find_far(context)]
    return scored


def best_of(scored: list[tuple[float, NounPhrase | None]]) -> tuple[NounPhrase | None, float]:
    """The likeliest of the scored mentions and its score; None and -99 where there is none."""
    if not scored:
        return None, -99.0
    top, best = max(scored, key=lambda pair: pair[0])
    return best, top


def _titled(before: str, titled: str, last: str) -> str:
    """Whether it is written as titles are, by how it stands in its sentence."""
    if titled == "T" and last == "w" and before not in _LEADS and not _says(before):
        return "title alone"
    owned = before.endswith(("'s", "’s"))
    if titled == "T" and last in ",." and (owned or before in _OF_TITLES):
        return "title inside"
    return "no title"


def _named(before: str, case: str) -> str:
    """Whether the word before says that a name follows."""
    return "named" if before in _NAMED or (before in _WORKS and case == "U") else "unnamed"


def is_attributed(best: NounPhrase | None, at: int) -> bool:
    """True where the speaker and the verb stand right after the run, or end right before it."""
    if best is None or not best.reports:
        return False
    return best.start_token - at in (1, 2) or best.cue - at in (1, 2, -1, -2)


def quotation_features(
    full: str, context: QuoteContext, best: NounPhrase | None, top: float
) -> list[str]:
    """The features of one marked run; `best` is the likeliest mention near, `top` its score."""
    run, sentence, at = context.run, context.sentence, context.at
    words = _WORDS.findall(full, run.start, min(run.end, run.start + 160))[:_ENOUGH_WORDS]
    count = len(words)
    length = (
        str(count) if count < 6 else "6" if count < 9 else "9" if count < _ENOUGH_WORDS else "12"
    )
    last = full[run.end - 2]
    last = last if last in ",.?!…" else "w"
    first = words[0][0] if words else ""
    case = "U" if first.isupper() else "l" if first.islower() else "d"
    capitals = sum(word[0].isupper() for word in words)
    small = sum(len(word) < 4 and word[0].islower() for word in words)
    titled = "T" if capitals + small == count and capitals > 1 else "t" if capitals == count else ""
    before = sentence.words[at - 1] if at else "^"
    after = sentence.words[at + 1] if at + 1 < len(sentence) else "$"
    place = f"{best.role} {best.strength}" if best else "none"
    side = "" if best is None else "A" if best.start_token > at else "B"
    level = max(-6, min(6, int(top))) if best else "none"
    owned = before.endswith(("'s", "’s"))
    return [
        _titled(before, titled, last),
        _named(before, case) if last == "w" or not is_attributed(best, at) else "unnamed",
        "subhead" if run.single and len(sentence) == 1 and at == 0 and run.paragraph else "copy",
        f"<'s {case} {best.strength if best else ''}" if owned else f"<- {case}",
        "bias",
        f"n{length}",
        f"n{length} {last} {case}",
        f"{last} {titled}",
        f"n{length} {titled}",
        f"{titled} {last} {case} {'cue' if best and best.reports else 'none'}",
        f"<{before}",
        f">{after}",
        f"<{before} {case}",
        f"<'s {titled}" if owned else f"<- {titled}",
        f"{side}{place}",
        f"{side}{place} {last} {case}",
        f"s{level}",
        f"s{level} n{length}",
        "single" if run.single else "double",
        "closed" if run.closed else f"open {count > 5}",
    ]


def _answers(full: str, context: QuoteContext, best: NounPhrase) -> bool:
    """True for `"Yes," she said`: one word that opens its sentence, the speaker right after it."""
    run = context.run
    one = full.find(" ", run.start + 1, run.end - 1) < 0
    return (
        one
        and context.at == 0
        and full[run.end - 2] in ",?!"
        and min(best.start_token, best.cue) == 1
    )


_SPEAKING = frozenset(("subj", "inv", "subjpp", "appos"))
_WEIGHTS = load_weights("speaker_quotehood.tsv")
_THRESHOLD = -0.5
"""F1 on held-out text is flat from -0.5 to 0.25; a quotation lost costs more than a title kept."""


def is_quotation(full: str, context: QuoteContext, best: NounPhrase | None, top: float) -> bool:
    """True when the marked run is somebody's words."""
    if best and best.strength == "S" and best.role in _SPEAKING and _answers(full, context, best):
        return True
    names = quotation_features(full, context, best, top)
    return sum([_WEIGHTS.get(name, 0.0) for name in names]) > _THRESHOLD
