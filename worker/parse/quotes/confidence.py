"""Calibrated confidence: how often a speaker is right who was found the way this one was.

A logistic regression over the source's share of the likelihood, the antecedent's share, the kind of
mention and the number of people in the item. Its weights are learnt on items that taught none of
the rankings, by training/quotes/learn_confidence.py: a change of a feature makes them stale.
"""

import math

from worker.parse.quotes.attribution.ranking import load_feature_weights

__all__ = ["confidence_features", "estimate_confidence"]

_STEPS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""Shares from which a further weight counts."""
_CROWDS = (2, 4, 6, 9)
"""Numbers of people in an item above which a further weight counts."""
WEIGHTS = load_feature_weights("speaker_confidence.tsv")


def confidence_features(
    kind: str, source_share: float, antecedent_share: float, people: int, *, has_dateline: bool
) -> list[str]:
    """Return the features of a speaker; `kind` is that of the mention or the lack of one."""
    features = ["bias", kind, "dateline" if has_dateline else "no dateline"]
    features += [f"people {count}" for count in _CROWDS if people > count]
    for step in _STEPS:
        if source_share > step:
            features.append(f"source {step}")
        if antecedent_share > step:
            features += [f"antecedent {step}", f"{kind} {step}"]
    return features


def estimate_confidence(features: list[str]) -> float:
    """Return the probability that a speaker with these features is right."""
    total = sum([WEIGHTS.get(feature, 0.0) for feature in features])
    return 1.0 / (1.0 + math.exp(-total))
