"""Random lease tokens, and random steps of the order of entries.

The client draws them: a server that lost the tail of its log would count to the same number twice.
"""

import secrets

__all__ = ["draw_step", "draw_token"]

_TOKEN_BYTES = 8
_STEPS = 1 << 20


def draw_token() -> str:
    """Return 16 random hex digits: a token that no other lease has."""
    return secrets.token_hex(_TOKEN_BYTES)


def draw_step() -> int:
    """Return the increment of an order's number: from 1 to about a million."""
    return 1 + secrets.randbelow(_STEPS)
