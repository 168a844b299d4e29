"""Checks the sinks of desks before anything is started or listed."""

import contextlib
from collections.abc import Iterable

from worker.desks import ARCHIVE, OWN_STREAM, Desk
from worker.errors import SettingsError, SinkError
from worker.model.target_url import redact_target
from worker.settings import Settings

__all__ = ["check_sinks"]


def check_sinks(settings: Settings, desks: Iterable[Desk], *, installed: bool = True) -> None:
    """Open the sink of each desk once, so that an invalid sink is an error before the first event.

    A sink that only cannot be opened now is none: its relay says so, and tries again.

    Args:
        settings: The settings that name the desks file.
        desks: The desks; the archive and a desk's own stream are no sinks that can be misspelt.
        installed: The sinks' packages must be installed here.

    Raises:
        SettingsError: A sink is invalid; the message names the file, the desk and the sink.
    """
    for desk in desks:
        if desk.sink in (ARCHIVE, OWN_STREAM):
            continue
        try:
            with contextlib.suppress(SinkError):
                _check_sink(settings, desk)
        except SettingsError as error:
            if not installed and isinstance(error.__cause__, ImportError):
                continue
            where = f"{settings.desks}, desk {desk.name}".removeprefix(", ")
            reason = f"sink {redact_target(desk.sink)}: {error}"
            raise SettingsError(reason, subject=where) from error


def _check_sink(settings: Settings, desk: Desk) -> None:
    # Late: the clients of all sinks are imported only where a desk has a sink.
    from worker.sinks import open_sink
    from worker.sinks.redis_stream import RedisStreamSink

    with contextlib.closing(open_sink(desk.sink, desk.name)) as sink:
        # On any server: a desk copied into a desk or a door would circulate for ever.
        if isinstance(sink, RedisStreamSink) and sink.stream.startswith(f"{settings.prefix}:"):
            reason = f"starts with the prefix of this service's keys ({settings.prefix}:)"
            raise SettingsError(f"{reason}; choose another name", subject=sink.stream)
