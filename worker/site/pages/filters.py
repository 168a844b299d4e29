"""The filters of the wire, which its URL holds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from urllib.parse import urlencode

from worker.archive.search import Query
from worker.archive.views import WireRow
from worker.desks.uri import encode_uri
from worker.render.console import one_line

__all__ = ["Filters"]

_LONGEST = 200
_LONGEST_SOURCE = 2048
"""Code points of a filter; those of a source are a feed's URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of the wire; an empty filter passes every item.

    Attributes:
        desk: The name of a desk, whose events are shown instead of those of the archive.
        agency: The agency's usual name.
        place: A place of the dateline, or its ISO 3166-1 alpha-2 code.
        speaker: The name of a speaker, or a part of it in whole words.
        language: A BCP 47 tag, or the beginning of a tag: `en` passes `en-GB`.
        source: The feed's URL without secrets, or the name that the sender of a message gave.
    """

    desk: str = ""
    agency: str = ""
    place: str = ""
    speaker: str = ""
    language: str = ""
    source: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """Return the filters of a request's query, which may hold any characters."""
        words = {field.name: one_line(query.get(field.name, "")) for field in fields(cls)}
        return cls(
            **{
                name: value[: _LONGEST_SOURCE if name == "source" else _LONGEST]
                for name, value in words.items()
            }
        )

    @property
    def in_use(self) -> tuple[str, ...]:
        """The names of the filters that are not empty."""
        return tuple(name for name, words in asdict(self).items() if words)

    def address(self, **more: object) -> str:
        """Return the URL of the wire with these filters and with other parameters.

        >>> Filters(agency="TASS").address(before=12)
        '/?agency=TASS&before=12'
        """
        query = {name: words for name, words in {**asdict(self), **more}.items() if words}
        return f"/?{urlencode(query)}" if query else "/"

    def without(self, name: str) -> str:
        """Return the URL of the wire without a filter."""
        return replace(self, **{name: ""}).address()

    def at(self, desk: str) -> "Filters":
        """Return the same filters on a desk."""
        return replace(self, desk=desk)

    def as_query(self, *, before: int, limit: int) -> Query:
        """Return the search in the archive that these filters describe."""
        return Query(
            agency=self.agency,
            place=self.place,
            speaker=self.speaker,
            language=self.language,
            source=self.source,
            before=before,
            limit=limit,
        )

    def wants(self, row: WireRow) -> bool:
        """Return True for a row of a desk that passes all filters.

        The filters compare whole words, like the archive's full-text search.
        """
        return (
            _has_words(self.agency, row.agency)
            and _has_words(self.place, f"{row.place} {row.country}")
            and (not self.speaker or any(_has_words(self.speaker, name) for name in row.speakers))
            and row.language.casefold().startswith(self.language.casefold())
            and (not self.source or row.source == encode_uri(self.source))
        )


def _has_words(wanted: str, words: str) -> bool:
    """Return True if a text has the wanted words as a phrase, or if no word is wanted."""
    return not wanted or f" {' '.join(wanted.casefold().split())} " in (
        f" {' '.join(words.casefold().split())} "
    )
