"""What a schedule is made of: traits and steps; and what was said in it."""

import msgspec
from wire import Said

__all__ = ["Put", "Step", "Traits"]


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a whole schedule. `skew_ms`: how far the workers' clock is ahead of the
    server's. `feeds`: whether each feed wants whole pages.
    """

    skew_ms: int = 0
    feeds: tuple[bool, ...] = ()
    alike: bool = False
    attempts_max: int = 5


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happens; `World` has a method for each `op`."""

    op: str
    who: str = ""
    how: str = ""
    count: int = 0
    said: Said | None = None

    def __str__(self) -> str:
        """As a schedule prints it."""
        count = str(self.count) if self.count else ""
        return " ".join(filter(None, [self.op, self.who, self.how, count, str(self.said or "")]))


class Put(msgspec.Struct, kw_only=True):
    """Something that was said, in the order of the saying: by a door, or by a feed that shows it.

    `is_lost`: it was said in the tail that a failover lost. `is_admitted`: a poller was told that
    it is on its way; of what came by a door that is so at once.
    """

    said: Said
    at_ms: int
    entry_id: str = ""
    feed: int | None = None
    is_lost: bool = False
    is_admitted: bool = True
    unordered: frozenset[int] = frozenset()
    """Places in `World.puts` of what may count as later than this, though it was said before: it
    still waited at the other door, under an id that is later, or of the same millisecond on the
    urgent one.
    """
