"""Source ranking: a linear score for each noun phrase near a quotation.

The features say how a phrase stands to the quotation and to its own verb. Their weights are learnt
by training/quotes/learn_ranking.py: a change of a feature, a bucket or a limit makes them stale.
"""

from collections.abc import Sequence
from importlib.resources import files
from operator import itemgetter
from typing import NamedTuple

from worker.parse.quotes.attribution.contexts import QuoteContext
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import SUBJECTS, CueStrength, SyntacticRole

__all__ = [
    "ScoredSource",
    "best_reporting_source",
    "best_source",
    "find_source_candidates",
    "find_turns",
    "load_feature_weights",
    "rank_sources",
    "score",
]

_MAX_CANDIDATES = 8
"""Phrases of a sentence that are looked at on either side of a quotation."""
_NEARLY = 1.0
_CLEAR_SCORE = 3.0
"""A phrase of the same sentence with a higher score makes the sentences before needless."""
_DISTANCE_BUCKETS = (*"0123", *("4",) * 2, *("6",) * 4, *("10",) * 5)
"""The bucket of a distance in tokens; a longer distance falls into bucket 15."""
_BORDERS_BEFORE = frozenset((":", ",", "that", "-", "—", '"', "as", "a", "the", "for", "of"))
_BORDERS_OF_CONTINUATION = frozenset(("first", ",", "and", ".", ":"))
_JUDGING = (
    "describ",
    "dismiss",
    "brand",
    "denounc",
    "condemn",
    "characteri",
    "hail",
    "label",
    "reject",
)
_MAX_JUDGED_TOKENS = 12
_JUDGE_SCORE = 4.0
"""Worth of `described ... as` before a quotation, which is the verb's own complement."""
_CLAUSE_OPENERS = frozenset("while but whereas although though and".split())
_NEXT_PARAGRAPH = 2
"""Closeness of a quotation to another in the paragraph before."""
_MAX_SUBJECTS = 3
"""Subjects of a sentence of the paragraph before that are looked at."""
_SHORT_CHARS = 60
_BARE = "bare"
_MAX_BARE_TOKENS = 3
"""A sentence with no more tokens beside its quotations names no speaker."""
_SPEAKING_ROLES = frozenset(
    (
        SyntacticRole.SUBJECT,
        SyntacticRole.SUBJECT_BEFORE_PHRASE,
        SyntacticRole.SUBJECT_INVERTED,
        SyntacticRole.SUBJECT_BEFORE_APPOSITION,
        SyntacticRole.SUBJECT_OF_RELATIVE,
    )
)


class SourceCandidate(NamedTuple):
    """A noun phrase with its features.

    None stands for the source of the quotation before or, with `answers`, for whoever that
    quotation was said to.
    """

    phrase: NounPhrase | None
    features: list[str]
    answers: bool = False


class ScoredSource(NamedTuple):
    """A candidate with its score."""

    score: float
    phrase: NounPhrase | None
    answers: bool = False


_NO_SOURCE = ScoredSource(-99.0, None)


def load_feature_weights(name: str) -> dict[str, float]:
    """Return a table of feature weights; a feature that it lacks weighs nothing."""
    table = files("worker.parse").joinpath(f"data/{name}").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {feature: float(weight) for feature, weight in rows}


WEIGHTS = load_feature_weights("speaker_weights.tsv")


def score(features: list[str]) -> float:
    """Return the sum of the weights of features."""
    return sum([WEIGHTS.get(feature, 0.0) for feature in features])


def rank_sources(full: str, context: QuoteContext) -> list[ScoredSource]:
    """Return the score of each noun phrase near a quotation, in no order.

    The sentences before are read only where the quotation's own has no clear source.
    """
    ranked = [
        ScoredSource(score(features) + _JUDGE_SCORE * _is_judge(phrase, context), phrase)
        for phrase, features, _ in _same_sentence_candidates(full, context)
    ]
    if not any(source.score > _CLEAR_SCORE for source in ranked):
        earlier = [*_earlier_sentence_candidates(context), *_preceding_candidates(context)]
        ranked += [ScoredSource(score(features), phrase) for phrase, features, _ in earlier]
    return ranked


def _is_judge(phrase: NounPhrase | None, context: QuoteContext) -> bool:
    """`the ministry, which had described it as "a threat"`: True for the ministry."""
    if phrase is None or not context.at or phrase.cue < 0:
        return False
    words, at = context.sentence.words, context.at
    is_near = 0 < at - phrase.cue <= _MAX_JUDGED_TOKENS
    return words[at - 1] == "as" and is_near and words[phrase.cue].startswith(_JUDGING)


def best_source(ranked: Sequence[ScoredSource]) -> ScoredSource:
    """Return the likeliest source; none, with a very low score, where nothing was ranked."""
    return max(ranked, key=itemgetter(0), default=_NO_SOURCE)


def best_reporting_source(ranked: Sequence[ScoredSource]) -> ScoredSource:
    """Return the likeliest source, or one nearly as likely with a reporting verb of its own.

    `A spokesman, Ann Lee, replied`: the name is the likeliest, and the noun has the verb.
    """
    best = best_source(ranked)
    if best.phrase is None or best.phrase.reports:
        return best
    reporting = [one for one in ranked if one.phrase and one.phrase.reports]
    other = best_source(reporting)
    return other if other.score > best.score - _NEARLY else best


def find_source_candidates(
    full: str, context: QuoteContext, previous: QuoteContext | None
) -> list[SourceCandidate]:
    """Return every candidate for the source of a quotation, nearest first.

    The last candidates stand for the source of the `previous` quotation, and for its listener.
    """
    return [
        *_same_sentence_candidates(full, context),
        *_earlier_sentence_candidates(context),
        *_preceding_candidates(context),
        *find_turns(full, context, previous),
    ]


def find_turns(
    full: str, context: QuoteContext, previous: QuoteContext | None
) -> list[SourceCandidate]:
    """Return the candidates that the `previous` quotation gives: its speaker and its listener."""
    if previous is None:
        return []
    turns = [SourceCandidate(None, _continuation_features(full, context, previous))]
    if _may_answer(full, context, previous):
        turns.append(SourceCandidate(None, _answer_features(full, context, previous), answers=True))
    return turns


def _may_answer(full: str, context: QuoteContext, previous: QuoteContext) -> bool:
    """Return True for a paragraph of speech alone after a question, or with one."""
    if _closeness(context, previous)[0] != _NEXT_PARAGRAPH or not _is_alone(context):
        return False
    return previous.run.closed and "?" in (full[previous.run.end - 2], full[context.run.end - 2])


def _is_alone(context: QuoteContext) -> bool:
    """Return True for a quotation that opens its paragraph with no word beside it."""
    return not context.number and len(context.sentence) == 1


def _answer_features(full: str, context: QuoteContext, previous: QuoteContext) -> list[str]:
    """Return the features of an answer to `previous`: `"Whose is it?" he asked. / "Mine."`."""
    asks = "?" if full[previous.run.end - 2] == "?" else "."
    answers = "?" if full[context.run.end - 2] == "?" else "."
    is_last = previous.number + 1 == len(previous.paragraph.sentences)
    place = f"{'last' if is_last else 'inner'} {_bareness(previous.sentence)}"
    is_end = len(context.paragraph.sentences) == 1
    return [
        "T",
        f"T {asks} {answers}",
        f"T {place}",
        f"T {place} {asks}",
        f"T {'end' if is_end else 'more'}",
        f"T {_length(context)} {_length(previous)} {asks}",
    ]


def _length(context: QuoteContext) -> str:
    return "short" if context.run.end - context.run.start < _SHORT_CHARS else "long"


def _preceding_candidates(context: QuoteContext) -> list[SourceCandidate]:
    """Return the subjects of the paragraph before, for speech that opens its paragraph alone."""
    paragraph = context.preceding
    if paragraph is None or _bareness(context.sentence) != _BARE:
        return []
    last = len(paragraph.sentences) - 1
    candidates: list[SourceCandidate] = []
    for number in dict.fromkeys((last, max(last - 1, 0), 0)) if last >= 0 else ():
        subjects = [one for one in paragraph.phrases(number) if one.role in SUBJECTS]
        candidates += [
            SourceCandidate(phrase, _preceding_features(phrase, number, rank, context))
            for rank, phrase in enumerate(subjects[:_MAX_SUBJECTS])
        ]
    return candidates


def _place_among(number: int, count: int) -> str:
    if count == 1:
        return "only"
    return "last" if number == count - 1 else "inner" if number else "first"


def _preceding_features(
    phrase: NounPhrase, number: int, rank: int, context: QuoteContext
) -> list[str]:
    """Return the features of a subject in sentence `number` of the paragraph before."""
    sentences = context.preceding.sentences if context.preceding else []
    place = _place_among(number, len(sentences))
    runs = [at for at, sentence in enumerate(sentences) if sentence.runs]
    quoted = "quoted" if any(at >= number for at in runs) else "before" if runs else "plain"
    first = "later" if context.at else "first"
    role, kind, strength = str(phrase.role), str(phrase.type), str(phrase.strength)
    start = "" if phrase.start_token else "init"
    return [
        "P",
        f"P {first}",
        f"P {first} {place}",
        f"P {role} {strength}",
        f"P{kind} {place}",
        f"P {place} {min(rank, 2)} {start}",
        f"P {quoted} {place}",
        f"P {quoted} {first}",
        f"P{kind} {start} {strength}",
    ]


def _same_sentence_candidates(full: str, context: QuoteContext) -> list[SourceCandidate]:
    """Return the noun phrases after the quotation, then those before it, nearest first."""
    phrases, at = context.phrases, context.at
    split = 0
    while split < len(phrases) and phrases[split].start_token < at:
        split += 1
    candidates: list[SourceCandidate] = []
    after = phrases[split : split + _MAX_CANDIDATES]
    verb = min((phrase.cue for phrase in after if phrase.cue > at), default=-1)
    for rank, phrase in enumerate(after):
        place = _place_after(phrase, at, full)
        features = _features(phrase, place, rank, has_nearest_verb=phrase.cue == verb)
        candidates.append(SourceCandidate(phrase, features))
    first = max(0, split - _MAX_CANDIDATES)
    # A subject far to the left is near by its verb: `Lee urged ..., saying that it was "bad"`.
    far = [phrase for phrase in phrases[:first] if phrase.cue > phrases[first].start_token]
    before = _own_clause(context, far + phrases[first:split])
    verb = max((phrase.cue for phrase in before if phrase.cue < at), default=-1)
    for rank, phrase in enumerate(reversed(before)):
        place = _place_before(phrase, at)
        features = _features(phrase, place, rank, has_nearest_verb=phrase.cue == verb)
        candidates.append(SourceCandidate(phrase, features))
    return candidates


def _own_clause(context: QuoteContext, before: list[NounPhrase]) -> list[NounPhrase]:
    """Return the phrases before a quotation without those of a clause that has its own quotation.

    `Lee called it "good," while Roe said that it "fails"`: of the second, Roe is the source.
    """
    words = context.sentence.words
    last = max((at for at in context.sentence.runs if at < context.at), default=-1)
    if last < 0 or not any(words[at] in _CLAUSE_OPENERS for at in range(last + 1, context.at)):
        return before
    own = [phrase for phrase in before if phrase.start_token > last]
    speaks = any(
        phrase.strength is CueStrength.STRONG and phrase.role in _SPEAKING_ROLES for phrase in own
    )
    return own if speaks else before


def _earlier_sentence_candidates(context: QuoteContext) -> list[SourceCandidate]:
    """Return the noun phrases of the sentences before the quotation's own."""
    return [
        SourceCandidate(phrase, _earlier_sentence_features(phrase, distance, rank, context))
        for distance, phrases in enumerate(context.earlier_phrases)
        for rank, phrase in enumerate(phrases[:_MAX_CANDIDATES])
    ]


_Place = tuple[str, int, int, bool, str]
"""The place of a phrase relative to a quotation: side, gap, verb, crossed, border.

The side is A for after it and B for before it, the gap the tokens between the two. The verb is
given by the tokens between it and the quotation, -1 for a verb on the other side. Crossed says that
another quotation stands between; the border is the token or mark at the quotation's edge.
"""


def _place_after(phrase: NounPhrase, at: int, full: str) -> _Place:
    """`"So it is," Ms. Lee said`: describe a phrase after the quotation."""
    sentence = phrase.sentence
    gap = phrase.start_token - at - 1
    verb = phrase.cue - at - 1 if phrase.cue > at else -1
    border = full[sentence.ends[at] - 2]
    border = border if border in ",.?!…-—" else "w"
    # `"So it is", Ms. Lee said`: a comma outside the marks counts like a comma inside.
    if border == "w" and sentence.words[at + 1] == "," and gap:
        border, gap, verb = ",", gap - 1, verb - (verb > 0)
    return "A", gap, verb, '"' in sentence.words[at + 1 : phrase.start_token], border


def _place_before(phrase: NounPhrase, at: int) -> _Place:
    """`Ms. Lee said: "So it is."`: describe a phrase before the quotation."""
    words = phrase.sentence.words
    gap = at - phrase.end_token
    verb = at - phrase.cue - 1 if 0 <= phrase.cue < at else -1
    border = words[at - 1] if words[at - 1] in _BORDERS_BEFORE else "w"
    return "B", gap, verb, '"' in words[phrase.end_token : at], border


def _features(phrase: NounPhrase, place: _Place, rank: int, *, has_nearest_verb: bool) -> list[str]:
    """Return the features of a phrase in the quotation's sentence.

    `rank` is the number of phrases between the two; `has_nearest_verb` says that no other verb
    stands nearer on that side.
    """
    side, gap_tokens, verb_tokens, crossed, border = place
    # Plain strings: formatting an enum member costs four times as much.
    role, kind, strength = str(phrase.role), str(phrase.type), str(phrase.strength)
    verb = _bucket(verb_tokens) if verb_tokens >= 0 else "n"
    gap = _bucket(gap_tokens)
    cross = "x" if crossed else ""
    return [
        f"{side}{role}",
        f"{side}{role} {strength} {verb}{cross}",
        f"{side}{border} {role} {verb if verb in '01n' else 'f'}",
        f"{kind} {role}",
        f"{side}{kind} {gap}",
        f"{side}{cross} {min(rank, 4)} {role}",
        f"{side}{cross} {gap}",
        f"grade {strength} {verb}{cross}",
        f"{side}{cross} {role} {strength} {'nearest' if has_nearest_verb else 'beyond'}",
    ]


def _earlier_sentence_features(
    phrase: NounPhrase, distance: int, rank: int, context: QuoteContext
) -> list[str]:
    """Return the features of a phrase in a sentence before the quotation's own.

    `distance` is the number of sentences between the two, `rank` that of the phrases before.
    """
    sentence, at = context.sentence, context.at
    role, kind, strength = str(phrase.role), str(phrase.type), str(phrase.strength)
    last = phrase.sentence.words[-1]
    # `Ms. Lee spoke to reporters. "So it is."`
    speaks = at == 0 and phrase.strength is CueStrength.STRONG and phrase.role in _SPEAKING_ROLES
    return [
        "F speaks" if speaks else "F",
        f"F{distance}",
        f"F{distance} {role} {strength}",
        f"F{kind} {role}",
        f"F rank {min(rank, 5)} {'init' if phrase.start_token == 0 else ''}",
        f"F {_bareness(sentence)} {':' if last == ':' else ''}",
        f"F {'first' if at == 0 else 'later'}",
    ]


def _continuation_features(full: str, context: QuoteContext, previous: QuoteContext) -> list[str]:
    """Return the features of a quotation that continues the speech of `previous`."""
    sentence, at = context.sentence, context.at
    closeness, gap = _closeness(context, previous)
    first = full[sentence.starts[at] + 1 : sentence.starts[at] + 2]
    case = "U" if first.isupper() else "l"
    border = sentence.words[at - 1] if at else "first"
    border = border if border in _BORDERS_OF_CONTINUATION else "w"
    between = _sentences_between(context, previous, closeness)
    alone = "alone" if _is_alone(context) else ""
    asks = "?" if full[previous.run.end - 2] == "?" else "."
    return [
        f"C{closeness}",
        f"C{closeness} {_bareness(sentence)}",
        f"C{closeness} {case}",
        f"C{closeness} {border}",
        f"C{closeness} {_bucket(gap)}",
        f"C{closeness} after {between}",
        f"C{closeness} {_bareness(sentence)} after {between}",
        f"C{closeness} {alone} {asks}",
    ]


def _sentences_between(context: QuoteContext, previous: QuoteContext, closeness: int) -> int:
    """Return the sentences between two quotations, at most 2; of farther ones, paragraphs."""
    if closeness == _NEXT_PARAGRAPH:
        return min(len(previous.paragraph.sentences) - 1 - previous.number + context.number, 2)
    if closeness > _NEXT_PARAGRAPH:
        return min(context.run.paragraph - previous.run.paragraph, 4)
    return min(context.number - previous.number, 2)


def _closeness(context: QuoteContext, previous: QuoteContext) -> tuple[int, int]:
    """Return how close two quotations are, and the tokens between them in the sentence.

    0 is the same sentence, 1 the same paragraph, 2 the paragraph before, 3 anything farther.
    """
    if previous.sentence is context.sentence:
        return 0, context.at - previous.at - 1
    distance = context.run.paragraph - previous.run.paragraph
    return min(distance + 1, 3), context.at


def _bareness(sentence: Sentence) -> str:
    """Return "bare" for a sentence of little but quotations, else "full"."""
    return _BARE if len(sentence) - len(sentence.runs) <= _MAX_BARE_TOKENS else "full"


def _bucket(distance: int) -> str:
    return _DISTANCE_BUCKETS[distance] if distance < len(_DISTANCE_BUCKETS) else "15"
