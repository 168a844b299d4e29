"""The items of a body that are new or changed, classified before the store admits them."""

from collections import Counter
from collections.abc import Collection, Sequence

from worker.inbox.messages import is_kill, is_urgent, item_key
from worker.model import NewsItem, PubStatus
from worker.model.polling import AdmissionRequest, Candidate
from worker.model.shown import ShownEntries, fingerprint, series_mark

__all__ = ["request_admission"]


def request_admission(
    items: Sequence[NewsItem],
    shown: bytes = b"",
    *,
    shared: Collection[str] = (),
    series: Collection[str] = (),
    with_pages: bool = False,
    is_part: bool = False,
) -> AdmissionRequest:
    """Return the items of a body that its feed did not show in the same version before.

    Args:
        items: The items, in the order in which they are to be read.
        shown: The packed list of the entries that the feed showed last.
        shared: Uris of which the body has more entries than `items` tell.
        series: Uris that name several items (`FeedRead.series`).
        with_pages: Ask for the article page of each item that links to one.
        is_part: The feed shows more entries than the body.
    """
    before = ShownEntries.unpack(shown)
    keys = [item_key(item) for item in items]
    entries = [fingerprint(item.uri, key) for item, key in zip(items, keys, strict=True)]
    known, versions = frozenset(before.entries), before.versions()
    times = Counter(item.uri for item in items)
    # Only new and changed items are classified: that takes longer than all the rest of a poll.
    candidates = tuple(
        Candidate(
            item=item,
            key=key,
            was=versions.get(ShownEntries.split(entry)[0]),
            is_alone=times[item.uri] == 1 and item.uri not in shared,
            is_urgent=is_urgent(item),
            is_kill=is_kill(item),
            wants_page=with_pages and _wants_page(item),
        )
        for item, key, entry in zip(items, keys, entries, strict=True)
        if entry not in known
    )
    known_count = len(items) - len(candidates)
    if not candidates:
        return AdmissionRequest(known=known_count)
    marks = [series_mark(uri) for uri in series]
    return AdmissionRequest(
        candidates=candidates,
        known=known_count,
        shown=before.then([*entries, *marks], is_part=is_part).pack(),
        series=b"".join(marks),
    )


def _wants_page(item: NewsItem) -> bool:
    """Return True for an item that links to its page; a kill never waits for one."""
    return bool(item.link) and item.pubstatus is PubStatus.USABLE and not is_kill(item)
