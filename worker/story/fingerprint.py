"""Whether an item says what another one has said before: a copy, by way of another feed.

A copy is told by what it adds: nearly all of its words are in the first, in the same order of
four. So a cut copy is one, and a longer text that holds the first is none, since a reader of the
first has not read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import ParsedItem, Signal
from worker.model.publishing import DuplicateCandidate, Fingerprint
from worker.story.boilerplate import body_words
from worker.story.minhash import WIDTH, bands_of, containment, distinct_hashes, shingle, sketch_of

__all__ = ["Signature", "find_original", "make_signature"]

SHINGLES_MIN = 16
"""Of a shorter text any two on one event are alike."""

HELD = 0.6
"""A copy has this part of its shingles from the first: two rewritten sentences of a short item take
a third."""

HELD_WHATEVER_LEADS = 0.85
LEAD_HELD = 0.4
LEAD_WORDS = 40
"""A new lead on old background is a follow-up, unless all but the lead is old."""

REPEATED = 0.97
GROWN = 1.05
TOLD_MORE = 1.25
"""A text that is longer than the first by more than that tells more, however much it holds."""

_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """An item's text as far as others are compared with it. `lead` is the sketch of its first
    words.
    """

    likeness: Fingerprint
    bands: tuple[str, ...]
    lead: bytes


def make_signature(parsed: ParsedItem) -> Signature | None:
    """The item's signature; None for a kill and where there is too little text."""
    item, life = parsed.item, parsed.life
    words = body_words(item, parsed.dateline)
    runs = shingle(words)
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
    later: Signature, lookalikes: Sequence[DuplicateCandidate]
) -> DuplicateCandidate | None:
    """The one that the item is a copy of: of several, the one that holds most of it, then the
    oldest.
    """
    sketch = later.likeness.sketch
    copied = [one for one in lookalikes if _is_copy(later, one.likeness)]
    return max(copied, key=lambda one: containment(sketch, one.likeness.sketch), default=None)


def _is_copy(later: Signature, first: Fingerprint) -> bool:
    own = later.likeness
    if own.uri == first.uri or own.corrects != first.corrects:
        return False
    held = containment(own.sketch, first.sketch)
    has_grown = own.shingles > GROWN * first.shingles
    if _is_retold(own, first):
        return held >= REPEATED and not has_grown
    if held < HELD or own.shingles > TOLD_MORE * first.shingles:
        return False
    if has_grown and _is_running(own, first):
        return False
    return held >= HELD_WHATEVER_LEADS or containment(later.lead, first.sketch) >= LEAD_HELD


def _is_retold(own: Fingerprint, first: Fingerprint) -> bool:
    """One sender's next item: what it repeats, it repeats on purpose."""
    if own.agency != first.agency:
        return False
    if own.source and own.source == first.source:
        return True
    return bool(own.agency and own.number and first.number and own.number != first.number)


def _is_running(own: Fingerprint, first: Fingerprint) -> bool:
    """One agency's running story, by the agency's own name of it."""
    return bool(own.slug) and (own.agency, own.slug) == (first.agency, first.slug)
