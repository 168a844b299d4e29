"""Is it them or us? When nobody can be reached, the fault is ours."""

__all__ = ["Connectivity"]

_HOSTS_AWAY = 3
_LIMIT_HOSTS = 1000


class Connectivity:
    """Which hosts could not be reached since one last could; one process's memory.

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
        """Remember how a contact went. Any answer, an error too, proves that we have a network."""
        if reached:
            self._away.clear()
        elif len(self._away) < _LIMIT_HOSTS:
            self._away.add(host)

    @property
    def is_offline(self) -> bool:
        """True once three hosts in a row could not be reached: single feeds do fail, not all."""
        return len(self._away) >= _HOSTS_AWAY
