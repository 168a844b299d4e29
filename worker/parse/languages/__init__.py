"""The languages that are read, each a package with a function `read_all`.

A language reads drafts, items with their text and dateline, and returns for each its entities,
quotes and statements. Items in any other language are read by `marks`: their quotation marks alone.
A package is imported with the first item in its language, so that it costs nothing before.
docs/extending.md says how to add one.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from worker.parse.languages.drafts import Draft, Reading

__all__ = ["LANGUAGES", "Draft", "Language", "Reading", "is_supported", "language_package"]

LANGUAGES = {"en": "english"}
"""The package of each language that is read, by its BCP 47 primary language."""


class Language(Protocol):
    """The package of a language."""

    def read_all(self, drafts: Sequence[Draft]) -> list[Reading]:
        """Return the reading of each draft. It is pure and total, as all of `worker.parse`."""
        ...


def is_supported(language: str) -> bool:
    """Return True for a language whose speakers, statements and names are read."""
    return language in LANGUAGES


def language_package(language: str) -> Language:
    """Return the package that reads a language; `marks` for one that is not supported."""
    name = LANGUAGES.get(language, "marks")
    return cast("Language", import_module(f"worker.parse.languages.{name}"))
