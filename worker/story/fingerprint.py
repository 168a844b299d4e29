"""Duplicates: items that repeat the text of an earlier item, the original, by way of another feed.

A duplicate adds almost nothing: most of its word shingles are in the original. So a shortened text
is a duplicate of the full text, but a longer text that contains the original is not, since readers
of the original have not read the rest. docs/data-model.md states the rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import ParsedItem, Signal
from worker.model.publishing import DuplicateCandidate, Fingerprint
from worker.story.boilerplate import body_words
from worker.story.minhash import (
    WIDTH,
    Hashes,
    bands_of,
    containment,
    distinct_hashes,
    shingle_all,
    sketch_of,
)

__all__ = ["Signature", "find_original", "make_signature", "make_signatures"]

SHINGLES_MIN = 16
"""Any two shorter texts about the same event are alike, so they prove nothing."""

CONTAINED = 0.6
"""The least share of a duplicate's shingles that is in the original. It leaves room for editing: if
two sentences of a short item are rewritten, a third of its shingles change."""

CONTAINED_DESPITE_LEAD = 0.85
LEAD_CONTAINED = 0.4
LEAD_WORDS = 40
"""A new lead above old background is a follow-up, not a duplicate: of the first 40 words, too, this
share must be in the original, unless almost the whole text is."""

REPEATED = 0.97
"""The least share for a next item of the same sender, which repeats background on purpose."""

GROWN = 1.05
"""A running story that is longer than the earlier item by more than this tells something new."""

TOLD_MORE = 1.25
"""Any item that is longer than the original by more than this tells something new."""

_LONGEST = 200
"""Code points of a source, agency or slug that are kept in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The parts of an item by which duplicates are found. `lead` sketches its first words."""

    likeness: Fingerprint
    bands: tuple[str, ...]
    lead: bytes


def make_signature(parsed: ParsedItem) -> Signature | None:
    """Return the signature of an item; None for a kill, and if the text is too short."""
    return make_signatures([parsed])[0]


def make_signatures(batch: Sequence[ParsedItem]) -> list[Signature | None]:
    """Return what `make_signature` returns for each item."""
    runs = shingle_all([body_words(parsed.item, parsed.dateline) for parsed in batch])
    return [_sign(parsed, own) for parsed, own in zip(batch, runs, strict=True)]


def _sign(parsed: ParsedItem, runs: Hashes) -> Signature | None:
    """Return the signature of an item by the hashes of its shingles, in text order."""
    item, life = parsed.item, parsed.life
    hashes = distinct_hashes(runs)
    if life.signal is Signal.WITHDRAWN or len(hashes) < SHINGLES_MIN:
        return None
    agency = (parsed.dateline.agency if parsed.dateline else None) or item.infosource
    likeness = Fingerprint(
        uri=item.uri,
        sketch=sketch_of(hashes),
        shingles=len(hashes),
        source=item.source[:_LONGEST],
        agency=agency.casefold()[:_LONGEST],
        slug=(life.slug or item.slugline).casefold()[:_LONGEST],
        number=life.item_number or "",
        corrects=life.signal is Signal.CORRECTED,
    )
    lead = sketch_of(distinct_hashes(runs[: LEAD_WORDS - WIDTH + 1]))
    return Signature(likeness=likeness, bands=bands_of(hashes), lead=lead)


def find_original(
    later: Signature, candidates: Sequence[DuplicateCandidate]
) -> DuplicateCandidate | None:
    """Return the original that an item duplicates, None if it duplicates no candidate.

    Of several originals, return the first of those that contain most of the item.
    """
    sketch = later.likeness.sketch
    originals = [candidate for candidate in candidates if _is_duplicate(later, candidate.likeness)]
    return max(
        originals,
        key=lambda original: containment(sketch, original.likeness.sketch),
        default=None,
    )


def _is_duplicate(later: Signature, original: Fingerprint) -> bool:
    own = later.likeness
    # A correction must reach the desks that have the error, so it duplicates only a correction.
    if own.uri == original.uri or own.corrects != original.corrects:
        return False
    contained = containment(own.sketch, original.sketch)
    has_grown = own.shingles > GROWN * original.shingles
    if _is_next_of_sender(own, original):
        return contained >= REPEATED and not has_grown
    if contained < CONTAINED or own.shingles > TOLD_MORE * original.shingles:
        return False
    if has_grown and _is_running_story(own, original):
        return False
    return (
        contained >= CONTAINED_DESPITE_LEAD
        or containment(later.lead, original.sketch) >= LEAD_CONTAINED
    )


def _is_next_of_sender(own: Fingerprint, earlier: Fingerprint) -> bool:
    """Return True for two items of an agency from the same feed, or with two item numbers.

    The later item usually continues the story, with old text below new text; only an almost
    complete repeat is a duplicate.
    """
    if own.agency != earlier.agency:
        return False
    if own.source and own.source == earlier.source:
        return True
    return bool(own.agency and own.number and earlier.number and own.number != earlier.number)


def _is_running_story(own: Fingerprint, earlier: Fingerprint) -> bool:
    """Return True for two items of the same agency under the same slug."""
    return bool(own.slug) and (own.agency, own.slug) == (earlier.agency, earlier.slug)
