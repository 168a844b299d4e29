"""What the store draws by chance: lease tokens, and the steps of the order of entries.

A server that lost the tail of its log may count to one number twice; it never draws for us.
"""

import secrets

__all__ = ["draw_step", "draw_token"]

_TOKEN_BYTES = 8
_STEPS = 1 << 20


def draw_token() -> str:
    """Return 16 hex digits that were never drawn before."""
    return secrets.token_hex(_TOKEN_BYTES)


def draw_step() -> int:
    """Return by how much the number of an order grows: from 1 to a million or so."""
    return 1 + secrets.randbelow(_STEPS)
