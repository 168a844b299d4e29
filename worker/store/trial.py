"""The store of `copytaster feeds try`: a single feed, in a file instead of on a server."""

import os
import tempfile
from pathlib import Path
from typing import Self

import msgspec

from worker.errors import SettingsError
from worker.model import Feed, FeedState, Lease
from worker.model.polling import Admission, AdmissionRequest, Candidate, HostSlot, OpenPoll
from worker.store.admission import entry_of

__all__ = ["TrialStore"]

_LIMIT_ITEMS = 500_000
"""Uris in the file; the oldest are forgotten first."""
_LIMIT_VERSIONS = 16


class _Item(msgspec.Struct, array_like=True):
    """The record of a uri: its newest version, and how often each version came."""

    newest: str | None = None
    seen: dict[str, int] = msgspec.field(default_factory=dict)

    def admit(self, candidate: Candidate) -> str:
        """Return `new`, `changed` or `known`, by the rule at the head of scripts/admit.lua."""
        version, is_back = candidate.item.version, candidate.was is not None and candidate.is_alone
        if version == self.newest or (version in self.seen and not is_back):
            return "known"
        verdict = "new" if self.newest is None else "changed"
        self.newest = version
        self.seen[version] = self.seen.pop(version, 0) + 1
        if len(self.seen) > _LIMIT_VERSIONS:
            del self.seen[next(iter(self.seen))]
        return verdict


class _Memory(msgspec.Struct, frozen=True):
    """The content of the file: the feed's state, its items, and its list of shown entries."""

    url: str
    state: FeedState
    items: dict[str, _Item]
    shown: bytes = b""


class TrialStore:
    """The parts of a store that a poll of a single feed uses.

    Nobody else polls, so the lease always holds and every slot is free. Messages are not kept: a
    hundred thousand of them take 150 MiB, and nobody reads them.
    """

    def __init__(self, feed: Feed, directory: Path | None) -> None:
        """
        Args:
            feed: The feed.
            directory: The folder of the files, which has a file for each feed; None for no file.

        Raises:
            SettingsError: The folder cannot be made, or the file cannot be read as ours.
        """
        self.state = FeedState()
        self.shown = b""
        self._feed = feed
        self._path = directory / f"{feed.id}.json" if directory else None
        self._items: dict[str, _Item] = {}
        if self._path is not None:
            self._load(self._path)
        self._known = frozenset(self._items)
        self._admitted: list[str] = []

    def is_known(self, uri: str) -> bool:
        """Return True for a uri of an earlier poll."""
        return uri in self._known

    def admitted(self) -> tuple[str, ...]:
        """Return the uris of the items that this poll admitted, in their order."""
        return tuple(self._admitted)

    # the methods that a poll calls

    @property
    def polls(self) -> Self:
        """The part of the store with the poll's lease."""
        return self

    @property
    def hosts(self) -> Self:
        """The part of the store with the host's slots."""
        return self

    def open(self, lease: Lease, *_: object, **__: object) -> OpenPoll:
        return OpenPoll(
            lease=lease, feed=self._feed, state=self.state, is_ours=True, shown=self.shown
        )

    def admit(self, _: Lease, request: AdmissionRequest, **__: object) -> Admission:
        verdicts: list[str] = []
        for candidate in request.candidates:
            uri = candidate.item.uri
            entry_of(candidate)  # an item that cannot be packed fails the poll, as on a server
            verdicts.append(self._items.setdefault(uri, _Item()).admit(candidate))
            if verdicts[-1] != "known":
                self._admitted.append(uri)
        self.shown = request.shown or self.shown
        new, changed = verdicts.count("new"), verdicts.count("changed")
        known = request.known + verdicts.count("known")
        return Admission(new=new, changed=changed, known=known)

    def finish(self, _: Lease, state: FeedState, *__: object, **___: object) -> bool:
        self.state = state
        return True

    def take_slot(self, *_: object) -> HostSlot:
        return HostSlot(is_given=True)

    def slow_down(self, *_: object) -> None:
        """Do nothing: there is no other poller to slow down."""

    # the file

    def save(self) -> None:
        """Write the file, atomically.

        Raises:
            SettingsError: The file cannot be written.
        """
        if self._path is None:
            return
        newest = dict(list(self._items.items())[-_LIMIT_ITEMS:])
        memory = _Memory(url=self._feed.url, state=self.state, shown=self.shown, items=newest)
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
            raise SettingsError(
                f"was not written by copytaster: {error}", subject=str(path)
            ) from error
        self.state, self.shown, self._items = memory.state, memory.shown, memory.items


def _replace(path: Path, content: bytes) -> None:
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
