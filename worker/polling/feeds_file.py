"""Feeds files: the feeds to poll, as TOML."""

from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from worker.errors import SettingsError
from worker.model import Feed, feed_id
from worker.polling.toml_tables import named_by, read_rows
from worker.ports import FeedStore

__all__ = [
    "SuggestedFeed",
    "load_feeds_file",
    "load_suggested_feeds",
    "seed_feeds",
    "seeds_directory",
]

_WEEK_S = 7 * 24 * 3600

_Interval = Annotated[int, msgspec.Meta(ge=1, le=_WEEK_S)]


class _FeedRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str
    name: str = ""
    agency: str = ""
    language: str = ""
    full_text: bool = False
    interval_s: _Interval = 0
    terms: str = ""


class SuggestedFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A public feed that comes with the service and is polled only once it has been imported.

    `terms` says where the publisher's terms of use are.
    """

    feed: Feed
    terms: str


def load_feeds_file(path: Path | str) -> tuple[Feed, ...]:
    """Return the feeds of a TOML file in its order, each a `[[feed]]` with a `url`.

    Raises:
        SettingsError: The file cannot be read, is not TOML, or a row is invalid; the message names
            the file, the row and the field.
    """
    return tuple(suggested.feed for suggested in _load_rows(Path(path)))


def load_suggested_feeds() -> tuple[SuggestedFeed, ...]:
    """Return the feeds that come with the service, in their order.

    Raises:
        SettingsError: The seed files are not installed.
    """
    return _load_rows(seeds_directory() / "feeds.toml")


def _load_rows(path: Path) -> tuple[SuggestedFeed, ...]:
    feeds: list[SuggestedFeed] = []
    first_row: dict[str, int] = {}
    for number, row in enumerate(read_rows(path, "feed", _FeedRow), start=1):
        url = row.url.strip()
        subject = f"{path}, [[feed]] {number}"
        if not _is_http(url):
            raise SettingsError(
                f'url: "{row.url}" is not an http or https address', subject=subject
            )
        if url in first_row:
            raise SettingsError(f"url: {url} is already in row {first_row[url]}", subject=subject)
        first_row[url] = number
        feed = Feed(
            id=feed_id(url),
            url=url,
            name=row.name,
            agency=row.agency,
            language=row.language,
            full_text=row.full_text,
            interval_s=row.interval_s,
        )
        feeds.append(SuggestedFeed(feed=feed, terms=row.terms))
    return tuple(feeds)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # "http://[" is no address
        return False


def seed_feeds(feeds: FeedStore, path: str) -> int:
    """Add the feeds of a feeds file to a store without feeds; return their number.

    Args:
        feeds: The feeds of the store.
        path: The file; empty for none, so that no publisher is asked without being chosen.

    Raises:
        SettingsError: As `load_feeds_file`.
    """
    if not path or next(feeds.all(), None) is not None:
        return 0
    with named_by("COPYTASTER_FEEDS"):
        return feeds.add(load_feeds_file(path))


@cache
def seeds_directory() -> Path:
    """Return the directory of the seed files: worker/_seeds of a wheel, or seeds/ of a checkout.

    Raises:
        SettingsError: Neither directory exists.
    """
    package = Path(__file__).resolve().parent.parent
    for directory in (package / "_seeds", package.parent / "seeds"):
        if (directory / "items").is_dir():
            return directory
    raise SettingsError("the seed files are not installed", subject=str(package / "_seeds"))
