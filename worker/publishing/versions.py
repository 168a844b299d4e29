"""The version under which an item is published. Pure.

A sender may name the version. Otherwise a digest of the content is the version, and a content that
returns after a different one is published as `<digest>.2`, so that its events have new ids.
"""

import itertools

import msgspec

from worker.inbox.messages import is_own_digest
from worker.model import NewsItem, ParsedItem, Signal, version_key
from worker.model.digests import version_hash
from worker.model.inbox import InboxEntry
from worker.model.publishing import PublishedState, PublishRequest

__all__ = [
    "as_judged",
    "is_repeated_kill",
    "is_withdrawal",
    "key_of",
    "resolve_version",
    "with_version",
]


def is_withdrawal(parsed: ParsedItem) -> bool:
    """Return True for an item that withdraws another item, or itself."""
    return parsed.life.signal is Signal.WITHDRAWN


def key_of(parsed: ParsedItem) -> str:
    """Return the version key of an item, which distinguishes a kill from its target."""
    return version_key(parsed.item.version, is_kill=is_withdrawal(parsed))


def resolve_version(entry: InboxEntry, parsed: ParsedItem, known: PublishedState) -> ParsedItem:
    """Return the item under the version with which it is published.

    A content that is published now keeps its version. A content that was published before another
    gets the next free number after its digest, unless a kill has withdrawn the item: content from
    before a kill is not published again.
    """
    item, key = parsed.item, key_of(parsed)
    # Only messages from a door may lack a version; polls number the versions of feeds themselves.
    if "door" not in entry.fields or known.version is None or not _is_unnamed(entry, item):
        return parsed
    # The published version has this content: it is the digest itself, or `<digest>.N`.
    if f"{known.key}.".startswith(f"{key}."):
        return _with_name(parsed, known.version)
    times = 0 if _is_killed(known, parsed) else dict(known.seen).get(version_hash(key), 0)
    if not times:
        return parsed
    # A sender may have used the next number as the name of a version.
    numbers = itertools.count(times + 1)
    free = (n for n in numbers if version_hash(f"{key}.{n}") not in known.published)
    return _with_name(parsed, f"{item.version}.{next(free)}")


def _with_name(parsed: ParsedItem, version: str) -> ParsedItem:
    item = msgspec.structs.replace(parsed.item, version=version)
    return msgspec.structs.replace(parsed, item=item)


def _is_unnamed(entry: InboxEntry, item: NewsItem) -> bool:
    """Return True if the sender named no version; the page of an item may have changed its text."""
    return entry.fields.get("unnamed") == item.version or is_own_digest(item)


def _is_killed(known: PublishedState, parsed: ParsedItem) -> bool:
    """Return True for an item, not a kill, whose last version is a kill or was withdrawn by one."""
    return (known.is_withdrawn or known.is_kill) and not is_withdrawal(parsed)


def _is_named(entry: InboxEntry, parsed: ParsedItem, known: PublishedState) -> bool:
    """Return True if the version is final: given by the sender, or a content from before a kill.

    The store does not publish a final version twice. `parsed` has its original version.
    """
    return "door" in entry.fields and (
        _is_killed(known, parsed) or not _is_unnamed(entry, parsed.item)
    )


def is_repeated_kill(
    entry: InboxEntry, parsed: ParsedItem, resolved: ParsedItem, known: PublishedState
) -> bool:
    """Return True for a kill that was published before: it is not opened again."""
    key = key_of(resolved)
    return known.key == key or (
        _is_named(entry, parsed, known) and version_hash(key) in known.published
    )


def as_judged(
    entry: InboxEntry, parsed: ParsedItem, resolved: ParsedItem, known: PublishedState
) -> tuple[str, PublishedState]:
    """Return the order by which the store judges the version, and the state with the other order.

    A named version that was passed over is judged by its first order when it comes again, and so is
    the published one.
    """
    first = known.passed_over.get(version_hash(key_of(resolved)))
    if first is not None and _is_named(entry, parsed, known):
        return first, msgspec.structs.replace(known, order=known.place)
    return entry.order, known


def with_version(
    request: PublishRequest, parsed: ParsedItem, known: PublishedState
) -> PublishRequest:
    """Return the request with `is_named` and `counts`; `parsed` has its original version."""
    key = key_of(parsed)
    is_back = request.version not in {key, known.key}
    return msgspec.structs.replace(
        request,
        is_named=_is_named(request.entry, parsed, known),
        counts=key if is_back else "",
    )
