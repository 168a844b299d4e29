"""Indefinite nouns: speakers that a text leaves without a name, as `a senior official`."""

import re

from worker.parse.quotes.coreference.discourse import DiscourseModel, Resolution
from worker.parse.quotes.lexicon.noun_classes import DOCUMENT_NOUNS, ORGANISATION_NOUNS
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import MentionType

__all__ = ["ANONYMOUS_SOURCES", "INDEFINITES", "find_indefinite", "is_unnamed_source"]

INDEFINITES = frozenset("a an one some many several two three four another any".split())
ANONYMOUS_SOURCES = frozenset("source sources insider eyewitness".split())
"""Nouns for a speaker who is to stay unnamed."""
_LOOK_BACK_CHARS = 1500
"""Characters before a mention in which its noun may be introduced."""
_MAX_PHRASE_CHARS = 60
_ARTICLE = re.compile(
    r"""
    (?<![,–—-][ ])                                                  # no apposition
    (?<!\bis[ ]) (?<!\bwas[ ]) (?<!\bas[ ]) (?<!\bwere[ ])          # no predicate
    \b [Aa]n? [ ] (?: (?!the\b|said\b|by\b|to\b) [\w’'-]+ [ ] ){0,5} \Z  # a senior Hamas official
    """,
    re.VERBOSE,
)
_NAME = re.compile(r",?\ [A-Z]|\ (?:named|called)\b")
"""A name after the noun: `an official, Ann Lee,`, `a nurse named Ann Lee`."""


def find_indefinite(model: DiscourseModel, noun: str, at: int) -> int:
    """Return the last offset before `at` that introduces the noun without a name, else -1.

    `A senior official spoke.`: a later `the official` is this person, whoever else is an official.
    """
    full = model.text.full
    floor = max(0, at - _LOOK_BACK_CHARS)
    last = -1
    start = full.find(noun, floor, at) if noun.isalpha() else -1
    while start >= 0:
        end = start + len(noun)
        before = full[max(floor, start - _MAX_PHRASE_CHARS) : start]
        is_word = not full[end : end + 1].isalnum()
        if is_word and _has_article(before) and not _NAME.match(full, end):
            last = start
        start = full.find(noun, end, at)
    return last


def _has_article(before: str) -> bool:
    """Return True for text that ends in an indefinite article and adjectives."""
    # The plain search spares most texts the pattern, which reads backwards.
    has_letters = "a " in before or "n " in before or "A " in before
    return has_letters and _ARTICLE.search(before) is not None


def is_unnamed_source(mention: NounPhrase | None, resolution: Resolution) -> bool:
    """Return True for a person whom the text leaves unnamed: `a spokesman`, `the source`."""
    if resolution.name or mention is None or mention.type is not MentionType.NOMINAL:
        return False
    if mention.head in DOCUMENT_NOUNS or mention.head in ORGANISATION_NOUNS:
        return False
    return mention.first_word in INDEFINITES or mention.head in ANONYMOUS_SOURCES
