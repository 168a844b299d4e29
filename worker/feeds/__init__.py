"""Feeds: the bytes of a document to NewsItems, without network or clock.

    encoding -> detect -> formats/ (a file for each format) -> items (identity, html_to_text, dates)

The names below load with their first use, so that a process that only parses text loads no format.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.feeds.reading import FeedRead, ListedEntry, list_feed, read_feed

__all__ = ["FeedRead", "ListedEntry", "list_feed", "read_feed"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from worker.feeds import reading  # noqa: PLC0415  # see above

    return getattr(reading, name)
