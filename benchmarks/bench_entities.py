"""Entities: accuracy, speed, memory and start-up, beside other libraries.

    python benchmarks/bench_entities.py [--runs 5] [--peers] [--sets SET ...]

Corpus: training/corpus/measure, wire copy that no part of the tagger was taught on. Each system
runs in a process of its own and is given the texts alone; `--peers` installs other libraries
(_peers.py) and times them in turn with ours. Every name has to be found with its exact span and
its label. `trimmed` forgives a leading article and a trailing "'s"; `three kinds` besides counts
people, organisations and places of any kind alone, which every system tells apart.
"""

import itertools
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from _compare import compare
from _race import Reader, Runner

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "training" / "entities"))

from marked import CORPUS, Item, read_file  # noqa: E402  # training/entities is no package

from worker.model import Entity, NewsItem  # noqa: E402
from worker.parse import annotate_all  # noqa: E402
from worker.parse.dateline import find_dateline  # noqa: E402
from worker.parse.entities import find_all_entities  # noqa: E402
from worker.parse.text import WireText  # noqa: E402

SETS = ("tass", "wires", "tass-2", "wires-2")
BATCH = 32
Found = list[dict[str, object]]
_HEAD = re.compile(r"(?:the|a|an)\s+", re.IGNORECASE)
_TAIL = re.compile(r"(?:['’]s|['’])\Z")


def load_set(name: str) -> list[Item]:
    """The items of one file of training/corpus/measure."""
    return list(read_file(CORPUS / "measure" / f"{name}.txt"))


def describe(entity: Entity) -> dict[str, object]:
    """One entity as the scorer reads it."""
    return {
        "start": entity.span.start,
        "end": entity.span.end,
        "label": entity.label.value,
        "canonical": entity.canonical,
        "iso": entity.iso,
        "role": entity.role,
    }


def whole() -> Reader:
    """All of `annotate_all`: dateline, entities, quotes and statements."""

    def read_batch(texts: Sequence[str]) -> list[Found]:
        items = [NewsItem(uri="urn:x", version="1", body_text=text) for text in texts]
        return [[describe(entity) for entity in one.entities] for one in annotate_all(items)]

    return in_batches(read_batch)


def stage() -> Reader:
    """What entities need: the layout, the dateline, then the entity stage."""

    def read_batch(texts: Sequence[str]) -> list[Found]:
        wires = [WireText(text) for text in texts]
        registries = find_all_entities(wires, [find_dateline(wire, None) for wire in wires])
        return [[describe(entity) for entity in one.entities] for one in registries]

    return in_batches(read_batch)


def in_batches(read: Reader) -> Reader:
    """As many texts together as spaCy is given."""
    return lambda texts: [
        one for batch in range(0, len(texts), BATCH) for one in read(texts[batch : batch + BATCH])
    ]


SYSTEMS = {"copytaster": whole, "copytaster, entities alone": stage}


def f1(hits: int, found: int, wanted: int) -> float:
    """F1 in percent."""
    return 200 * hits / (found + wanted) if found + wanted else 0.0


def score(items: Sequence[Item], found: Sequence[Found]) -> dict[str, float]:
    """Strict F1 over all labels and for each, trimmed, and trimmed in three kinds."""
    counts: dict[str, Counter[str]] = {}
    for item, entities in zip(items, found, strict=True):
        labels = {name.label for name in item.names} | set(LABELS)
        wanted = {(name.start, name.end, name.label) for name in item.names}
        got = {(e["start"], e["end"], e["label"]) for e in entities if e["label"] in labels}
        rows = {"all": (wanted, got)}
        rows["trim"] = (
            {trim(item.text, *span) for span in wanted},
            {trim(item.text, *span) for span in got},
        )
        rows["three"] = (in_three_kinds(rows["trim"][0]), in_three_kinds(rows["trim"][1]))
        for label in LABELS:
            rows[label] = (
                {span for span in wanted if span[2] == label},
                {span for span in got if span[2] == label},
            )
        for row, (want, have) in rows.items():
            counts.setdefault(row, Counter()).update(
                hits=len(want & have), found=len(have), wanted=len(want)
            )
    return {row: f1(c["hits"], c["found"], c["wanted"]) for row, c in counts.items()}


LABELS = ("PERSON", "ORG", "GPE", "LOC", "NORP", "EVENT", "FAC", "PRODUCT", "LAW")


KINDS = {"PERSON": "PERSON", "ORG": "ORG", "GPE": "place", "LOC": "place", "FAC": "place"}


def in_three_kinds(spans: set[tuple[int, int, str]]) -> set[tuple[int, int, str]]:
    """People, organisations and places; a span with another label is left out."""
    return {(start, end, KINDS[label]) for start, end, label in spans if label in KINDS}


def trim(text: str, start: int, end: int, label: str) -> tuple[int, int, str]:
    """The span without a leading article and a trailing possessive."""
    words = text[start:end]
    head = _HEAD.match(words)
    tail = _TAIL.search(words)
    first = start + (head.end() if head else 0)
    return (
        first,
        end - (tail.end() - tail.start() if tail and tail.end() == len(words) else 0),
        label,
    )


def score_document(items: Sequence[Item], found: Sequence[Found]) -> dict[str, float]:
    """Canonical names, links, countries and roles, in percent.

    `canonical` and `iso` over all names that have one; `links` F1 over pairs of names found that
    are one thing; `role` the share of (person, words) that was found.
    """
    counts: Counter[str] = Counter()
    for item, entities in zip(items, found, strict=True):
        by_span = {(e["start"], e["end"]): e for e in entities}
        both = []
        for name in item.names:
            own = by_span.get((name.start, name.end))
            counts["names"] += 1
            counts["canonical"] += same(own and own["canonical"], name.canonical)
            if name.iso:
                counts["isos"] += 1
                counts["iso"] += bool(own) and own["iso"] == name.iso
            if own:
                both.append((name, own))
        for (a, x), (b, y) in itertools.combinations(both, 2):
            one, got = same(a.canonical, b.canonical), same(x["canonical"], y["canonical"])
            counts.update(linked=one and got, links=one, made=got)
        wanted = {
            (role.person.casefold(), item.text[role.start : role.end].casefold())
            for role in item.roles
        }
        have = {
            (str(entity["canonical"]).casefold(), str(entity["role"]).casefold())
            for entity in entities
            if entity["role"]
        }
        counts.update(roles=len(wanted), role=len(wanted & have))
    return {
        "canonical": 100 * counts["canonical"] / counts["names"],
        "links F1": f1(counts["linked"], counts["made"], counts["links"]),
        "iso": 100 * counts["iso"] / counts["isos"],
        "role": 100 * counts["role"] / counts["roles"],
    }


def same(one: object, other: object) -> bool:
    """True when two canonical names are the same but for case."""
    return bool(one) and bool(other) and str(one).casefold() == str(other).casefold()


def report(system: str, sets: Mapping[str, list[Item]], runner: Runner) -> None:
    """One system's accuracy on each set, start and memory."""
    print(
        f"{system}: first item read after {runner.ready_s:.2f} s of CPU, "
        f"{runner.rss_mib:.0f} MiB resident"
    )
    rest = iter(runner.found)
    for name, items in sets.items():
        found = [next(rest) for _ in items]
        row = score(items, found)
        print(
            f"  {name}: strict F1 {row['all']:.1f}, trimmed {row['trim']:.1f}, "
            f"three kinds {row['three']:.1f};",
            ", ".join(f"{label} {row[label]:.0f}" for label in LABELS),
        )
        if system == "copytaster":
            document = score_document(items, found)
            print("    " + ", ".join(f"{key} {value:.1f}" for key, value in document.items()))


def main() -> None:
    """Check every system on every set, then time them in turn."""
    sets = {name: partial(load_set, name) for name in SETS}
    compare("entities", SYSTEMS, sets, lambda item: item.text, report)


if __name__ == "__main__":
    main()
