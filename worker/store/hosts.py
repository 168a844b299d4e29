"""The pace of each host, and its back-off."""

from worker.model.digests import uri_hash
from worker.model.polling import HostSlot
from worker.store import records
from worker.store.part import Part

__all__ = ["RedisHosts"]


class RedisHosts(Part):
    """`worker.ports.HostSlots` on a server."""

    def take_slot(self, host: str, spacing_s: float, patience_s: float) -> HostSlot:
        said = {
            "host": uri_hash(host),
            "spacing_ms": round(spacing_s * 1000),
            "patience_ms": round(patience_s * 1000),
        }
        word, wait_ms, strikes = self._server.run("host_turn", self._host_key(host), said)
        return HostSlot(
            is_given=word == b"G",
            wait_s=wait_ms / 1000,
            strikes=strikes,
            is_slowed=word == b"S",
        )

    def slow_down(self, host: str, strikes: int, wait_s: float) -> None:
        said = {
            "host": uri_hash(host),
            "strikes": strikes,
            "wait_ms": round(wait_s * 1000),
            "memory_ms": records.STRIKES_FOR_S * 1000,
        }
        self._server.run("slow_host", self._host_key(host), said)

    def _host_key(self, host: str) -> str:
        return self._key(f"host:{uri_hash(host)}")
