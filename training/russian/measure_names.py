"""Measure the nominatives of Russian names: how many inflected mentions come out right.

    python training/russian/measure_names.py [--half a|b] [--tagger] [--errors]

The lines of names/*.txt are short items, with each measured name as `{printed|label|nominative}`.
Half a is the odd lines, half b the even ones; only half a may be looked at with `--errors`.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from worker.model import EntityLabel, Span
from worker.parse.entities.tagger import TaggedSpan
from worker.parse.languages.russian.organisations import body_key
from worker.parse.languages.russian.registry import read_registry
from worker.parse.languages.russian.tagger import tag_russian
from worker.parse.languages.russian.word_forms import fold_yo
from worker.parse.text import WireText

__all__ = ["Mention", "items_of", "measure"]

FOLDER = Path(__file__).parent / "names"
_MARK = re.compile(r"\{(?P<printed>[^|{}]+)\|(?P<label>[PBL])\|(?P<nominative>[^|{}]+)\}")
_LABELS = {"P": EntityLabel.PERSON, "B": EntityLabel.ORG, "L": EntityLabel.GPE}
_NAMES = {"P": "people", "B": "bodies", "L": "places"}


class Mention(NamedTuple):
    """A measured name: where it stands in its item, and its nominative."""

    span: Span
    label: str
    printed: str
    nominative: str


def items_of(half: str) -> Iterator[tuple[str, list[Mention]]]:
    """Yield the text and the mentions of each item of a half, `ab` for both."""
    for path in sorted(FOLDER.glob("*.txt")):
        lines = (line for line in path.read_text("utf-8").splitlines() if line[:1] != "#")
        for number, line in enumerate(lines):
            if "ab"[number % 2] in half:
                yield _read_item(line)


def _read_item(line: str) -> tuple[str, list[Mention]]:
    text, at, mentions = "", 0, []
    for mark in _MARK.finditer(line):
        text += line[at : mark.start()]
        span = Span(len(text), len(text) + len(mark["printed"]))
        mentions.append(Mention(span, mark["label"], mark["printed"], mark["nominative"]))
        text += mark["printed"]
        at = mark.end()
    return text + line[at:], mentions


def measure(half: str, *, is_tagged: bool) -> Iterator[tuple[Mention, str | None]]:
    """Yield each mention with the canonical name that it got, None if it was not found.

    Args:
        half: `a`, `b` or `ab`.
        is_tagged: The tagger finds the names; else they are given, and only their words count.
    """
    for text, mentions in items_of(half):
        wire = WireText(text)
        spans = [
            TaggedSpan(mention.span.start, mention.span.end, _LABELS[mention.label])
            for mention in mentions
        ]
        if is_tagged:
            spans = tag_russian([wire])[0]
        found = {
            (entity.span.start, entity.span.end): entity.canonical
            for entity in read_registry(wire, None, spans).entities
        }
        for mention in mentions:
            yield mention, found.get((mention.span.start, mention.span.end))


def is_right(mention: Mention, canonical: str) -> bool:
    """True for the nominative, or the fuller name of the same person or body."""
    own, wanted = fold_yo(canonical), fold_yo(mention.nominative)
    if mention.label == "P":
        # `С. В. Лаптев`, and `Полина Гагарина` for `Гагарина`
        own, wanted = (words.replace(". ", ".") for words in (own, wanted))
        return own == wanted or (" " not in wanted and own.endswith(f" {wanted}"))
    if mention.label == "B":
        # `Генеральная прокуратура РФ` for `Генпрокуратура`
        key, other = body_key(own), body_key(wanted)
        return own == wanted or key == other or key.startswith(f"{other} росси")
    return own == wanted


def main() -> None:
    """Print the share of names that are right, by kind."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--half", choices=("a", "b", "ab"), default="ab")
    parser.add_argument("--tagger", action="store_true", help="let the tagger find the names")
    parser.add_argument("--errors", action="store_true", help="print each name that is wrong")
    options = parser.parse_args()
    right, total, missed = Counter[str](), Counter[str](), Counter[str]()
    for mention, canonical in measure(options.half, is_tagged=options.tagger):
        kinds = [_NAMES[mention.label]]
        if mention.printed != mention.nominative:
            kinds.append(f"{kinds[0]}, inflected")
        if canonical is None:
            missed.update(kinds)
            continue
        total.update(kinds)
        if is_right(mention, canonical):
            right.update(kinds)
        elif options.errors:
            print(f"{mention.printed} -> {canonical}, not {mention.nominative}")
    for kind in sorted(total):
        share = 100 * right[kind] / total[kind]
        print(f"{kind}: {share:.1f} % of {total[kind]} ({missed[kind]} not found)")


if __name__ == "__main__":
    main()
