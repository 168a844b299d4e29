"""Sources of statements: the noun phrase that a cue attributes its content to.

The roles of the quote stage give most cues a phrase of their own. Of the other phrases a linear
model chooses; training/statements/learn_sources.py learns its weights: a change of a feature or a
bucket makes them stale.
"""

from collections.abc import Sequence

from worker.parse.quotes.attribution.ranking import load_feature_weights
from worker.parse.quotes.attribution.roles import find_sources
from worker.parse.quotes.lexicon.function_words import AUXILIARIES, BE, OPINION_NOUNS, PREPOSITIONS
from worker.parse.quotes.noun_phrases import NounPhrase, find_noun_phrases
from worker.parse.quotes.quotation_marks import QuotedRun
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import (
    CAPITAL,
    LOWER,
    NUMBER,
    PUNCTUATION,
    QUOTED,
    SyntacticRole,
)

__all__ = ["close_contents", "find_source", "source_candidates", "source_features"]

# Nearly every source of the training text is among these; each more costs time in every sentence.
_MAX_BEFORE = 6
_MAX_AFTER = 3
_BUCKETS = (*"01233", *("5",) * 3, *("8",) * 8)
_FARTHEST = "16"
_WORDS_BEFORE = PREPOSITIONS | frozenset("and or but that who which , ( -- – —".split())


def find_source(
    sentence: Sentence, cue: int, parts: Sequence[tuple[int, int]]
) -> NounPhrase | None:
    """Return the source of the content at `parts`, None where no phrase may be it."""
    sentence, cue, is_before = close_contents(sentence, cue, parts)
    # `of` needs the roles: `the head of state said` has its head before the phrase.
    if "of" not in sentence.words and (subject := _find_subject(sentence, cue)):
        return subject
    candidates = source_candidates(find_sources(sentence), cue)
    own = [phrase for phrase in candidates if _is_own(phrase, sentence, cue)]
    if len(own) == 1:
        return own[0]
    best, best_score = None, _LEAST_SCORE
    for rank, phrase in enumerate(candidates):
        features = source_features(sentence, phrase, cue, rank, is_before=is_before)
        score = sum([_WEIGHTS.get(feature, 0.0) for feature in features])
        if score > best_score:
            best, best_score = phrase, score
    return best


def _is_own(phrase: NounPhrase, sentence: Sentence, cue: int) -> bool:
    """Return True for the phrase to which the quote stage gives the cue."""
    if phrase.cue == cue:
        return True
    # `in her words`, `in the view of Ms. Lee`: the role's cue is the preposition.
    is_noun = sentence.words[cue] in OPINION_NOUNS
    return is_noun and phrase.role is SyntacticRole.ACCORDING_TO


def _find_subject(sentence: Sentence, cue: int) -> NounPhrase | None:
    """`Ms. Lee has said`: return the phrase right before a verb, at the start of its clause.

    Most sources stand so, and finding the roles of all phrases takes twice the time.
    """
    words, kinds = sentence.words, sentence.kinds
    # `Police left, adding that`: a participle's subject is rarely the phrase right before it.
    if cue == 0 or kinds[cue] is not LOWER or words[cue].endswith("ing"):
        return None
    end = cue
    while end and (words[end - 1] in AUXILIARIES or words[end - 1].endswith("ly")):
        # `Ms. Lee is said to`: the subject of a passive is not the speaker.
        if words[end - 1] in BE:
            return None
        end -= 1
    start = end
    while start and kinds[start - 1] in _NOMINAL_KINDS:
        start -= 1
    # Right after the content, or first in the sentence.
    at = start - (start > 0 and words[start - 1] == ",")
    if at and kinds[at - 1] is not QUOTED:
        return None
    if not 0 < end - start <= _MAX_SUBJECT or any(w in _BREAKING for w in words[start:end]):
        return None
    part = Sentence(sentence.paragraph)
    part.words, part.kinds = words[start:end], kinds[start:end]
    part.starts, part.ends = sentence.starts[start:end], sentence.ends[start:end]
    phrases = find_noun_phrases(part)
    is_whole = len(phrases) == 1 and phrases[0].end_token == end - start
    return phrases[0] if is_whole and phrases[0].start_token == 0 else None


def close_contents(
    sentence: Sentence, cue: int, parts: Sequence[tuple[int, int]]
) -> tuple[Sentence, int, bool]:
    """Return a sentence in which each part of the content is an opaque token, as a quotation is.

    Its cue comes with it, and whether the content begins before the cue.
    """
    closed = Sentence(sentence.paragraph)
    at, new_cue = 0, cue
    for start, end in (*parts, (len(sentence), -1)):
        shift = len(closed) - at
        if at <= cue < start:
            new_cue = cue + shift
        closed.words += sentence.words[at:start]
        closed.kinds += sentence.kinds[at:start]
        closed.starts += sentence.starts[at:start]
        closed.ends += sentence.ends[at:start]
        if sentence.runs:
            closed.runs |= {
                index + shift: run for index, run in sentence.runs.items() if at <= index < start
            }
        if end > 0:
            begin, stop = sentence.starts[start], sentence.ends[end - 1]
            closed.runs[len(closed)] = QuotedRun(begin, stop, sentence.paragraph, -1)
            closed.append('"', QUOTED, begin, stop)
            at = end
    return closed, new_cue, parts[0][0] < cue


def source_candidates(phrases: Sequence[NounPhrase], cue: int) -> list[NounPhrase]:
    """Return the phrases near a cue, nearest first."""
    # A cue in capitals is a phrase of its own: `According to her, it is safe`.
    before = [phrase for phrase in phrases if phrase.end_token <= cue]
    after = [phrase for phrase in phrases if phrase.start_token > cue]
    return before[: -_MAX_BEFORE - 1 : -1] + after[:_MAX_AFTER]


def _bucket(words: int) -> str:
    return _BUCKETS[words] if words < len(_BUCKETS) else _FARTHEST


def source_features(
    sentence: Sentence, phrase: NounPhrase, cue: int, rank: int, *, is_before: bool
) -> list[str]:
    """Return the features of a phrase; `is_before` says that the content begins before the cue."""
    is_after = phrase.start_token > cue
    # `Lee said that`, `said Lee` and `..., said Lee` have weights of their own.
    side = f"{'A' if is_after else 'B'}{'b' if is_before else 'a'}"
    low, high = (cue, phrase.start_token) if is_after else (phrase.end_token, cue)
    between = sentence.words[low:high]
    gap = _bucket(len(between))
    verb = "own" if phrase.cue == cue else "none" if phrase.cue < 0 else "other"
    passive = "" if BE.isdisjoint(between) else "be"
    # A preposition before the phrase speaks against it: `told by Lee` apart.
    first = phrase.start_token
    before = sentence.words[first - 1] if first else "^"
    if before not in _WORDS_BEFORE and sentence.kinds[first - 1] is not PUNCTUATION:
        before = "w"
    commas = min(2, between.count(","))
    kind, role = str(phrase.type), str(phrase.role)
    word = sentence.words[cue]
    return [
        f"{side} {verb} {gap}",
        f"{side} {verb} {role}",
        f"{side} {kind} {gap}",
        f"{side} {rank} {commas}",
        f"{side} {role} {rank}",
        f"{side} {before} {verb}",
        f"{side} {before} {rank}",
        f"{word} {side[0]} {verb}",
        f"{word[-2:]} {side[0]} {passive}{commas}",
        f"{side} {kind} {commas} {verb}",
    ]


_NOMINAL_KINDS = frozenset((LOWER, CAPITAL, NUMBER))
_MAX_SUBJECT = 6
_BREAKING = PREPOSITIONS | frozenset("and or but who which that".split())
_LEAST_SCORE = -1e9
_WEIGHTS = load_feature_weights("statement_sources.tsv")
