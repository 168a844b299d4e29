"""The confidence of a speaker is a probability that grows with the share of the likelihood."""

import pytest

from worker.parse.quotes.confidence import confidence_features, estimate_confidence


def confidence(kind: str, source: float, antecedent: float) -> float:
    return estimate_confidence(confidence_features(kind, source, antecedent, 3, has_dateline=True))


@pytest.mark.parametrize("kind", ["name", "he", "she", "person", "organisation", "same"])
def test_a_clear_source_and_antecedent_are_surer_than_doubtful_ones(kind):
    assert 0.0 < confidence(kind, 0.45, 0.45) < confidence(kind, 0.995, 0.995) < 1.0


def test_a_kind_without_a_weight_has_a_confidence_too():
    assert 0.0 < confidence("apart they", 0.9, 0.9) < 1.0
