"""Who holds what, in memory: the leases of feeds and of pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from worker.model import Lease

__all__ = ["LeaseBook"]


@dataclass(slots=True)
class LeaseBook:
    """When each thing is due and who has it, as scripts/claim_due.lua and its kin keep it.

    Not thread-safe: the store's lock guards it. Times are milliseconds since 1970.
    """

    now_ms: Callable[[], int]
    due: dict[str, float] = field(default_factory=dict)
    leases: dict[str, str] = field(default_factory=dict)
    """The token of each lease, after a plus once its work has begun."""
    turn: int = 0

    def claim(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        """Lease what is longest overdue."""
        now_ms = self.now_ms()
        due = sorted((at, one) for one, at in self.due.items() if at <= now_ms)[:limit]
        return tuple(self._lease(one, now_ms + lease_s * 1000) for _, one in due)

    def _lease(self, one: str, until_ms: float) -> Lease:
        self.turn += 1
        self.due[one] = until_ms
        self.leases[one] = str(self.turn)
        return Lease(one, str(self.turn))

    def begin(self, lease: Lease, lease_s: float, *, again: bool = False) -> bool:
        """Begin the work of a lease; False where another has it or it is done. `again`: its holder
        is known to be dead.
        """
        now_ms, known = self.now_ms(), self.leases.get(lease.feed_id)
        begun = f"+{lease.token}"
        is_silent = again or self.due.get(lease.feed_id, 0) <= now_ms
        if known is None or (known.startswith("+") and not (known == begun and is_silent)):
            return False
        self.leases[lease.feed_id] = begun
        self.due[lease.feed_id] = now_ms + lease_s * 1000
        return True

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        """Have leases whose work goes on end later; how many are still their holder's."""
        ours = [one for one in leases if self.leases.get(one.feed_id) == f"+{one.token}"]
        for one in ours:
            self.due[one.feed_id] = self.now_ms() + lease_s * 1000
        return len(ours)

    def owns(self, lease: Lease) -> bool:
        """False once somebody else was given it."""
        return self.leases.get(lease.feed_id) in {lease.token, f"+{lease.token}"}

    def is_leased(self, one: str) -> bool:
        """True while a lease of it runs."""
        return one in self.leases and self.due.get(one, 0) > self.now_ms()

    def end(self, one: str, due_ms: float | None) -> None:
        """Nobody has it any more; it is due then, or never."""
        self.leases.pop(one, None)
        self.due.pop(one, None)
        if due_ms is not None:
            self.due[one] = due_ms
