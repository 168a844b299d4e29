"""Train the Russian entity tagger and write the weights that ship.

    python training/russian/teach.py SOURCES [--with nerel] [--without silver] [--out FILE]
    python training/russian/teach.py SOURCES --resume FILE --epochs 5 [--out FILE]

SOURCES is the folder that training/russian/fetch_sources.sh made. The seed is fixed: the same
machine, versions and sources give the same weights. About ten minutes on one core.
"""

import argparse
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from corpora import Document
from examples import Example, Reader, Words, make_examples
from loop import add_options, train
from navec_vectors import load_surnames, load_vectors
from network import Tagger
from resume import read_vectors, resume
from silver import read_silver
from sources import is_held_out, read_fact, read_nerel, read_own
from torch import Tensor
from variation import Variation

from worker.parse.entities.tagger.tokens import TokenText, find_tokens
from worker.parse.languages.russian.tagger_features import (
    ABBREVIATIONS,
    TOKEN_BITS,
    WORD_BITS,
    russian_token_bits,
    russian_words,
)
from worker.parse.text import WireText

OUT = Path(__file__).parents[2] / "worker" / "parse" / "data" / "tagger-ru.npz"
GIVEN_NAMES = Path(__file__).with_name("given_names.tsv")
VECTORS = 80_000
DIMENSIONS = 64
HIDDEN = 128
DROPOUT = 0.35

CAPITALS = 0.2
"""Share of the documents that are seen again with paragraphs in capitals."""

SILVER = 0.3
"""Share of the texts marked by another tagger that an epoch has."""

LOST_PLACES = 0.1
"""Share of the tokens' bits that are hidden in training."""

_PEOPLE, _ADJECTIVE = 0, 10
"""Bits of a word that may name a people though in small letters."""


def read_russian(text: WireText) -> tuple[TokenText, list[list[int]]]:
    """The tokens of a text and their bits, as the tagger reads them."""
    tokens = find_tokens(text, ABBREVIATIONS)
    return tokens, russian_token_bits(tokens)


def may_be_name(word: str) -> bool:
    """True for a word with a capital and for `российский`."""
    bits = russian_words().bits(word)
    return not word.islower() or bits[_PEOPLE] or bits[_ADJECTIVE]


class Teacher:
    """The documents, made into fresh examples each epoch."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.copies = options.copies
        self.rng = random.Random(options.seed)
        wheel = next(options.sources.glob("natasha-*.whl"))
        if options.resume:
            self.rows, self.vectors = read_vectors(options.resume)
        else:
            self.rows, self.vectors = load_vectors(wheel, VECTORS)
        self.words = Words(self.rows, russian_words())
        self.reader = Reader(read_russian, TOKEN_BITS, may_be_name)
        self.own = [x for x in read_own() if options.all or not is_held_out(x.name)]
        if "own" in options.without:
            self.own = []
        self.others = list(_read_others(options))
        self.silver: list[Document] = []
        if "silver" not in options.without:
            texts = options.sources / "NEREL" / "NEREL-v1.1" / "train"
            self.silver = list(read_silver(wheel, texts))
        self.variation = Variation(self.own, load_surnames(wheel), GIVEN_NAMES, self.rng)

    def examples(self, documents: Iterable[Document]) -> Iterator[Example]:
        """The windows of the documents."""
        for document in documents:
            yield from make_examples(document, self.words, self.reader)

    def epoch(self) -> list[Example]:
        """The windows of an epoch, those of the corpus also with other names."""
        vary, typeset = self.variation.vary, self.variation.typeset
        silver = self.rng.sample(self.silver, int(SILVER * len(self.silver)))
        documents = [typeset(document) for document in [*self.own, *self.others, *silver]]
        documents += [typeset(vary(x)) for x in self.own for _ in range(self.copies)]
        documents += [
            self.variation.capitals(document)
            for document in [*self.own, *self.others]
            if self.rng.random() < CAPITALS
        ]
        return list(self.examples(documents))

    def hide(self, bits: Tensor) -> None:
        """Hide some of the tokens' bits."""
        bits *= torch.rand(*bits.shape[:2], 1) > LOST_PLACES


def _read_others(options: argparse.Namespace) -> Iterator[Document]:
    if "fact" not in options.without:
        yield from read_fact(options.sources / "factRuEval-2016" / "devset")
    if "nerel" in getattr(options, "with"):
        for part in ("train", "dev"):
            yield from read_nerel(options.sources / "NEREL" / "NEREL-v1.1" / part)


def main() -> None:
    """Train on the corpus and factRuEval, and on NEREL only if asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sources", type=Path, help="folder of the fetched sources")
    parser.add_argument("--with", action="append", default=[], choices=["nerel"])
    parser.add_argument("--without", action="append", default=[], choices=["own", "fact", "silver"])
    parser.add_argument("--resume", type=Path, help="weights from which training goes on")
    parser.add_argument("--all", action="store_true", help="teach the items that measure, too")
    parser.add_argument("--copies", type=int, default=3, help="copies of each own item an epoch")
    parser.add_argument("--seed", type=int, default=1)
    add_options(parser, epochs=10)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    teacher = Teacher(options)
    print(f"{len(teacher.own)} own documents, {len(teacher.others)} others", flush=True)
    net = Tagger(
        torch.tensor(teacher.vectors),
        HIDDEN,
        DROPOUT,
        word_bits=WORD_BITS,
        token_bits=TOKEN_BITS,
        narrow_to=0 if options.resume else DIMENSIONS,
    )
    if options.resume:
        resume(net, options.resume)
    train(net, teacher, options)
    sys.stdout.write(f"wrote {options.out}: {options.out.stat().st_size / 2**20:.1f} MiB\n")


if __name__ == "__main__":
    main()
