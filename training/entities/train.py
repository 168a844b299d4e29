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
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from corpora import Document, load_corpora
from examples import Example, Words, make_examples
from export import export
from network import Tagger
from resume import resume
from substitute import Substitutes
from tables import Tables
from torch import Tensor
from vectors import load_vectors

from worker.parse.entities.tagger.features import HINT_BITS, PLACE_BITS

OUT = Path(__file__).parents[2] / "worker" / "parse" / "data" / "tagger.npz"
SOURCES = ("own", "wikigold", "ewt-dev", "wnut", "gum")
VECTORS = 120_000
HIDDEN = 128
DROPOUT = 0.35
RATE = 3e-3
TABLES = 110
"""Invented tables of sport and markets, made anew each epoch."""

CAPITALS = 0.12
"""Share of the documents that are seen again with paragraphs in capitals."""

LOST_WORDS = 0.06
LOST_HINTS = 0.25
"""Share of the word vectors and of the windows' hints that are hidden in training."""


def batches(examples: Sequence[Example], size: int, rng: random.Random) -> list[list[Example]]:
    """Windows of about one length together, the batches in any order."""
    keyed = sorted(examples, key=lambda example: (len(example.words) // 6, rng.random()))
    found = [list(keyed[at : at + size]) for at in range(0, len(keyed), size)]
    rng.shuffle(found)
    return found


def pad(batch: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Word numbers, token bits, allowed states and lengths of a batch."""
    lengths = torch.tensor([len(example.words) for example in batch])
    size = (len(batch), int(lengths.max()))
    words = torch.zeros(*size, dtype=torch.long)
    bits = torch.zeros(*size, batch[0].bits.shape[1])
    allowed = torch.zeros(*size, batch[0].allowed.shape[1])
    for row, example in enumerate(batch):
        count = len(example.words)
        words[row, :count] = torch.from_numpy(example.words)
        bits[row, :count] = torch.from_numpy(example.bits).float()
        allowed[row, :count] = torch.from_numpy(example.allowed).float()
    return words, bits, allowed, lengths


class WordTable:
    """The features of all words met so far, as tensors."""

    def __init__(self, words: Words) -> None:
        self.arrays = [torch.from_numpy(array) for array in words.arrays()]

    def features(self, net: Tagger, numbers: Tensor) -> Tensor:
        """The features of the words of a batch, some vectors and some bits hidden."""
        unique, inverse = numbers.unique(return_inverse=True)
        vectors, shapes, letters, bits = (array[unique] for array in self.arrays)
        vectors = torch.where(torch.rand(len(unique)) < LOST_WORDS, 0, vectors)
        bits = bits * (torch.rand(len(unique), 1) > 2 * LOST_WORDS)
        return net.word_features(vectors, shapes, letters, bits)[inverse]


def hide_hints(bits: Tensor) -> None:
    """Hide the bits of listed names, of whole windows and of single tokens."""
    hints = bits[:, :, PLACE_BITS : PLACE_BITS + HINT_BITS]
    hints *= torch.rand(len(bits), 1, 1) > LOST_HINTS
    hints *= torch.rand(*bits.shape[:2], 1) > LOST_HINTS / 2


class Teacher:
    """The documents, made into fresh examples each epoch."""

    def __init__(
        self, corpora: dict[str, list[Document]], sources: Sequence[str], copies: int, share: float
    ) -> None:
        self.copies, self.share = copies, share
        rows, self.vectors = load_vectors(VECTORS)
        self.rng = random.Random(1)
        self.words = Words(rows)
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
            yield from make_examples(document, self.words)

    def epoch(self) -> list[Example]:
        """The windows of an epoch, those of the corpus also with other names."""
        varied = [self.substitutes.vary(x) for x in self.own for _ in range(self.copies)]
        others = self.rng.sample(self.others, int(self.share * len(self.others)))
        capitals = [
            self.substitutes.capitals(x) for x in self.documents if self.rng.random() < CAPITALS
        ]
        tables = self.tables.make(TABLES)
        return [*others, *self.examples([*self.own, *varied, *capitals, *tables])]


def train(teacher: Teacher, options: argparse.Namespace) -> None:
    """Train; what ships is the running mean of the weights over the last half of the steps."""
    net = Tagger(torch.tensor(teacher.vectors), HIDDEN, DROPOUT)
    if options.resume:
        resume(net, options.resume)
    weights = [weight for weight in net.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=options.rate, weight_decay=0.01)
    mean: list[Tensor] = []
    schedule = None
    started = time.monotonic()
    for epoch in range(options.epochs):
        todo = batches(teacher.epoch(), options.batch, teacher.rng)
        table = WordTable(teacher.words)
        steps = int(len(todo) * options.epochs * 1.05) + 50
        schedule = schedule or torch.optim.lr_scheduler.OneCycleLR(
            optimizer, options.rate, total_steps=steps, pct_start=0.15
        )
        total = 0.0
        for batch in todo:
            loss = lose(net, table, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
            if epoch >= options.epochs // 2:
                mean = smooth(mean, weights, options.smoothing)
        seconds = time.monotonic() - started
        print(f"epoch {epoch + 1}: loss {total / len(todo):.3f}, {seconds:.0f} s", flush=True)
        if mean:
            save(net, weights, mean, teacher.rows, options.out)


def lose(net: Tagger, table: WordTable, batch: Sequence[Example]) -> Tensor:
    """The loss of a batch."""
    numbers, bits, allowed, lengths = pad(batch)
    hide_hints(bits)
    features = torch.cat([table.features(net, numbers), bits], 2)
    return net.loss(net(features, lengths), allowed, lengths)


def smooth(mean: list[Tensor], weights: Sequence[Tensor], share: float) -> list[Tensor]:
    """The running mean, one step on."""
    if not mean:
        return [weight.detach().clone() for weight in weights]
    for kept, weight in zip(mean, weights, strict=True):
        kept.lerp_(weight.detach(), 1 - share)
    return mean


def save(
    net: Tagger, weights: Sequence[Tensor], mean: Sequence[Tensor], rows: dict[str, int], out: Path
) -> None:
    """Write the running mean; the network goes on with its own weights."""
    own = [weight.detach().clone() for weight in weights]
    for weight, kept in zip(weights, mean, strict=True):
        weight.data.copy_(kept)
    export(net, rows, out)
    for weight, kept in zip(weights, own, strict=True):
        weight.data.copy_(kept)


def main() -> None:
    """Train on every source but those left out."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sources", type=Path, help="folder of the fetched sources")
    parser.add_argument("--without", action="append", default=[], choices=SOURCES)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--resume", type=Path, help="weights from which training goes on")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--batch", type=int, default=32, help="windows in a batch")
    parser.add_argument(
        "--smoothing", type=float, default=0.998, help="share of the mean that stays at each step"
    )
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
    train(teacher, options)
    sys.stdout.write(f"wrote {options.out}: {options.out.stat().st_size / 2**20:.1f} MiB\n")


if __name__ == "__main__":
    main()
