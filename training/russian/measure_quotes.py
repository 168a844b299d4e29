"""How well quotations of Russian copy and their speakers are read, on `quotes/NAME.jsonl`.

    PYTHONPATH=. python training/russian/measure_quotes.py open blind-1 [--errors]

Where a reporting clause stands between one pair of marks, the gold has one quotation and the
program two: the pieces count as one, with the speaker of the first. A set with `statements` in
place of `quotes` measures the contents of statements, each part by itself.
"""

import argparse
import datetime
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from worker.model import NewsItem, ParsedItem, Quote, Statement
from worker.parse import annotate_all

HERE = Path(__file__).parent / "quotes"
EDGES = "\"'“”„‟«»`.,;:!?()[]-–—… \n\t"

Place = tuple[int, int]
Json = dict[str, Any]
Speech = Quote | Statement


def main() -> None:
    """Print the figures, and with `--errors` each quotation that is missed, wrong or too much."""
    about = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    about.add_argument(
        "names", nargs="+", choices=sorted(path.stem for path in HERE.glob("*.jsonl"))
    )
    about.add_argument("--errors", action="store_true")
    options = about.parse_args()
    for name in options.names:
        lines = (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        counts, errors = _measure([json.loads(line) for line in lines])
        print(*errors * options.errors, _figures(name, counts), sep="\n")


def _measure(rows: list[Json]) -> tuple[Counter[str], list[str]]:
    counts: Counter[str] = Counter()
    errors: list[str] = []
    for row, parsed in zip(rows, annotate_all([_item(row) for row in rows]), strict=True):
        errors += _compare(row, parsed, counts)
    return counts, errors


def _figures(name: str, counts: Mapping[str, int]) -> str:
    spans, gold, found = counts["spans"], counts["gold"], counts["found"]
    kinds = [
        f"{kind} {counts[f'right {kind}']}/{counts[f'gold {kind}']}"
        for kind in ("name", "nominal", "pronoun", "implicit")
        if counts[f"gold {kind}"]
    ]
    return (
        f"{name}: spans F1 {_f1(spans, gold, found):.1f} "
        f"(P {100 * spans / max(1, found):.1f} of {found}, "
        f"R {100 * spans / max(1, gold):.1f} of {gold}), "
        f"joint F1 {_f1(counts['right'], gold, found):.1f} {', '.join(kinds)}"
    )


def _item(row: Json) -> NewsItem:
    day = datetime.datetime.fromisoformat(row["published"]).replace(tzinfo=datetime.UTC)
    return NewsItem(uri=row["id"], version="1", body_text=row["text"], versioncreated=day)


def _compare(row: Json, parsed: ParsedItem, counts: Counter[str]) -> list[str]:
    text: str = row["text"]
    gold = {_trim(text, one["start"], one["end"]): one for one in _gold(row)}
    found = {_trim(text, *span): one for one in _read(row, parsed) for span in _contents(one)}
    found = _join_pieces(gold, found)
    counts.update(gold=len(gold), found=len(found))
    errors = []
    for place, wanted in gold.items():
        quote = found.get(place)
        names = {wanted["speaker"], *wanted["also"]}
        is_right = quote is not None and _fold(quote.speaker) in {_fold(name) for name in names}
        counts.update([f"gold {wanted.get('kind')}"])
        counts.update(["spans"] * (quote is not None))
        counts.update(["right", f"right {wanted.get('kind')}"] * is_right)
        if not is_right:
            said = "missed" if quote is None else quote.speaker
            words = text[place[0] : place[1]][:60]
            errors.append(f"{row['id']}: {said}, not {wanted['speaker']}: {words}")
    extra = [text[start:end] for start, end in found if (start, end) not in gold]
    return errors + [f"{row['id']}: no quotation: {words}" for words in extra]


def _gold(row: Json) -> list[Json]:
    found: list[Json] = row["statements"] if "statements" in row else row["quotes"]
    return found


def _read(row: Json, parsed: ParsedItem) -> Sequence[Speech]:
    return parsed.statements if "statements" in row else parsed.quotes


def _contents(one: Speech) -> list[Place]:
    spans = (one.contents,) if isinstance(one, Quote) else one.contents
    return [(span.start, span.end) for span in spans]


def _join_pieces(gold: Mapping[Place, Json], found: dict[Place, Speech]) -> dict[Place, Speech]:
    joined = dict(found)
    for start, end in gold:
        inner = sorted(place for place in joined if start <= place[0] and place[1] <= end)
        if (start, end) not in joined and len(inner) > 1 and inner[0][0] == start:
            joined[start, end] = joined[inner[0]]
            for place in inner:
                del joined[place]
    return joined


def _trim(text: str, start: int, end: int) -> Place:
    while start < end and text[start] in EDGES:
        start += 1
    while end > start and text[end - 1] in EDGES:
        end -= 1
    return start, end


def _fold(name: str | None) -> str | None:
    return name and name.casefold().replace("ё", "е").strip('"«» ')


def _f1(right: int, gold: int, found: int) -> float:
    return 200 * right / max(1, gold + found)


if __name__ == "__main__":
    main()
