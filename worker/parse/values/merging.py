"""Values beside the names of an item, and the day and country by which they are told."""

import datetime
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from worker.model import Dateline, Entity, EntityLabel, Span
from worker.parse.values.found import FoundValue

__all__ = ["filing_country", "merge_values", "reference_day"]


def merge_values(
    full: str, names: Sequence[Entity], values_found: Iterable[FoundValue]
) -> tuple[Entity, ...]:
    """Return the named entities and the values of a text, in text order.

    A name inside a sum of money is part of its currency (`500 million Swedish crowns`) and is left
    out; any other value that overlaps a name is left out itself (`September 11 Museum`).
    """
    starts = [name.span.start for name in names]
    values: list[Entity] = []
    inside: set[int] = set()
    for found in values_found:
        first = max(bisect_right(starts, found.start) - 1, 0)
        last = bisect_right(starts, found.end - 1)
        # `names` do not overlap, so those that touch a value stand side by side.
        touched = [at for at in range(first, last) if names[at].span.end > found.start]
        if found.label is EntityLabel.MONEY and _holds_all(found, [names[at] for at in touched]):
            inside.update(touched)
        elif touched:
            continue
        values.append(_entity(full, found))
    if not values:
        return tuple(names)
    kept = [name for at, name in enumerate(names) if at not in inside]
    return tuple(sorted((*kept, *values), key=lambda entity: entity.span))


def _entity(full: str, found: FoundValue) -> Entity:
    words = " ".join(full[found.start : found.end].split())
    return Entity(
        span=Span(found.start, found.end),
        label=found.label,
        canonical=found.text or words,
        value=found.value,
    )


def reference_day(
    dateline: Dateline | None, published: datetime.date | None
) -> datetime.date | None:
    """Return the day from which dates are told, None if it is unknown or leaves no room."""
    day = (dateline.date if dateline else None) or published
    return day if day and 1 < day.year < 9990 else None


def filing_country(dateline: Dateline | None) -> str | None:
    """Return the country of the dateline's first place."""
    return dateline.places[0].iso if dateline and dateline.places else None


def _holds_all(found: FoundValue, names: Iterable[Entity]) -> bool:
    return all(found.start <= name.span.start and name.span.end <= found.end for name in names)
