"""Detection of a network failure of our own: if no host can be reached, no feed is at fault."""

__all__ = ["Connectivity"]

_HOSTS_AWAY = 3
_LIMIT_HOSTS = 1000
"""Bounds the set while nothing can be reached: a service may have 100,000 feeds."""


class Connectivity:
    """The hosts that a process failed to reach since it last reached any.

    >>> connectivity = Connectivity()
    >>> for host in ("a.example", "b.example", "c.example"):
    ...     connectivity.note(host, reached=False)
    >>> connectivity.is_offline
    True
    >>> connectivity.note("d.example", reached=True)
    >>> connectivity.is_offline
    False
    """

    def __init__(self) -> None:
        self._away: set[str] = set()

    def note(self, host: str, *, reached: bool) -> None:
        """Record the result of a contact. Any answer, even an HTTP error, proves a network."""
        if reached:
            self._away.clear()
        elif len(self._away) < _LIMIT_HOSTS:
            self._away.add(host)

    @property
    def is_offline(self) -> bool:
        """True once three hosts in a row could not be reached: single hosts do fail, all do not."""
        return len(self._away) >= _HOSTS_AWAY
