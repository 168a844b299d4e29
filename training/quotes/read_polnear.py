"""Read PolNeAR's train part into the two files that the learners take.

    python training/quotes/read_polnear.py POLNEAR TEXTS.jsonl GOLD.jsonl

POLNEAR is a copy of github.com/networkdynamics/PolNeAR; only data/train is read. TEXTS gets
{"id", "text"} a line, GOLD {"id", "quotes": [{"start", "end", "cue", "mention_start",
"mention_end", "optional"}]}: every marked run that lies in the content of an attribution. Runs of
at most two words are "optional": annotators do not agree on them.
"""

import json
import re
import sys
from pathlib import Path

from worker.parse.quotes.quotation_marks import find_quoted_runs
from worker.parse.text import WireText

_SPAN = re.compile(r"(?P<id>T\d+)\t(?P<label>\w+) (?P<spans>[\d ;]+)\t")
_EVENT = re.compile(r"E\d+\tAttribution:T\d+(?P<roles>[^\n]*)")
_ROLE = re.compile(r"(?P<role>Source|Cue|Content)\d*:(?P<id>T\d+)")
_SHARE = 0.6
"""How much of a marked run a content must cover."""
Spans = list[tuple[int, int]]


def read_attributions(annotation: str) -> list[dict[str, Spans]]:
    """The attributions of a brat file: the spans of each role."""
    spans: dict[str, Spans] = {}
    for match in _SPAN.finditer(annotation):
        pairs = (pair.split() for pair in match["spans"].split(";"))
        spans[match["id"]] = [(int(start), int(end)) for start, end in pairs]
    attributions = []
    for event in _EVENT.finditer(annotation):
        roles: dict[str, Spans] = {"Source": [], "Cue": [], "Content": []}
        for role in _ROLE.finditer(event["roles"]):
            roles[role["role"]] += spans.get(role["id"], [])
        attributions.append(roles)
    return attributions


def _length(roles: dict[str, Spans]) -> int:
    """The length of what was said; the innermost of nested attributions is the shortest."""
    return sum(end - start for start, end in roles["Content"])


def read_quotes(text: str, attributions: list[dict[str, Spans]]) -> list[dict[str, object]]:
    """The marked runs of a text that lie in a content, with cue and source."""
    quotes: list[dict[str, object]] = []
    for run in find_quoted_runs(WireText(text)):
        for roles in sorted(attributions, key=_length):
            covered = sum(
                max(0, min(end, run.end) - max(start, run.start)) for start, end in roles["Content"]
            )
            if covered < _SHARE * (run.end - run.start):
                continue
            quote: dict[str, object] = {"start": run.start, "end": run.end}
            quote["cue"] = " ".join(text[start:end] for start, end in roles["Cue"])
            if roles["Source"]:
                quote["mention_start"], quote["mention_end"] = roles["Source"][0]
            if len(text[run.start : run.end].split()) < 3:
                quote["optional"] = True
            quotes.append(quote)
            break
    return quotes


def main() -> None:
    """Write both files; of several annotators' files for one text the first is taken."""
    train = Path(sys.argv[1]) / "data" / "train"
    with Path(sys.argv[2]).open("w") as texts, Path(sys.argv[3]).open("w") as gold:
        for path in sorted((train / "text").glob("*.txt")):
            found = sorted((train / "attributions").glob(f"{path.stem}_*.ann"))
            if not found:
                continue
            text = path.read_bytes().decode("utf-8")
            quotes = read_quotes(text, read_attributions(found[0].read_text("utf-8")))
            print(json.dumps({"id": path.stem, "text": text}), file=texts)
            print(json.dumps({"id": path.stem, "quotes": quotes}), file=gold)


if __name__ == "__main__":
    main()
