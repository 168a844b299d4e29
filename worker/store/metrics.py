"""The sums of metrics, and the heartbeats of processes."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from worker.model.metrics import OTHER, Heartbeat, Sums
from worker.store.part import Part

__all__ = ["RedisMetrics"]

_Labels = tuple[str, ...]


class RedisMetrics(Part):
    """`worker.ports.MetricSums` on a server."""

    def add(self, sums: Sums, limits: Mapping[str, int]) -> None:
        metrics = [
            (name, limits[name], [(*_fields(labels), by) for labels, by in series.items()])
            for name, series in sums.items()
        ]
        self._server.run("add_metrics", self._key("beats"), {"metrics": metrics})

    def read(self, metrics: tuple[str, ...]) -> Sums:
        commands = [("HGETALL", self._key(f"metrics:{name}")) for name in metrics]
        replies = self._server.pipeline(commands) if commands else []
        return {name: dict(_read(reply)) for name, reply in zip(metrics, replies, strict=True)}

    def beat(self, role: str, host: str, process: int) -> None:
        argument = {"process": _member(role, host, process)}
        self._server.run("beat", self._key("beats"), argument)

    def leave(self, role: str, host: str, process: int) -> None:
        self._server.call("ZREM", self._key("beats"), _member(role, host, process))

    def heartbeats(self) -> tuple[Heartbeat, ...]:
        time, words = self._server.pipeline(
            [("TIME",), ("ZRANGE", self._key("beats"), 0, -1, "WITHSCORES")]
        )
        now_ms = int(time[0]) * 1000 + int(time[1]) // 1000
        return tuple(
            Heartbeat(
                role=role,
                host=host,
                process=int(process),
                age_s=max(0.0, (now_ms - float(beat_ms)) / 1000),
            )
            for member, beat_ms in zip(words[::2], words[1::2], strict=True)
            for role, host, process in [member.decode("utf-8", "replace").split(" ")]
        )


def _member(role: str, host: str, process: int) -> str:
    return f"{role} {host.replace(' ', '-')} {process}"


def _fields(labels: _Labels) -> tuple[str, str]:
    """Return the field of a series, and that of the series for those without room."""
    return _field(labels), _field((OTHER,) * len(labels))


def _field(labels: _Labels) -> str:
    return msgspec.json.encode(labels).decode()


def _read(reply: Sequence[bytes]) -> Iterator[tuple[_Labels, int]]:
    """Yield the series of a hash; a field that is none of ours is left out."""
    for field, value in zip(reply[::2], reply[1::2], strict=True):
        try:
            yield msgspec.json.decode(field, type=_Labels), int(value)
        except (msgspec.MsgspecError, ValueError):
            continue
