"""Time the networks' reading of text: microseconds of CPU per 1,000 characters.

    python training/entities/time_nets.py TEXTS [--channels 192 96]

TEXTS has a JSON object with a `text` in each line. The weights of the QRNN are random, which its
time does not depend on; its states in C and in numpy are compared first. The word caches are those
of running text: after a first reading, which is not counted.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import torch
from gated import GatedTagger
from gated_reader import GatedNetwork, build_kernel, gated_weights

from worker.model import NewsItem
from worker.parse import annotate_all
from worker.parse.entities import tagger
from worker.parse.entities.tagger.features import english_words
from worker.parse.entities.tagger.network import Network, Window
from worker.parse.entities.tagger.spans import Tagger
from worker.parse.entities.tagger.weights import load_tagger_weights

Batches = list[Sequence[Window]]


class Recorder:
    """A network that keeps what it is asked to read."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.batches: Batches = []

    def read(self, windows: Sequence[Window]) -> list[list[int]]:
        """Read the windows and keep them."""
        self.batches.append(windows)
        return self.network.read(windows)


def record(texts: Sequence[str], network: Network) -> Batches:
    """What the network is asked when the texts are annotated, fifty together."""
    recorder = Recorder(network)
    tagger._load_tagger = lambda: Tagger(recorder)  # noqa: SLF001
    items = [NewsItem(uri="urn:x", version="1", body_text=text) for text in texts]
    for at in range(0, len(items), 50):
        annotate_all(items[at : at + 50])
    return recorder.batches


def main() -> None:
    """Print the median and the least time of each network."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path)
    parser.add_argument("--channels", nargs="+", type=int, default=[192, 96])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    texts = [json.loads(line)["text"] for line in options.texts.read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        kernel = build_kernel(Path(folder))
    shipped = load_tagger_weights()
    networks: dict[str, Network] = {
        "LSTM 128, C": Network(shipped, english_words(), kernel),
        "LSTM 128, numpy": Network(shipped, english_words()),
    }
    batches = record(texts, networks["LSTM 128, C"])
    for channels in options.channels:
        weights = gated_weights(GatedTagger(torch.zeros(2, shipped.vectors.shape[1]), channels, 0))
        fast, plain = GatedNetwork(weights, kernel), GatedNetwork(weights)
        if any(fast.read(batch) != plain.read(batch) for batch in batches):
            raise SystemExit(f"QRNN {channels}: C and numpy differ")
        networks |= {f"QRNN {channels}, C": fast, f"QRNN {channels}, numpy": plain}
    spent: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(options.runs + 1):
        for name, network in networks.items():
            started = time.process_time()
            for batch in batches:
                network.read(batch)
            spent[name].append(time.process_time() - started)
    scale = 1e9 / sum(map(len, texts))
    for name, (_, *seconds) in spent.items():
        print(f"{name}: median {median(seconds) * scale:.0f}, least {min(seconds) * scale:.0f}")


if __name__ == "__main__":
    main()
