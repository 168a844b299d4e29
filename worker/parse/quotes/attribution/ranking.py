"""Which mention said it: a linear score over where a mention stands to a quotation and to its verb.

The weights are a table of numbers learnt by training/quotes/learn_ranking.py.
"""

from importlib.resources import files

from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.sentences import Sentence

__all__ = ["WEIGHTS", "carry_features", "far_features", "features", "load_weights", "score"]

_NEAR = ("0", "1", "2", "3", "4", "4", "6", "6", "6", "6", "10", "10", "10", "10", "10")


_SPEAKING = frozenset(("subj", "subjpp", "inv", "appos", "rel"))


def load_weights(name: str) -> dict[str, float]:
    """A table of feature weights; a feature that is not in it weighs nothing."""
    table = files("worker.parse").joinpath(f"data/{name}").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {feature: float(weight) for feature, weight in rows}


def _bucket(distance: int) -> str:
    return _NEAR[distance] if distance < len(_NEAR) else "15"


def features(mention: NounPhrase, at: int, full: str, rank: int, *, nearest: bool) -> list[str]:
    """The features of a mention for the quotation at token `at` of the same sentence.

    `rank` counts the mentions between the two; `nearest`: no other verb stands nearer on that side.
    """
    sentence = mention.sentence
    place, kind = mention.role, mention.type
    if mention.start_token > at:
        side = "A"
        gap = mention.start_token - at - 1
        verb = mention.cue - at - 1 if mention.cue > at else -1
        crossed = '"' in sentence.words[at + 1 : mention.start_token]
        border = full[sentence.ends[at] - 2]
        border = border if border in ",.?!…-—" else "w"
        if border == "w" and sentence.words[at + 1] == "," and gap:
            border, gap, verb = ",", gap - 1, verb - (verb > 0)
    else:
        side = "B"
        gap = at - mention.end_token
        verb = at - mention.cue - 1 if 0 <= mention.cue < at else -1
        crossed = '"' in sentence.words[mention.end_token : at]
        border = sentence.words[at - 1]
        border = (
            border
            if border in (":", ",", "that", "-", "—", '"', "as", "a", "the", "for", "of")
            else "w"
        )
    near = _bucket(verb) if verb >= 0 else "n"
    cross = "x" if crossed else ""
    return [
        f"{side}{place}",
        f"{side}{place} {mention.strength} {near}{cross}",
        f"{side}{border} {place} {near if near in '01n' else 'f'}",
        f"{kind} {place}",
        f"{side}{kind} {_bucket(gap)}",
        f"{side}{cross} {min(rank, 4)} {place}",
        f"{side}{cross} {_bucket(gap)}",
        f"grade {mention.strength} {near}{cross}",
        f"{side}{cross} {place} {mention.strength} {'nearest' if nearest else 'beyond'}",
    ]


def far_features(
    mention: NounPhrase, sentences: int, rank: int, sentence: Sentence, at: int
) -> list[str]:
    """The features of a mention in a sentence before the quotation's own."""
    bare = "bare" if len(sentence) - len(sentence.runs) <= 3 else "full"
    last = mention.sentence.words[-1]
    speaks = at == 0 and mention.strength == "S" and mention.role in _SPEAKING
    return [
        "F speaks" if speaks else "F",
        f"F{sentences}",
        f"F{sentences} {mention.role} {mention.strength}",
        f"F{mention.type} {mention.role}",
        f"F rank {min(rank, 5)} {'init' if mention.start_token == 0 else ''}",
        f"F {bare} {':' if last == ':' else ''}",
        f"F {'first' if at == 0 else 'later'}",
    ]


def carry_features(
    sentence: Sentence, at: int, full: str, *, together: int, before: int
) -> list[str]:
    """The features of "whoever said the one before".

    `together`: 0 in the same sentence, 1 in the same paragraph, 2 in the paragraph before, 3 further
    up; `before`: how many tokens stand between the two within the sentence.
    """
    bare = "bare" if len(sentence) - len(sentence.runs) <= 3 else "full"
    start = sentence.starts[at]
    first = full[start + 1 : start + 2]
    case = "U" if first.isupper() else "l"
    border = sentence.words[at - 1] if at else "first"
    border = border if border in ("first", ",", "and", ".", ":") else "w"
    return [
        f"C{together}",
        f"C{together} {bare}",
        f"C{together} {case}",
        f"C{together} {border}",
        f"C{together} {_bucket(before)}",
    ]


def score(names: list[str]) -> float:
    """The sum of the weights of features."""
    return sum([WEIGHTS.get(name, 0.0) for name in names])


WEIGHTS = load_weights("speaker_weights.tsv")
