"""Accuracy and speed of the dateline stage, beside the two usual ways of doing without a grammar.

    python benchmarks/bench_datelines.py [--runs 7]

Peers, as they are usually written, each given the same paragraphs: a cleaning regular expression
that cuts a dateline off the head of a text, and the literal split of newsroom code, at the first
" - " or " — " within 60 characters. Both look at every one of the first eight paragraphs, which
is kinder to them than their use; neither reads a date's year, and the split reads nothing else.

Corpus: seeds/items with tests/cases/seeds.toml, and tests/cases/datelines-adversarial.toml with
its near misses. Everything in it is invented. The answers are compared before the clock starts.
"""

import argparse
import datetime
import re
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _bench import describe_machine, spread

from worker.demo.corpus import load_seed_items
from worker.parse.dateline import find_dateline
from worker.parse.text import WireText

CASES = Path(__file__).parents[1] / "tests" / "cases"
PUBLISHED = datetime.date(2025, 6, 26)
BEFORE = "Talks go on, sides say\n\n"
AFTER = "\n\nThe talks lasted for two days in all, officials said."
REPEATS = 5
HEAD = 8

CLEANING = re.compile(r"^(?P<place>[A-Z ,.]+)(?:\((?P<agency>[A-Z]+)\))? [-—] ")
SPLIT = re.compile(r" (?:-|—) ")
MARKS = " -–—_.,:;"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A dateline as the table compares it; a peer leaves out what it does not read."""

    span: str
    places: tuple[str, ...] = ()
    date: datetime.date | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An item with the dateline it has; without a span only places and agency are known."""

    text: str
    published: datetime.date | None
    wanted: Answer | None


Peer = Callable[[Case], Answer | None]


def ours(case: Case) -> Answer | None:
    """What this project's grammar reads."""
    wire = WireText(case.text)
    line = find_dateline(wire, case.published)
    if line is None:
        return None
    return Answer(
        span=line.span.of(case.text).strip(MARKS),
        places=tuple(place.name for place in line.places),
        date=line.date,
        agency=line.agency,
    )


def cleaning_regex(case: Case) -> Answer | None:
    """What the cleaning expression cuts off the first paragraph that it fits."""
    for paragraph in case.text.split("\n\n", HEAD)[:HEAD]:
        if found := CLEANING.match(paragraph):
            place = found["place"].strip(" ,").partition(",")[0]
            return Answer(span=found[0].strip(MARKS), places=(place,), agency=found["agency"])
    return None


def literal_split(case: Case) -> Answer | None:
    """What stands before the first dash, where it comes early in a paragraph."""
    for paragraph in case.text.split("\n\n", HEAD)[:HEAD]:
        if found := SPLIT.search(paragraph, 0, 63):
            span = paragraph[: found.start()]
            return Answer(span=span.strip(MARKS), places=(re.split(r"[,(]", span)[0].strip(),))
    return None


PEERS: dict[str, Peer] = {
    "ours": ours,
    "cleaning regex": cleaning_regex,
    "literal split": literal_split,
}


def seed_cases() -> list[Case]:
    """The seeds, whose cases give places and agency only."""
    expected = {
        case["name"]: case
        for case in tomllib.loads(CASES.joinpath("seeds.toml").read_text("utf-8"))["item"]
    }
    cases = []
    for seed in load_seed_items():
        line = expected[seed.name].get("dateline")
        wanted = line and Answer(span="", places=tuple(line["places"]), agency=line.get("agency"))
        published = seed.item.published.date() if seed.item.published else None
        cases.append(Case(text=seed.item.text, published=published, wanted=wanted or None))
    return cases


def made_cases() -> list[Case]:
    """The items made to try the reader, near misses last."""
    path = CASES / "datelines-adversarial.toml"
    groups = tomllib.loads(path.read_text("utf-8")).values()
    cases = [_made(case) for group in groups for case in group.get("read", ())]
    for group in groups:
        texts = [BEFORE + line + AFTER for line in group.get("near_misses", ())]
        texts += [line + AFTER for line in group.get("headlines", ())]
        cases += [Case(text=text, published=PUBLISHED, wanted=None) for text in texts]
    return cases


def _made(case: dict[str, Any]) -> Case:
    wanted = Answer(
        span=case["span"].strip(MARKS),
        places=tuple(case["places"]),
        date=case.get("date"),
        agency=case.get("agency"),
    )
    text = case.get("text") or BEFORE + case["line"] + AFTER
    return Case(text=text, published=case.get("published", PUBLISHED), wanted=wanted)


def accuracy(cases: list[Case], peer: Peer) -> str:
    """One row: detection F1, the share of datelines right in each field, false alarms."""
    answers = [(case.wanted, peer(case)) for case in cases]
    wanted = [pair for pair in answers if pair[0]]
    alarms = sum(answer is not None for want, answer in answers if want is None)
    both = [(want, answer) for want, answer in wanted if want and answer]
    shares = {
        "span": sum(want.span in {"", answer.span} for want, answer in both),
        "places": sum(want.places == answer.places for want, answer in both),
        "date": sum(want.date == answer.date or not want.span for want, answer in both),
        "agency": sum(want.agency == answer.agency for want, answer in both),
    }
    f1 = 2 * len(both) / (len(wanted) + len(both) + alarms)
    fields = "  ".join(f"{name} {right / len(wanted):.3f}" for name, right in shares.items())
    without = len(answers) - len(wanted)
    rate = f"{alarms / without:.3f}" if without else "none to raise"
    return f"F1 {f1:.3f}  {fields}  false alarms {rate}"


def rate(cases: list[Case], peer: Peer) -> float:
    """Items a second of CPU time."""
    started = time.process_time()
    for _ in range(REPEATS):
        for case in cases:
            peer(case)
    return REPEATS * len(cases) / (time.process_time() - started)


def main() -> None:
    """Compare the answers, then print one row a peer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    print(describe_machine())
    corpora = {"seeds": seed_cases(), "made": made_cases()}
    for name, cases in corpora.items():
        datelines = sum(case.wanted is not None for case in cases)
        print(f"{name}: {len(cases)} items, {datelines} datelines")
        for peer, read in PEERS.items():
            print(f"  {peer:15s} {accuracy(cases, read)}")
    if not accuracy(corpora["made"], ours).startswith(("F1 0.9", "F1 1.0")):
        sys.exit("too few datelines are right: nothing to time")
    cases = [case for corpus in corpora.values() for case in corpus]
    taken: dict[str, list[float]] = {peer: [] for peer in PEERS}
    for _ in range(runs):  # alternating, so that a noisy minute falls on every row
        for peer, read in PEERS.items():
            taken[peer].append(rate(cases, read))
    print(f"speed: {len(cases)} items, {runs} runs, CPU time of one process, paragraphs included")
    for peer, values in taken.items():
        print(f"  {peer:15s} {spread(values, 'items/s')}")


if __name__ == "__main__":
    main()
