"""Kills on desks: each desk that had the item gets its withdrawal."""

import datetime

import pytest

from worker.desks import Desk, Match, Shape, events_for
from worker.model import Life, NewsItem, ParsedItem, Signal, Target

NOW = datetime.datetime(2026, 1, 12, 12, tzinfo=datetime.UTC)
SURE = Target(uri="urn:a", version="1", confidence=0.9, by=("number",), is_certain=True)
GUESS = Target(uri="urn:a", version="1", confidence=0.3, by=("nearest",))


def kill(target=None):
    item = NewsItem(uri="urn:kill", version="1", body_text="KILL. Kill our item 0042.")
    return ParsedItem(item=item, life=Life(signal=Signal.WITHDRAWN), target=target)


def made(desks, parsed, **said):
    return [
        (desk.name, event.type, event.subject)
        for desk, event in events_for(parsed, desks, None, NOW, **said)
    ]


@pytest.mark.parametrize("shape", list(Shape))
def test_a_desk_that_had_the_item_gets_the_kill_whatever_it_asks_for(shape):
    desk = Desk(name="one", shape=shape, match=Match(speakers=("Ada Marlow",)))
    schema = "item" if shape in (Shape.QUOTES, Shape.STATEMENTS) else shape.value
    assert made([desk], kill(SURE), had=["one"]) == [
        ("one", f"copytaster.{schema}.withdrawn", "urn:a")
    ]
    assert made([desk], kill(SURE), had=["another"]) == []


def test_a_desk_that_takes_kills_gets_it_without_having_had_the_item():
    desks = [Desk(name="all"), Desk(name="quotes", shape=Shape.QUOTES)]
    assert made(desks, kill(SURE), had=["another"]) == [
        ("all", "copytaster.item.withdrawn", "urn:a")
    ]


def test_a_guess_is_not_the_subject():
    assert made([Desk(name="all")], kill(GUESS)) == [
        ("all", "copytaster.item.withdrawn", "urn:kill")
    ]


def test_each_target_of_one_kill_makes_an_event_of_its_own():
    ids = {
        event.id
        for turn in range(2)
        for _, event in events_for(kill(SURE), [Desk(name="all")], None, NOW, turn=turn)
    }
    assert len(ids) == 2
