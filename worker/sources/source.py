"""The interface of a source, and its deliveries."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

__all__ = ["Delivery", "Source"]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that a source takes and acknowledges together.

    Attributes:
        entries: The fields of inbox entries.
        key: The identity of the delivery on the other side, the same when it is delivered again;
            empty if the other side gives none.
        receipt: The value by which the source acknowledges the delivery.
    """

    entries: Sequence[Mapping[str, str]]
    key: str = ""
    receipt: Any = None


class Source(Protocol):
    """Messages on the other side: a server or a folder.

    It connects with the first `take`, and with the next `take` after `close`. Every method raises
    SourceError if the other side cannot be reached or refuses.
    """

    def take(self, wait_s: float) -> Sequence[Delivery]:
        """Return the next deliveries, in order; empty if none arrived within `wait_s`.

        The messages stay on the other side until they are acknowledged.
        """
        ...

    def acknowledge(self, delivery: Delivery) -> None:
        """Tell the other side that the broker has the messages of the delivery."""
        ...

    def close(self) -> None:
        """Disconnect; deliveries that are not acknowledged will be delivered again."""
        ...
