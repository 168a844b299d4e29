"""The store of `copytaster feeds try`: one feed, without a server, kept in a file between polls."""

import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from worker.errors import SettingsError
from worker.model import Feed, FeedState, Lease, NewsItem
from worker.ports import Admission, HostTurn
from worker.store import records

__all__ = ["TrialStore"]

_LIMIT_ITEMS = 500_000
"""Uris that are remembered; the oldest are forgotten first."""
_LIMIT_VERSIONS = 16


class _Item(msgspec.Struct, array_like=True):
    """What is known of a uri: its newest version, how often each came, the one that is shown."""

    newest: str | None = None
    seen: dict[str, int] = msgspec.field(default_factory=dict)
    shown: str = ""

    def admit(self, version: str, *, alone: bool) -> str:
        """Tell new, changed and known apart, by the rule at the head of scripts/admit.lua."""
        shown, self.shown = self.shown, version
        if version in {self.newest, shown} or (version in self.seen and not (shown and alone)):
            return "known"
        verdict = "new" if self.newest is None else "changed"
        self.newest = version
        self.seen[version] = self.seen.pop(version, 0) + 1
        if len(self.seen) > _LIMIT_VERSIONS:
            del self.seen[next(iter(self.seen))]
        return verdict


class _Memory(msgspec.Struct, frozen=True):
    """The file: what polling taught us, and of each uri the versions that came."""

    url: str
    state: FeedState
    items: dict[str, _Item]


class TrialStore:
    """What a poll of one feed asks of a `worker.ports.Store`, and no more.

    Its lease always holds and its hosts' turns are always free, since nobody else polls. No message
    is kept: a hundred thousand of them take 150 MiB, and nobody reads them.
    """

    def __init__(self, feed: Feed, directory: Path | None) -> None:
        """
        Args:
            feed: The feed.
            directory: Where its file is kept, one a feed; None keeps nothing.

        Raises:
            SettingsError: The directory cannot be made, or the file in it is not ours.
        """
        self.state = FeedState()
        self._feed = feed
        self._path = directory / f"{feed.id}.json" if directory else None
        self._items: dict[str, _Item] = {}
        if self._path is not None:
            self._load(self._path)
        self._known = frozenset(self._items)
        self._admitted: list[str] = []

    def is_known(self, uri: str) -> bool:
        """True for a uri of an earlier poll."""
        return uri in self._known

    def admitted(self) -> tuple[str, ...]:
        """The uris of what this poll published, in the order in which it shall be read."""
        return tuple(self._admitted)

    # what a poll asks for

    def open_poll(self, *_: object, **__: object) -> tuple[Feed, FeedState, bool]:
        return self._feed, self.state, True

    def admit(self, _: Lease, items: Sequence[NewsItem], **__: object) -> Admission:
        times = Counter(item.uri for item in items)
        counts: Counter[str] = Counter()
        for item in items:
            records.item_message(item)  # one that cannot be packed fails the poll, as on a server
            known = self._items.setdefault(item.uri, _Item())
            verdict = known.admit(item.version, alone=times[item.uri] == 1)
            counts[verdict] += 1
            if verdict != "known":
                self._admitted.append(item.uri)
        return Admission(new=counts["new"], changed=counts["changed"], known=counts["known"])

    def finish_poll(self, _: Lease, state: FeedState, *__: object, **___: object) -> bool:
        self.state = state
        return True

    def host_turn(self, *_: object) -> HostTurn:
        return HostTurn(is_given=True)

    def slow_host(self, *_: object) -> None:
        """Nobody else would heed it."""

    # the file

    def save(self) -> None:
        """Keep what is known now, whole or not at all.

        Raises:
            SettingsError: The file cannot be written.
        """
        if self._path is None:
            return
        newest = dict(list(self._items.items())[-_LIMIT_ITEMS:])
        memory = _Memory(url=self._feed.url, state=self.state, items=newest)
        try:
            _replace(self._path, msgspec.json.encode(memory))
        except OSError as error:
            reason = f"cannot be written: {error.strerror}"
            raise SettingsError(reason, subject=str(self._path)) from error

    def _load(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            memory = msgspec.json.decode(path.read_bytes(), type=_Memory)
        except FileNotFoundError:
            return
        except OSError as error:
            raise SettingsError(f"cannot be read: {error.strerror}", subject=str(path)) from error
        except (msgspec.DecodeError, UnicodeError) as error:
            raise SettingsError(f"is no file of ours: {error}", subject=str(path)) from error
        self.state, self._items = memory.state, memory.items


def _replace(path: Path, content: bytes) -> None:
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
