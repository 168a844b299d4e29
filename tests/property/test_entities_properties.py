"""Properties of the entity stage, for any text."""

import gc
import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.parse.dateline import find_dateline
from worker.parse.entities import find_entities
from worker.parse.text import WireText

WORDS = st.sampled_from(
    [
        *(
            "Minister",
            "President",
            "the",
            "of",
            "and",
            "Olga",
            "Reznik",
            "V.",
            "NATO",
            "Russia-NATO",
        ),
        *("Institute", "Kiev", "KIEV", "al-Sabri", "U.S.", "US", "Mr.", ",", ".", '"', "“", "\n\n"),
        *("said", "who heads", "global", "South", "summit", "'s", "’s", "(", ")", "War", "II", "-"),
        *("/TASS/.", "January 12.", "É", "Öz", "’", "IS", "The Hague", "Moe", "Mohe", "in", "İ"),
    ]
)
WIRES = st.one_of(st.text(), st.lists(WORDS, max_size=60).map(" ".join))


@given(WIRES)
@example('B-"U.S. Oaa')
@example("B-U.S. Oaa")
def test_entities_lie_inside_the_text_in_order_and_apart(full):
    text = WireText(full)

    registry = find_entities(text, find_dateline(text, None))

    spans = [entity.span for entity in registry.entities]
    assert all(0 <= span.start < span.end <= len(full) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    assert all(entity.canonical.strip() for entity in registry.entities)


@given(WIRES)
def test_the_same_text_has_the_same_entities(full):
    text = WireText(full)
    assert find_entities(text, None) == find_entities(WireText(full), None)


@given(WIRES)
def test_every_entity_belongs_to_one_actor(full):
    registry = find_entities(WireText(full), None)
    mentions = [mention for actor in registry.actors for mention in actor.mentions]
    assert sorted(mention.span for mention in mentions) == [e.span for e in registry.entities]


@pytest.mark.parametrize(
    "unit",
    [
        "A",
        ",",
        "A. ",
        "Alfa ",
        "President of the ",
        "Institute of ",
        "al-",
        "A.",
        '"A ',
        "(A) ",
        "A-",
        "A\n\n",
    ],
)
def test_eight_times_the_text_is_not_sixty_four_times_the_work(unit):
    def work(length):
        return seconds(unit * (length // len(unit)))

    work(1_000)
    assert work(160_000) < 30 * work(20_000) + 0.2


def test_many_people_cost_no_more_each_than_few():
    def people(count):
        return " ".join(f"Ivan Xa{n}dov and Xb{n}dov said." for n in range(count))

    seconds(people(100))
    # Eight times as many: linear is 8 times the work, quadratic 64 times.
    assert seconds(people(8_000)) < 30 * seconds(people(1_000)) + 0.2


def seconds(full):
    text = WireText(full)
    gc.disable()  # a collection looks at all that other tests have left in this process
    try:
        begun = time.process_time()
        find_entities(text, None)
        return time.process_time() - begun
    finally:
        gc.enable()
