"""Train the entity tagger and write the weights that ship.

    python training/entities/train.py SOURCES [--without gum] [--epochs 14] [--out FILE]
    python training/entities/train.py SOURCES --resume FILE --epochs 5 [--share 0.35]

SOURCES is the folder that training/entities/fetch_sources.sh made. The seed is fixed: the same
machine, versions and sources give the same weights. About half an hour on one core; with
`--resume` training goes on from weights that are there, with less of the other sources.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from corpora import Document, load_corpora
from examples import Example, Words, english_reader, make_examples
from loop import add_options, train
from network import Tagger
from resume import resume
from substitute import Substitutes
from tables import Tables
from torch import Tensor
from vectors import load_vectors

from worker.parse.entities.tagger.features import HINT_BITS, PLACE_BITS, english_words

OUT = Path(__file__).parents[2] / "worker" / "parse" / "data" / "tagger.npz"
SOURCES = ("own", "wikigold", "ewt-dev", "wnut", "gum")
VECTORS = 120_000
HIDDEN = 128
DROPOUT = 0.35
TABLES = 110
"""Invented tables of sport and markets, made anew each epoch."""

CAPITALS = 0.12
"""Share of the documents that are seen again with paragraphs in capitals."""

LOST_HINTS = 0.25
"""Share of the windows' hints that are hidden in training."""


class Teacher:
    """The documents, made into fresh examples each epoch."""

    def __init__(
        self, corpora: dict[str, list[Document]], sources: Sequence[str], copies: int, share: float
    ) -> None:
        self.copies, self.share = copies, share
        rows, self.vectors = load_vectors(VECTORS)
        self.rng = random.Random(1)
        self.words = Words(rows, english_words())
        self.rows = rows
        self.documents = [document for source in sources for document in corpora[source]]
        self.own = [document for document in self.documents if document.source == "own"]
        self.others = list(self.examples(x for x in self.documents if x.source != "own"))
        self.substitutes = Substitutes(corpora, self.rng)
        names = self.substitutes
        self.tables = Tables(self.rng, names.given, names.families, names.towns)

    def examples(self, documents: Iterator[Document] | Sequence[Document]) -> Iterator[Example]:
        """The windows of the documents."""
        for document in documents:
            yield from make_examples(document, self.words, english_reader)

    def epoch(self) -> list[Example]:
        """The windows of an epoch, those of the corpus also with other names."""
        varied = [self.substitutes.vary(x) for x in self.own for _ in range(self.copies)]
        others = self.rng.sample(self.others, int(self.share * len(self.others)))
        capitals = [
            self.substitutes.capitals(x) for x in self.documents if self.rng.random() < CAPITALS
        ]
        tables = self.tables.make(TABLES)
        return [*others, *self.examples([*self.own, *varied, *capitals, *tables])]

    def hide(self, bits: Tensor) -> None:
        """Hide the bits of listed names, of whole windows and of single tokens."""
        hints = bits[:, :, PLACE_BITS : PLACE_BITS + HINT_BITS]
        hints *= torch.rand(len(bits), 1, 1) > LOST_HINTS
        hints *= torch.rand(*bits.shape[:2], 1) > LOST_HINTS / 2


def main() -> None:
    """Train on every source but those left out."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sources", type=Path, help="folder of the fetched sources")
    parser.add_argument("--without", action="append", default=[], choices=SOURCES)
    add_options(parser, epochs=14)
    parser.add_argument("--resume", type=Path, help="weights from which training goes on")
    parser.add_argument(
        "--copies", type=int, default=2, help="copies an epoch of each own item, with other names"
    )
    parser.add_argument(
        "--share", type=float, default=1.0, help="share of the others' windows in an epoch"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    chosen = [source for source in SOURCES if source not in options.without]
    corpora = load_corpora(options.sources)
    teacher = Teacher(corpora, chosen, options.copies, options.share)
    print(f"{len(teacher.documents)} documents, {len(teacher.own)} of the corpus", flush=True)
    net = Tagger(torch.tensor(teacher.vectors), HIDDEN, DROPOUT)
    if options.resume:
        resume(net, options.resume)
    train(net, teacher, options)
    sys.stdout.write(f"wrote {options.out}: {options.out.stat().st_size / 2**20:.1f} MiB\n")


if __name__ == "__main__":
    main()
