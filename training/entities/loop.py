"""The training of a tagger, of whatever language: batches, steps and the running mean."""

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
from examples import Example, Words
from export import export
from network import Tagger
from torch import Tensor

__all__ = ["add_options", "train"]

RATE = 3e-3

LOST_WORDS = 0.06
"""Share of the word vectors that are hidden in training."""


class Teacher(Protocol):
    """What is taught: the words, the row of each that has a vector, and the windows."""

    rng: random.Random
    words: Words
    rows: dict[str, int]

    def epoch(self) -> list[Example]:
        """The windows of an epoch."""
        ...

    def hide(self, bits: Tensor) -> None:
        """Hide some of the bits of a batch's tokens, (windows, tokens, bits)."""
        ...


def add_options(parser: argparse.ArgumentParser, epochs: int) -> None:
    """Add what the training of any language asks."""
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--batch", type=int, default=32, help="windows in a batch")
    parser.add_argument(
        "--smoothing", type=float, default=0.998, help="share of the mean that stays at each step"
    )


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


def train(net: Tagger, teacher: Teacher, options: argparse.Namespace) -> None:
    """Train; what ships is the running mean of the weights over the last half of the steps."""
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
            loss = lose(net, table, teacher, batch)
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


def lose(net: Tagger, table: WordTable, teacher: Teacher, batch: Sequence[Example]) -> Tensor:
    """The loss of a batch."""
    numbers, bits, allowed, lengths = pad(batch)
    teacher.hide(bits)
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
