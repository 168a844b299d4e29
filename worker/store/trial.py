"""The store of `copytaster feeds try`: one feed, in memory, kept in a file between polls.

What is new and what is known is decided by `MemoryStore`, as in the service's own tests.
"""

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from worker.errors import SettingsError
from worker.model import Feed, FeedState, NewsItem
from worker.store.memory import MemoryStore, Pack
from worker.store.streams import EntryId

__all__ = ["TrialStore"]

_LIMIT_ITEMS = 500_000
"""Uris that are remembered; the oldest are forgotten first."""


class _Memory(msgspec.Struct, frozen=True):
    """The file: what polling taught us, and of each uri the versions that came."""

    url: str
    state: FeedState
    items: dict[str, tuple[str | None, dict[str, int], str]]
    """uri -> newest version, versions seen, the one that the feed shows."""


class TrialStore(MemoryStore):
    """A `MemoryStore` of one feed, due at once, that begins where its file ended."""

    def __init__(self, feed: Feed, directory: Path | None) -> None:
        """
        Args:
            feed: The feed.
            directory: Where its file is kept, one a feed; None keeps nothing.

        Raises:
            SettingsError: The directory cannot be made, or the file in it is not ours.
        """
        super().__init__()
        self._feed = feed
        self._path = directory / f"{feed.id}.json" if directory else None
        self.add_feeds([feed])
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

    def _pack(self, items: Sequence[NewsItem], packed: Pack) -> Iterable[tuple[bytes, int]]:
        """One at a time: together they take as much memory as the items."""
        return map(packed, items)

    def _put_item(self, item: NewsItem, message: bytes, after: EntryId) -> EntryId:  # noqa: ARG002
        """Keeps the uri alone: a hundred thousand messages, which nobody reads, take 150 MiB."""
        self._admitted.append(item.uri)
        return after[0], after[1] + 1

    def save(self) -> None:
        """Keep what is known now, whole or not at all.

        Raises:
            SettingsError: The file cannot be written.
        """
        if self._path is None:
            return
        newest = list(self._items.items())[-_LIMIT_ITEMS:]
        memory = _Memory(
            url=self._feed.url,
            state=self.feed_state(self._feed.id),
            items={
                uri: (one.newest, one.seen, one.by.get(self._feed.id, "")) for uri, one in newest
            },
        )
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
        self._states[self._feed.id] = memory.state
        for uri, (newest, seen, shown) in memory.items.items():
            one = self._items[uri]
            one.newest, one.seen = newest, seen
            one.by = {self._feed.id: shown} if shown else {}


def _replace(path: Path, content: bytes) -> None:
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
