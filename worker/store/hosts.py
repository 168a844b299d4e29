"""The slots for requests to each host, and its back-off."""

from worker.model.digests import uri_hash
from worker.model.polling import HostSlot
from worker.store import records
from worker.store.part import Part

__all__ = ["RedisHosts"]


class RedisHosts(Part):
    """`worker.ports.HostSlots` on a server."""

    def take_slot(self, host: str, spacing_s: float, max_wait_s: float) -> HostSlot:
        argument = {
            "host": uri_hash(host),
            "spacing_ms": round(spacing_s * 1000),
            "max_wait_ms": round(max_wait_s * 1000),
        }
        answer, wait_ms, strikes = self._server.run("take_slot", self._host_key(host), argument)
        return HostSlot(
            is_given=answer == b"G",
            wait_s=wait_ms / 1000,
            strikes=strikes,
            is_slowed=answer == b"S",
        )

    def slow_down(self, host: str, strikes: int, wait_s: float) -> None:
        argument = {
            "host": uri_hash(host),
            "strikes": strikes,
            "wait_ms": round(wait_s * 1000),
            "memory_ms": records.STRIKES_FOR_S * 1000,
        }
        self._server.run("slow_host", self._host_key(host), argument)

    def _host_key(self, host: str) -> str:
        return self._key(f"host:{uri_hash(host)}")
