"""The languages that are read; each has a module or a package.

A language reads drafts, items with their text and dateline, and returns for each its entities,
quotes and statements. Items in any other language are read by `marks`: their quotation marks only.
A module is imported with the first item in its language, so that it costs nothing before.
docs/extending.md says how to add one.
"""

from collections.abc import Callable, Sequence
from importlib import import_module

from worker.parse.languages.drafts import ItemDraft, Reading

__all__ = ["LANGUAGES", "ItemDraft", "Reader", "Reading", "is_supported", "reader_of"]

Reader = Callable[[Sequence[ItemDraft]], list[Reading]]
"""Returns the reading of each draft. It is pure and total, as all of `worker.parse`."""

LANGUAGES = {"en": "english.read_english", "ru": "russian.read_russian"}
"""The reader of each language, by its BCP 47 primary language."""

_UNSUPPORTED = "marks.read_marks"


def is_supported(language: str) -> bool:
    """Return True for a language whose speakers, statements and names are read."""
    return language in LANGUAGES


def reader_of(language: str) -> Reader:
    """Return the reader of a language; that of quotation marks if it is not supported."""
    module, _, name = LANGUAGES.get(language, _UNSUPPORTED).rpartition(".")
    reader: Reader = getattr(import_module(f"{__name__}.{module}"), name)
    return reader
