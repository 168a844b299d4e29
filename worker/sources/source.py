"""The interface of sources, and what they hand over."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

__all__ = ["Delivery", "Source"]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that a source has taken together, and will acknowledge together.

    `entries` are the fields of inbox entries. `key` is the identity of the delivery on the other
    side, the same when it is delivered again; empty if the other side has none. `receipt` is the
    source's own.
    """

    entries: Sequence[Mapping[str, str]]
    key: str = ""
    receipt: Any = None


class Source(Protocol):
    """Messages on the other side. It connects when it is first asked, and again after `close`.

    Every method raises SourceError if the other side cannot be reached or refuses.
    """

    def take(self, wait_s: float) -> Sequence[Delivery]:
        """Return the next deliveries, in order; empty if none came within `wait_s`.

        They stay on the other side until they are acknowledged.
        """
        ...

    def acknowledge(self, delivery: Delivery) -> None:
        """Tell the other side that the broker has the messages of the delivery."""
        ...

    def close(self) -> None:
        """Release what was taken and not acknowledged, so that it is delivered again."""
        ...
