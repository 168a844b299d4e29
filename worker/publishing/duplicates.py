"""Duplicates in a batch: of published originals, or of items that precede them in the batch."""

from collections.abc import Sequence

import msgspec
import structlog

from worker.model import ParsedItem
from worker.model.publishing import (
    ClusterUpdate,
    DuplicateCandidate,
    PublishedState,
    PublishRequest,
)
from worker.ports import Publications
from worker.story.fingerprint import Signature, find_original, make_signature, make_signatures

__all__ = ["DuplicateFinder", "DuplicateMatch"]

log = structlog.get_logger(__name__)


class DuplicateMatch(msgspec.Struct, frozen=True):
    """The place of an item among its duplicates.

    `copied` are the desks that have the original or a duplicate of it, but not this item.
    """

    placing: ClusterUpdate | None = None
    duplicate_of: str | None = None
    copied: tuple[str, ...] = ()


class _BatchOriginal(msgspec.Struct, frozen=True):
    """An original of this batch, which is not published yet."""

    candidate: DuplicateCandidate
    bands: frozenset[str]


class DuplicateFinder:
    """Finds the originals that the items of a batch duplicate.

    Candidates for the whole batch are read from the store in a single round trip.

    Raises:
        BrokerError: The store cannot be reached.
    """

    def __init__(self, publications: Publications, batch: Sequence[ParsedItem]) -> None:
        signed = zip(batch, _sign_all(batch), strict=True)
        self._signatures = {id(parsed): signature for parsed, signature in signed if signature}
        queries = [
            (signature.likeness.uri, signature.bands) for signature in self._signatures.values()
        ]
        candidates = publications.duplicate_candidates(queries) if queries else ()
        self._candidates = dict(zip(self._signatures, candidates, strict=True))
        self._originals: dict[str, _BatchOriginal] = {}
        self._desks: dict[str, tuple[str, ...]] = {}

    def match(self, parsed: ParsedItem, known: PublishedState) -> DuplicateMatch:
        """Compare an item with published originals, and with those added from its batch."""
        signature = self._signatures.get(id(parsed))
        if signature is None:
            return DuplicateMatch()
        uri = signature.likeness.uri
        candidates = self._all_candidates(id(parsed), signature)
        others = tuple(c.likeness.uri for c in candidates if c.likeness.uri != uri)
        # An original stays an original: the desks that have it wait for its later versions.
        is_original = len(others) < len(candidates)
        original = None if is_original else find_original(signature, candidates)
        placing = ClusterUpdate(
            likeness=signature.likeness,
            bands=signature.bands,
            judged=others,
            first=original.likeness.uri if original else "",
            first_sketch=original.likeness.sketch if original else b"",
            desks=original.desks if original else (),
        )
        if original is None:
            return DuplicateMatch(placing)
        copied = tuple(sorted(set(original.desks) - set(known.desks)))
        return DuplicateMatch(placing, placing.first, copied)

    def add(self, request: PublishRequest) -> None:
        """Add a request of the batch, with which the next items are compared."""
        placing = request.placing
        if placing is None:
            return
        uri = placing.first or request.uri
        known = self._desks.get(uri, placing.desks or self._stored_desks(uri))
        desks = tuple(dict.fromkeys([*known, *(event.desk for event in request.publications)]))
        self._desks[uri] = desks
        if not placing.first:
            candidate = DuplicateCandidate(likeness=placing.likeness, desks=desks)
            self._originals[uri] = _BatchOriginal(candidate, frozenset(placing.bands))

    def _stored_desks(self, uri: str) -> tuple[str, ...]:
        """Return the desks that have an earlier version of an original."""
        stored = (c for candidates in self._candidates.values() for c in candidates)
        return next((c.desks for c in stored if c.likeness.uri == uri), ())

    def _all_candidates(self, key: int, signature: Signature) -> list[DuplicateCandidate]:
        """Return the originals that share a band with an item, and itself if it is an original."""
        candidates = {c.likeness.uri: c for c in self._candidates[key]}
        for uri, original in self._originals.items():
            is_same = uri == signature.likeness.uri
            if is_same or not original.bands.isdisjoint(signature.bands):
                candidates[uri] = original.candidate
        return [
            msgspec.structs.replace(candidate, desks=self._desks.get(uri, candidate.desks))
            for uri, candidate in candidates.items()
        ]


def _sign_all(batch: Sequence[ParsedItem]) -> list[Signature | None]:
    """Sign items together; if that fails, sign each alone to leave out the item at fault."""
    try:
        return make_signatures(batch)
    except Exception:  # noqa: BLE001  # the item at fault is found below
        return [_sign(parsed) for parsed in batch]


def _sign(parsed: ParsedItem) -> Signature | None:
    try:
        return make_signature(parsed)
    except Exception as error:  # noqa: BLE001  # an item that cannot be compared is still published
        log.warning("item_unsigned", uri=parsed.item.uri, reason=f"{type(error).__name__}: {error}")
        return None
