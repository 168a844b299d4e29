"""Published items, open kills, and the publication of events (publish.lua)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from worker.model.digests import item_id, uri_hash, version_hash, version_word
from worker.model.inbox import InboxEntry
from worker.model.publishing import (
    DuplicateCandidate,
    ItemTrace,
    OpenKill,
    OpenKills,
    PublishedState,
    PublishRequest,
    PublishResult,
    RecentItem,
)
from worker.store import records
from worker.store.chance import draw_step
from worker.store.connection import as_text
from worker.store.duplicates import Lookup, lookup_words, near_id, placing_words, read_candidates
from worker.store.part import Part

__all__ = ["RedisPublications"]

KILLS = 1000
"""The last kills of a wire that are kept, approximately."""

RECENT_PAGE = 1000
"""Items of a wire in a reply, so that no reply blocks the server for long."""

_RESULTS = {
    b"P": PublishResult.PUBLISHED,
    b"S": PublishResult.STALE,
    b"G": PublishResult.GONE,
    b"C": PublishResult.CONFLICT,
    b"H": PublishResult.HELD,
    b"D": PublishResult.DUE,
}


class RedisPublications(Part):
    """`worker.ports.Publications` on a server."""

    def known(self, uris: Sequence[str]) -> tuple[PublishedState, ...]:
        argument = {"ids": [as_text(item_id(uri)) for uri in uris]}
        states = self._server.run("known", self._key("order"), argument) if uris else []
        return tuple(records.published_state(*words) for words in states)

    def trace(self, uri: str) -> ItemTrace:
        argument = {"id": as_text(item_id(uri))}
        return records.trace(*self._server.run("trace", self._key("order"), argument))

    def recent(self, wires: Sequence[str], order: str = "") -> tuple[RecentItem, ...]:
        items = [item for wire in wires for item in self._recent_on(wire, order)]
        items += self._held_on(wires)
        return tuple(sorted(items, key=lambda item: item.at_ms, reverse=True))

    def _held_on(self, wires: Sequence[str]) -> list[RecentItem]:
        """Return the items of these wires under embargo, as if they were published now.

        An item that begins to wait meanwhile may be missing: it is compared with the open kills.
        """
        packed_items: dict[bytes, bytes] = {}  # HSCAN may return an item twice
        cursor = b"0"
        while wires:
            cursor, words = self._server.call(
                "HSCAN", self._key("held:recent"), cursor, "COUNT", RECENT_PAGE
            )
            packed_items |= {
                item: packed
                for item, packed in zip(words[::2], words[1::2], strict=True)
                if not set(wires).isdisjoint(records.held_wires(packed))
            }
            if cursor == b"0":
                break
        if not packed_items:
            return []
        now_ms = int(self._server.call("TIME")[0]) * 1000 + self._setbacks_ms()
        return [records.held_item(packed, now_ms) for packed in packed_items.values()]

    def _recent_on(self, wire: str, order: str) -> list[RecentItem]:
        """Return the items of a wire within the window before an order, or before its last item."""
        key, last, items = self._key(f"recent:{uri_hash(wire)}"), "+", []
        while True:
            page = self._server.call("XREVRANGE", key, last, "-", "COUNT", RECENT_PAGE)
            items += [records.recent_item(*entry) for entry in page]
            if len(page) < RECENT_PAGE:
                # The stream is trimmed approximately, and holds some older items.
                last_ms = items[0].at_ms if items else 0
                if order:
                    last_ms = int(order.partition("-")[0])
                oldest_ms = last_ms - self._limits.kill_window_s * 1000
                return [item for item in items if item.at_ms >= oldest_ms]
            last = f"({page[-1][0].decode()}"

    def duplicate_candidates(
        self, lookups: Sequence[Lookup]
    ) -> tuple[tuple[DuplicateCandidate, ...], ...]:
        keys, args = lookup_words(self._key("near"), lookups)
        answers = self._server.script("find_duplicates", keys, args) if lookups else []
        return tuple(read_candidates(words) for words in answers)

    def open_kill(self, kill: OpenKill, entry: InboxEntry) -> OpenKill:
        argument = {
            "step": draw_step(),
            "stream": entry.stream,
            "entry": entry.id,
            "wires": [uri_hash(wire) for wire in kill.wires],
            "kill": as_text(msgspec.json.encode(kill)),
            "kills_ms": self._limits.kill_window_s * 1000,
            "known_s": max(self._limits.known_for_s, self._limits.kill_window_s),
            "kills_length": KILLS,
        }
        opened = self._server.run("open_kill", self._key("order"), argument)
        return msgspec.structs.replace(kill, id=opened.decode())

    def open_kills(self, wires: Sequence[str]) -> OpenKills:
        keys = [self._key(f"kills:{uri_hash(wire)}") for wire in wires]
        commands = [("XREVRANGE", key, "+", "-", "COUNT", KILLS) for key in keys]
        replies = self._server.pipeline(commands) if commands else []
        kills = {  # a kill is listed on each of its wires
            kill.order: kill
            for entries in replies
            for kill in (records.open_kill(*entry) for entry in entries)
        }
        newest = {
            wire: entries[0][0].decode() if entries else "0-0"
            for wire, entries in zip(wires, replies, strict=True)
        }
        return OpenKills(kills=tuple(kills.values()), newest=newest)

    def publish(self, requests: Sequence[PublishRequest]) -> tuple[PublishResult, ...]:
        argument = {
            **self._bounds(),
            "known_s": self._limits.known_for_s,
            "window_ms": self._limits.kill_window_s * 1000,
            "requests": [self._request_words(request) for request in requests],
        }
        results = self._server.run("publish", self._key("order"), argument)
        return tuple(_RESULTS[result] for result in results)

    def trim(self) -> None:
        self._server.run("trim", self._key("order"), self._bounds())

    def _bounds(self) -> Mapping[str, int]:
        """Return the limits of what a publication adds to."""
        return {
            "desk_length": self._limits.desk_length,
            "copies_ms": self._limits.copies_for_s * 1000,
            "copies_bytes": self._limits.copies_bytes,
            "near_length": self._limits.near_length,
            "near_ms": self._limits.near_for_s * 1000,
        }

    def _request_words(self, request: PublishRequest) -> Mapping[str, Any]:
        """Return a publish request as publish.lua takes it."""
        expected = "" if request.expected is None else version_word(request.expected)
        events = [
            {
                "desk": event.desk,
                "id": event.id,
                "type": event.type,
                "digest": as_text(event.digest),
                "body": as_text(event.body),
            }
            for event in request.publications
        ]
        return {
            **self._entry_words(request),
            "near_id": near_id(request.uri),
            "uri": request.uri,
            "is_digest": "door" in request.entry.fields and not request.is_named,
            "count": as_text(version_hash(request.counts) if request.counts else b""),
            "expected": as_text(expected) if isinstance(expected, bytes) else "",
            "opened": _opened_words(request.opened),
            "copy": as_text(request.copy),
            "targets": [
                {
                    "id": as_text(item_id(withdrawal.uri)),
                    "near_id": near_id(withdrawal.uri),
                    "version": as_text(version_word(withdrawal.version)),
                    "desks": list(withdrawal.desks),
                    "is_behind": withdrawal.is_behind,
                }
                for withdrawal in request.withdraws
            ],
            "events": events,
            "names": list(dict.fromkeys(event.desk for event in request.publications)),
            "placing": placing_words(request.placing) if request.placing else False,
        }

    def _entry_words(self, request: PublishRequest) -> Mapping[str, Any]:
        """Return the fields that publish.lua, hold.lua and withhold.lua have in common."""
        recent = records.pack_recent(request.recent) if request.recent else b""
        wires = request.wires if request.recent else ()
        return {
            "stream": request.entry.stream,
            "entry": records.check_entry_id(request.entry.id),
            "order": request.entry.order,
            "id": as_text(item_id(request.uri)),
            "version": as_text(version_word(request.version)),
            "hash": as_text(version_hash(request.version)),
            "is_named": request.is_named,
            "kills": [(uri_hash(wire), newest) for wire, newest in request.kills_to.items()],
            "wires": [uri_hash(wire) for wire in wires],
            "recent": as_text(recent),
        }

    def hold(self, request: PublishRequest, until: datetime) -> PublishResult:
        argument = {
            "known_s": self._limits.known_for_s,
            "until_ms": records.milliseconds(until),
            "listing": as_text(records.pack_held(request)),
            **self._entry_words(request),
        }
        return _RESULTS[self._server.run("hold", self._key("order"), argument)]

    def withhold(self, request: PublishRequest, kill: OpenKill) -> PublishResult:
        argument = {
            "known_s": self._limits.known_for_s,
            "kill": kill.note.uri,
            "opened": _opened_words(kill),
            **self._entry_words(request),
        }
        return _RESULTS[self._server.run("withhold", self._key("order"), argument)]


def _opened_words(kill: OpenKill | None) -> Sequence[Any]:
    """Return an open kill's id and the hashes of the wires that list it; empty for no kill."""
    return (kill.id, [uri_hash(wire) for wire in kill.wires]) if kill else ()
