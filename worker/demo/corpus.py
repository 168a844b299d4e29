"""The made-up wire items and the demo's feeds, loaded from the files under seeds/."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

from worker.errors import SettingsError
from worker.model import NewsItem, PubStatus, content_digest
from worker.polling.feeds_file import seeds_directory
from worker.polling.toml_tables import read_row, read_rows, read_toml

__all__ = [
    "DemoFeed",
    "FeedFormat",
    "SeedItem",
    "load_demo_feeds",
    "load_seed_items",
]


class FeedFormat(StrEnum):
    """The format in which a demo feed is served."""

    RSS = "rss"
    RDF = "rdf"
    ATOM = "atom"
    JSON_FEED = "json-feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedItem:
    """A version of a made-up wire item.

    `stage` is the step of the demo, from 1, at which the version appears. `rubric` is the section
    line above the headline. `people` are the surnames that `scale_items` may change, `tags` the
    constructions that the text demonstrates.
    """

    item: NewsItem
    name: str = ""
    agency: str = ""
    stage: int = 1
    rubric: str = ""
    people: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """The item as plain text, in the layout of an agency's page, rubric first."""
        return f"{self.rubric}\n\n{self.item.text}" if self.rubric else self.item.text


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFeed:
    """A feed of the demo: `path` is its URL path on the loopback server, `items` every version."""

    path: str
    name: str
    agency: str
    format: FeedFormat
    language: str = "en"
    items: tuple[SeedItem, ...] = ()


class _ItemFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of seeds/items: the fields of NewsItem, and those of SeedItem."""

    agency: str
    uri: str
    headline: str
    body_text: str
    language: str
    deck: str = ""
    slugline: str = ""
    byline: str = ""
    located: str = ""
    pubstatus: PubStatus = PubStatus.USABLE
    urgency: int | None = None
    firstcreated: datetime | None = None
    versioncreated: datetime | None = None
    embargoed: datetime | None = None
    ednote: str = ""
    link: str = ""
    rights: str = ""
    rubric: str = ""
    stage: int = 1
    people: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class _DemoRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: str
    name: str
    agency: str
    format: FeedFormat
    items: tuple[str, ...]
    language: str = "en"


@cache
def load_seed_items() -> tuple[SeedItem, ...]:
    """Return every version of every made-up item, ordered by file name.

    Raises:
        SettingsError: A file is not valid; the message names it and the field.
    """
    paths = sorted((seeds_directory() / "items").glob("*.toml"))
    return tuple(_load_item(path) for path in paths)


@cache
def load_demo_feeds() -> tuple[DemoFeed, ...]:
    """Return the demo's feeds, with their items of every stage.

    Raises:
        SettingsError: seeds/demo.toml is not valid, or names an item without a file.
    """
    path = seeds_directory() / "demo.toml"
    by_name = {seed.name: seed for seed in load_seed_items()}
    feeds: list[DemoFeed] = []
    for number, row in enumerate(read_rows(path, "feed", _DemoRow), start=1):
        for name in row.items:
            if name not in by_name:
                subject = f"{path}, [[feed]] {number}"
                raise SettingsError(f"items: there is no items/{name}.toml", subject=subject)
        feeds.append(
            DemoFeed(
                path=row.path,
                name=row.name,
                agency=row.agency,
                format=row.format,
                language=row.language,
                items=tuple(by_name[name] for name in row.items),
            )
        )
    return tuple(feeds)


def _load_item(path: Path) -> SeedItem:
    row = read_row(read_toml(path), _ItemFile, subject=str(path))
    body_text = row.body_text.strip("\n")
    item = NewsItem(
        uri=row.uri,
        # As a poll does: feeds name no versions.
        version=content_digest(row.headline, row.deck, body_text, row.pubstatus),
        headline=row.headline,
        deck=row.deck,
        body_text=body_text,
        slugline=row.slugline,
        byline=row.byline,
        located=row.located,
        language=row.language,
        pubstatus=row.pubstatus,
        urgency=row.urgency,
        firstcreated=_as_utc(row.firstcreated),
        versioncreated=_as_utc(row.versioncreated),
        embargoed=_as_utc(row.embargoed),
        ednote=row.ednote,
        infosource=row.agency,
        link=row.link or (row.uri if row.uri.startswith("https://") else ""),
        rights=row.rights,
    )
    return SeedItem(
        item=item,
        name=path.stem,
        agency=row.agency,
        stage=row.stage,
        rubric=row.rubric,
        people=row.people,
        tags=row.tags,
    )


def _as_utc(moment: datetime | None) -> datetime | None:
    """Return the moment in UTC; without a zone it is taken as UTC."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
