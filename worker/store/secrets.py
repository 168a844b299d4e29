"""Random secrets that all processes of an installation share."""

import secrets

from worker.store.part import Part

__all__ = ["RedisSecrets"]

_BYTES = 32


class RedisSecrets(Part):
    """`worker.ports.Secrets` on a server."""

    def get(self, name: str) -> bytes:
        key = self._key(f"secret:{name}")
        # A server that is full refuses to write, and its pages must be readable all the same.
        known: bytes | None = self._server.call("GET", key)
        if known is None:
            drawn = secrets.token_bytes(_BYTES)
            known = self._server.call("SET", key, drawn, "NX", "GET") or drawn
        return known
