"""Feeds files: which feeds to poll, as TOML."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from worker.errors import SettingsError
from worker.model import Feed, feed_id
from worker.polling.toml_tables import read_rows

__all__ = ["load_feeds_file"]

_WEEK_S = 7 * 24 * 3600

_Interval = Annotated[int, msgspec.Meta(ge=1, le=_WEEK_S)]


class _FeedRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str
    name: str = ""
    agency: str = ""
    language: str = ""
    full_text: bool = False
    interval_s: _Interval = 0


def load_feeds_file(path: Path | str) -> tuple[Feed, ...]:
    """The feeds of a TOML file, in its order: one `[[feed]]` with a `url` each.

    Raises:
        SettingsError: The file cannot be read, is not TOML, or a row is wrong: file, row and field
            are named.
    """
    path = Path(path)
    feeds: list[Feed] = []
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
        feeds.append(
            Feed(
                id=feed_id(url),
                url=url,
                name=row.name,
                agency=row.agency,
                language=row.language,
                full_text=row.full_text,
                interval_s=row.interval_s,
            )
        )
    return tuple(feeds)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # "http://[": not an address at all
        return False
