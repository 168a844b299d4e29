"""Train networks of several shapes on the same batches and compare their strict F1.

    python training/entities/compare_nets.py SOURCES FOLDER --nets lstm-128 qrnn-192 --seeds 1 2

SOURCES is the folder that training/entities/fetch_sources.sh made. A network that FOLDER already
holds is not trained again. All are scored as they would ship: the whole of `annotate_all`.
"""

import argparse
from itertools import product
from pathlib import Path
from statistics import mean, stdev

import torch
from corpora import Document, load_corpora
from gated import GatedTagger
from loop import WordTable, add_options, batches, pad, smooth
from net_scores import OWN, Counts, bootstrap, count_names, f1_of, load_sets, network_in_place
from network import Tagger
from torch import Tensor
from train import DROPOUT, SOURCES, Teacher

Scores = dict[str, dict[str, list[Counts]]]
"""Of each network and set the counts of each seed."""


class Pupil:
    """A network in training, with the running mean of its weights."""

    def __init__(self, net: Tagger, options: argparse.Namespace) -> None:
        self.net, self.options = net, options
        self.weights = [weight for weight in net.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.AdamW(self.weights, lr=options.rate, weight_decay=0.01)
        self.mean: list[Tensor] = []

    def plan(self, steps: int) -> None:
        """Plan the rates of so many steps."""
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, self.options.rate, total_steps=steps, pct_start=0.15
        )

    def learn(self, table: WordTable, batch: tuple[Tensor, ...], *, is_kept: bool) -> None:
        """Take one step; the mean takes part in it if it is to be kept."""
        numbers, bits, allowed, lengths = batch
        features = torch.cat([table.features(self.net, numbers), bits], 2)
        loss = self.net.loss(self.net(features, lengths), allowed, lengths)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        self.optimizer.step()
        self.schedule.step()
        if is_kept:
            self.mean = smooth(self.mean, self.weights, self.options.smoothing)

    def save(self, path: Path) -> None:
        """Write the mean as a state of torch."""
        for weight, kept in zip(self.weights, self.mean, strict=True):
            weight.data.copy_(kept)
        state = self.net.state_dict()
        torch.save({name: state[name] for name in state if name != "vectors.weight"}, path)


def make_net(name: str, vectors: Tensor) -> Tagger:
    """The untrained network of a name such as `lstm-128`."""
    kind, width = name.split("-")
    return {"lstm": Tagger, "qrnn": GatedTagger}[kind](vectors, int(width), DROPOUT)


def train_together(teacher: Teacher, seed: int, options: argparse.Namespace) -> None:
    """Train the networks that the folder lacks for a seed, each batch by all of them."""
    missing = [name for name in options.nets if not path_of(options, name, seed).exists()]
    if not missing:
        return
    teacher.rng.seed(seed)
    pupils = {}
    for name in missing:
        torch.manual_seed(seed)
        pupils[name] = Pupil(make_net(name, torch.tensor(teacher.vectors)), options)
    for epoch in range(options.epochs):
        todo = batches(teacher.epoch(), options.batch, teacher.rng)
        table = WordTable(teacher.words)
        if not epoch:
            for pupil in pupils.values():
                pupil.plan(int(len(todo) * options.epochs * 1.05) + 50)
        for examples in todo:
            batch = pad(examples)
            teacher.hide(batch[1])
            for pupil in pupils.values():
                pupil.learn(table, batch, is_kept=epoch >= options.epochs // 2)
        print(f"seed {seed}: epoch {epoch + 1} of {options.epochs}", flush=True)
    for name, pupil in pupils.items():
        pupil.save(path_of(options, name, seed))


def path_of(options: argparse.Namespace, name: str, seed: int) -> Path:
    """Where the weights of a network and a seed are."""
    return Path(options.folder / f"{name}.{seed}.pt")


def score_nets(
    teacher: Teacher, sets: dict[str, list[Document]], options: argparse.Namespace
) -> Scores:
    """Score every network and seed on every set."""
    scores: Scores = {name: {title: [] for title in sets} for name in options.nets}
    for name, seed in product(options.nets, options.seeds):
        net = make_net(name, torch.tensor(teacher.vectors))
        net.load_state_dict(torch.load(path_of(options, name, seed)), strict=False)
        with network_in_place(net, teacher.rows):
            for title, documents in sets.items():
                counts = count_names(documents, is_coarse=title not in OWN)
                scores[name][title].append(counts)
    return scores


def print_scores(scores: Scores) -> None:
    """Print a line for each set: each network's mean and spread, and what parts it from the first.

    The interval of a difference is that of 95 % when documents are drawn anew.
    """
    print("set | " + " | ".join(scores))
    first = next(iter(scores.values()))
    for title, base in first.items():
        cells = []
        for by_set in scores.values():
            values = [f1_of(counts) for counts in by_set[title]]
            cell = f"{mean(values):.2f} ± {stdev(values) if len(values) > 1 else 0:.2f}"
            if by_set is not first:
                cell += " ({:+.2f}, {:+.2f} to {:+.2f})".format(*bootstrap(by_set[title], base))
            cells.append(cell)
        print(f"{title} | " + " | ".join(cells))


def main() -> None:
    """Train what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sources", type=Path, help="folder of the fetched sources")
    parser.add_argument("folder", type=Path, help="folder of the networks' weights")
    parser.add_argument("--nets", nargs="+", default=["lstm-128", "qrnn-192"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    add_options(parser, epochs=14)
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    teacher = Teacher(load_corpora(options.sources), SOURCES, copies=2, share=1.0)
    for seed in options.seeds:
        train_together(teacher, seed, options)
    sets = {name: found for name, found in load_sets(options.sources).items() if found}
    print_scores(score_nets(teacher, sets, options))


if __name__ == "__main__":
    main()
