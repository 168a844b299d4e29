"""A QRNN in the place of the LSTM: gates from a window of words alone, no recurrent product.

Source: Bradbury et al. 2017 (QRNN), with the gates of Feng et al. 2024 (minGRU): the candidate and
the forget gate mix with weights that sum to one. What it is worth beside the LSTM is in
training/README.md.
"""

import torch
from network import Tagger
from torch import Tensor, nn
from torch.nn.functional import pad

__all__ = ["GatedTagger"]

_SPAN = 3
"""Words that the gates of a word look at: the one before, its own and the one behind."""


class GatedTagger(Tagger):
    """The tagger with a QRNN of so many channels a direction."""

    def __init__(self, vectors: Tensor, hidden: int, drop: float) -> None:
        super().__init__(vectors, hidden, drop)
        self.hidden = hidden
        width = self.memory.input_size
        del self.memory
        # Candidate, forget and output gate, forward and then backward.
        self.gates = nn.Conv1d(width, 6 * hidden, _SPAN, padding=_SPAN // 2)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """The scores, (batch, tokens, states), of features (batch, tokens, width)."""
        inside = (torch.arange(features.shape[1]) < lengths[:, None]).float()[:, :, None]
        gates = self.gates((self.drop(features) * inside).transpose(1, 2)).transpose(1, 2)
        sides = [
            self._read(half, inside, is_backward=side == 1)
            for side, half in enumerate(gates.chunk(2, 2))
        ]
        return self.scores(self.drop(torch.cat(sides, 2)))

    def _read(self, gates: Tensor, inside: Tensor, *, is_backward: bool) -> Tensor:
        """The output of one direction; the cells of the padding are zero."""
        candidate, forget, output = gates.chunk(3, 2)
        kept = forget.sigmoid() * inside
        added = (1 - kept) * candidate.tanh() * inside
        order = [1] if is_backward else []
        cells = _mix(kept.flip(order), added.flip(order)).flip(order)
        return cells * output.sigmoid()


def _mix(kept: Tensor, added: Tensor) -> Tensor:
    """Each cell: its share `kept` of the cell before, and what is `added`.

    The number of tokens that a cell has taken in doubles with each pass.
    """
    step = 1
    while step < added.shape[1]:
        before = pad(added[:, :-step], (0, 0, step, 0))
        added = added + kept * before
        kept = kept * pad(kept[:, :-step], (0, 0, step, 0), value=1.0)
        step *= 2
    return added
