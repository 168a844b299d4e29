"""The tagger as a torch module: word features, a bidirectional LSTM, a linear-chain CRF."""

import torch
from examples import STATES
from torch import Tensor, nn

from worker.parse.entities.tagger.features import LABELS, SHAPES, TOKEN_BITS, WORD_BITS

__all__ = ["Tagger", "allowed_transitions"]

LETTER_KINDS = 192
LETTER_WIDTH = 24
LETTER_FILTERS = 48
SHAPE_WIDTH = 8


def allowed_transitions() -> Tensor:
    """Whether one state may follow another."""
    kinds = [("O", -1)] + [(part, n) for n in range(len(LABELS)) for part in "BIES"]
    rows = [
        [(b in "OBS") if a in "OES" else (b in "IE" and m == n) for b, m in kinds] for a, n in kinds
    ]
    return torch.tensor(rows)


class Tagger(nn.Module):
    """Scores of the states of each token, and the CRF over them.

    With `narrow_to`, the vectors pass through a map to fewer dimensions, which is learnt; what
    ships are the narrow vectors.
    """

    def __init__(
        self,
        vectors: Tensor,
        hidden: int,
        drop: float,
        *,
        word_bits: int = WORD_BITS,
        token_bits: int = TOKEN_BITS,
        narrow_to: int = 0,
    ) -> None:
        super().__init__()
        self.token_bits = token_bits
        self.vectors = nn.Embedding.from_pretrained(vectors, freeze=True)
        dimensions = narrow_to or vectors.shape[1]
        self.narrow = nn.Linear(vectors.shape[1], narrow_to, bias=False) if narrow_to else None
        self.unknown = nn.Parameter(torch.zeros(dimensions))
        self.letters = nn.Embedding(LETTER_KINDS, LETTER_WIDTH, padding_idx=0)
        self.filters = nn.Conv1d(LETTER_WIDTH, LETTER_FILTERS, 3, padding=1)
        self.shapes = nn.Embedding(SHAPES, SHAPE_WIDTH)
        width = dimensions + LETTER_FILTERS + SHAPE_WIDTH + word_bits + token_bits
        self.drop = nn.Dropout(drop)
        self.memory = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.scores = nn.Linear(2 * hidden, STATES)
        self.transitions = nn.Parameter(torch.zeros(STATES, STATES))
        self.register_buffer("allowed", allowed_transitions().float())
        opens = [0] + [s for s in range(1, STATES) if (s - 1) % 4 in (0, 3)]
        ends = [0] + [s for s in range(1, STATES) if (s - 1) % 4 in (2, 3)]
        self.register_buffer(
            "may_open", torch.zeros(STATES).index_fill(0, torch.tensor(opens), 1.0)
        )
        self.register_buffer("may_end", torch.zeros(STATES).index_fill(0, torch.tensor(ends), 1.0))

    def _narrowed(self, vectors: Tensor) -> Tensor:
        return self.narrow(vectors) if self.narrow else vectors

    def table(self) -> Tensor:
        """The vectors of all words as they enter the memory."""
        return self._narrowed(self.vectors.weight).detach()

    def word_features(self, vector: Tensor, shape: Tensor, letters: Tensor, bits: Tensor) -> Tensor:
        """What is known of words by themselves, (words, width)."""
        meaning = self._narrowed(self.vectors(vector))
        meaning = torch.where((vector == 0)[:, None], self.unknown, meaning)
        spelling = self.filters(self.letters(letters).transpose(1, 2)).relu().amax(2)
        return torch.cat([meaning, spelling, self.shapes(shape), bits], 1)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """The scores, (batch, tokens, states), of features (batch, tokens, width)."""
        packed = nn.utils.rnn.pack_padded_sequence(
            self.drop(features), lengths, batch_first=True, enforce_sorted=False
        )
        memory, _ = nn.utils.rnn.pad_packed_sequence(self.memory(packed)[0], batch_first=True)
        return self.scores(self.drop(memory))

    def log_mass(self, scores: Tensor, allowed: Tensor, lengths: Tensor) -> Tensor:
        """The log of the summed weight of every path through the allowed states."""
        peaks = scores.amax(2, keepdim=True).detach()
        weights = (scores - peaks).exp() * allowed
        step = self.transitions.exp() * self.allowed
        state = weights[:, 0] * self.may_open
        total = state.sum(1).clamp_min(1e-30)
        state = state / total[:, None]
        log = total.log() + peaks[:, 0, 0]
        for at in range(1, scores.shape[1]):
            is_in = at < lengths
            following = (state @ step) * weights[:, at]
            total = following.sum(1).clamp_min(1e-30)
            state = torch.where(is_in[:, None], following / total[:, None], state)
            log = log + torch.where(is_in, total.log() + peaks[:, at, 0], 0.0)
        return log + (state * self.may_end).sum(1).clamp_min(1e-30).log()

    def loss(self, scores: Tensor, allowed: Tensor, lengths: Tensor) -> Tensor:
        """The mean negative log likelihood of what is known of each window."""
        # Both masses in one pass: the steps of the chain are small and cost their call.
        masses = self.log_mass(
            scores.repeat(2, 1, 1),
            torch.cat([torch.ones_like(allowed), allowed]),
            lengths.repeat(2),
        )
        free, known = masses.chunk(2)
        return (free - known).mean()
