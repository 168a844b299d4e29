"""Which items of a batch are copies: of what is out, or of what stands before them in it."""

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
from worker.story.fingerprint import Signature, find_original, make_signature

__all__ = ["DuplicateFinder", "DuplicateMatch"]

log = structlog.get_logger(__name__)


class DuplicateMatch(msgspec.Struct, frozen=True):
    """How one item stands. `copied` are the desks that have had the first or a copy of it, and not
    this item.
    """

    placing: ClusterUpdate | None = None
    duplicate_of: str | None = None
    copied: tuple[str, ...] = ()


class _Made(msgspec.Struct, frozen=True):
    """A first of this batch: it is not out yet."""

    lookalike: DuplicateCandidate
    bands: frozenset[str]


class DuplicateFinder:
    """The firsts that the items of a batch are held against, each looked up once.

    Raises:
        BrokerError: The store went away.
    """

    def __init__(self, publications: Publications, batch: Sequence[ParsedItem]) -> None:
        signed = {id(parsed): _sign(parsed) for parsed in batch}
        self._signatures = {key: signature for key, signature in signed.items() if signature}
        asked = [(one.likeness.uri, one.bands) for one in self._signatures.values()]
        found = publications.duplicate_candidates(asked) if asked else ()
        self._found = dict(zip(self._signatures, found, strict=True))
        self._made: dict[str, _Made] = {}
        self._desks: dict[str, tuple[str, ...]] = {}

    def place(self, parsed: ParsedItem, known: PublishedState) -> DuplicateMatch:
        """How the item stands to those that are out, and to those that were entered before it."""
        signature = self._signatures.get(id(parsed))
        if signature is None:
            return DuplicateMatch()
        own = signature.likeness.uri
        met = self._met(id(parsed), signature)
        judged = tuple(one.likeness.uri for one in met if one.likeness.uri != own)
        # What has been a first stays one: whoever had it waits for its later versions.
        first = find_original(signature, met) if len(judged) == len(met) else None
        if first is None:
            return DuplicateMatch(
                ClusterUpdate(likeness=signature.likeness, bands=signature.bands, judged=judged)
            )
        uri = first.likeness.uri
        placing = ClusterUpdate(
            likeness=signature.likeness,
            bands=signature.bands,
            judged=judged,
            first=uri,
            desks=first.desks,
        )
        return DuplicateMatch(placing, uri, tuple(sorted(set(first.desks) - set(known.desks))))

    def enter(self, outcome: PublishRequest) -> None:
        """Have the next items of the batch held against what this one becomes."""
        placing = outcome.placing
        if placing is None:
            return
        uri = placing.first or outcome.uri
        had = self._desks.get(uri, placing.desks or self._had(uri))
        desks = tuple(dict.fromkeys([*had, *(event.desk for event in outcome.publications)]))
        self._desks[uri] = desks
        if not placing.first:
            lookalike = DuplicateCandidate(likeness=placing.likeness, desks=desks)
            self._made[uri] = _Made(lookalike, frozenset(placing.bands))

    def _had(self, uri: str) -> tuple[str, ...]:
        """The desks that had an earlier version of a first."""
        return next(
            (
                one.desks
                for found in self._found.values()
                for one in found
                if one.likeness.uri == uri
            ),
            (),
        )

    def _met(self, key: int, signature: Signature) -> list[DuplicateCandidate]:
        """The firsts that share a band with the item, and itself where it is one."""
        out = {one.likeness.uri: one for one in self._found[key]}
        for uri, made in self._made.items():
            if uri == signature.likeness.uri or not made.bands.isdisjoint(signature.bands):
                out[uri] = made.lookalike
        return [
            msgspec.structs.replace(one, desks=self._desks.get(uri, one.desks))
            for uri, one in out.items()
        ]


def _sign(parsed: ParsedItem) -> Signature | None:
    try:
        return make_signature(parsed)
    except Exception as error:  # noqa: BLE001  # an item that cannot be compared is still published
        log.warning("item_unsigned", uri=parsed.item.uri, reason=f"{type(error).__name__}: {error}")
        return None
