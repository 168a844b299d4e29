"""The accuracy that datelines must reach on adversarial items."""

import datetime
import tomllib
from pathlib import Path

import pytest

from worker.model import Dateline
from worker.parse.dateline import find_dateline
from worker.parse.text import WireText

FILE = Path(__file__).parents[1] / "cases" / "datelines-adversarial.toml"
GROUPS = tomllib.loads(FILE.read_text(encoding="utf-8"))
READ = [name for name, group in GROUPS.items() if "read" in group]
REFUSED = [name for name, group in GROUPS.items() if "near_misses" in group]

PUBLISHED = datetime.date(2025, 6, 26)
BEFORE = "Talks go on, sides say\n\n"
AFTER = "\n\nThe talks lasted for two days in all, officials said."

FOUND, FIELD, FALSE_ALARMS = 0.95, 0.93, 0.05


def read(case: dict) -> tuple[str, Dateline | None]:
    text = case.get("text") or BEFORE + case["line"] + AFTER
    return text, find_dateline(WireText(text), case.get("published", PUBLISHED))


def right_fields(case: dict) -> dict[str, bool]:
    """Return for each field if it is right; closing marks at the end of a span are not counted."""
    text, dateline = read(case)
    if dateline is None:
        return dict.fromkeys(("found", "span", "places", "date", "agency"), False)
    return {
        "found": True,
        "span": dateline.span.of(text).rstrip(" -–—_.,:;") == case["span"].rstrip(" -–—_.,:;"),
        "places": [place.name for place in dateline.places] == case["places"],
        "date": dateline.date == case.get("date"),
        "agency": dateline.agency == case.get("agency"),
    }


def wrong(group: str) -> list[str]:
    return [
        f"{case.get('line') or case['text']!r}: "
        + ", ".join(field for field, is_right in right_fields(case).items() if not is_right)
        for case in GROUPS[group]["read"]
        if not all(right_fields(case).values())
    ]


@pytest.mark.parametrize("group", READ)
def test_made_datelines_are_found_and_every_field_is_right(group):
    fields = [right_fields(case) for case in GROUPS[group]["read"]]
    share = {name: sum(found[name] for found in fields) / len(fields) for name in fields[0]}
    assert share["found"] >= FOUND, wrong(group)
    assert min(share.values()) >= FIELD, wrong(group)


@pytest.mark.parametrize("group", REFUSED)
def test_made_near_misses_raise_few_false_alarms(group):
    texts = [BEFORE + line + AFTER for line in GROUPS[group]["near_misses"]]
    texts += [line + AFTER for line in GROUPS[group].get("headlines", ())]
    alarms = [text for text in texts if find_dateline(WireText(text), PUBLISHED)]
    assert len(alarms) <= FALSE_ALARMS * len(texts), alarms
