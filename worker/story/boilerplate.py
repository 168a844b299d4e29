"""The words of a story by themselves: without dateline, credits and what agencies put around it."""

import re
from collections.abc import Iterator

from worker.model import Dateline, NewsItem

__all__ = ["UNSPACED", "body_words"]

_WORDS_MAX = 3000
"""Two items whose first so many words are alike are alike."""

_CHARACTERS_MAX = 40_000
_HEAD = 1000
"""A dateline that begins later is no head: what stands before it is the story."""

_LONGEST = 400
"""Code points. A longer paragraph is no credit, however it begins."""

# `(Reporting by Ina Holm; Editing by Jo Berg)`, `With reporting from Oslo by ...`
_CREDIT = r"""
    (?:additional\ |with\ )?
    (?:reporting|writing|editing|reported|written|edited|compiled|translated|produced)
    \ (?:in|from|by)\b
"""

# `Source: Norsk Wire`, `Read more: ...`, `Photo by ...`, `By Ina Holm, Staff Writer`
_LABEL = r"""
    (?:source|via|photo|photos|picture|image|file\ photo|read\ more|read\ also|see\ also|related
      |more\ on\ this|follow\ us|subscribe|sign\ up|click\ here|media\ contact|contact|tags)
    (?::|\ (?:to|by|on|at|for|here|us)\b)
    | by\ [^\n.]{1,70}\Z
"""

# `The material in this report may not be published`, `(c) 2026 Norsk Wire. All rights reserved.`
_RIGHTS = r"""
    ©|c\)\ |copyright\b
    | [^\n]{0,200}\b(?:all\ rights\ reserved|may\ not\ be\ (?:published|reproduced|redistributed))
"""

# `This story first appeared on ...`, `Except for the headline, this story has not been edited ...`
_ORIGIN = r"""
    (?:except\ for\ the\ headline,\ )?(?:this|the)\ (?:article|story|report|text|item|content)
    \ (?:was\ |is\ |has\ |first\ |originally\ )+
    (?:appeared|published|republished|produced|provided|generated|supplied|distributed|taken
      |been\ (?:published|provided|edited)|not\ been\ edited)\b
"""

_FURNITURE = re.compile(rf"(?:{_CREDIT}|{_LABEL}|{_RIGHTS}|{_ORIGIN})", re.VERBOSE)

# `-0-`, `(END)`, `MORE`, `-30-`, `***`, without the marks around them
_END = re.compile(r"(?:ends?|more|\d{1,2}|x{2,4}|[a-z]{2,3}/[a-z]{2,3})?")
_MARKS = " ()[]{}<>*#+=~_/|\\.,:;!-\u2013\u2014\u2022\u00b7"

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")

UNSPACED = "\u0e00-\u109f\u2e80-\uabff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts that put no space between words: there each character is a word."""

_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`\u00ad"))


def body_words(item: NewsItem, dateline: Dateline | None = None) -> list[str]:
    r"""The words of the body, folded, in order; at most the first 3,000.

    >>> body = "PARIS, May 2. /TASS/. It’s over.\n\n(Reporting by Ina Holm)"
    >>> body_words(NewsItem(uri="urn:x", version="1", body_text=body))
    ['paris', 'may', '2', 'tass', 'its', 'over']
    """
    words: list[str] = []
    for paragraph in _paragraphs(_after_dateline(item, dateline)):
        found = _ASCII_WORD if paragraph.isascii() else _WORD
        words += found.findall(paragraph)
        if len(words) >= _WORDS_MAX:
            break
    return words[:_WORDS_MAX]


def _after_dateline(item: NewsItem, dateline: Dateline | None) -> str:
    """The body from where the dateline ends: slugs, bylines and notes stand before it."""
    body = item.body_text
    if dateline is not None:
        head = item.text.removesuffix(body)
        end = dateline.span.end - len(head)
        if end > 0 and dateline.span.start - len(head) < _HEAD:
            body = body[end:]
    return body[:_CHARACTERS_MAX]


def _paragraphs(body: str) -> Iterator[str]:
    """The paragraphs that tell something, folded for comparison."""
    folded = body.casefold().translate(_APOSTROPHES)
    for paragraph in _PARAGRAPH.split(folded):
        if len(paragraph) > _LONGEST or not _is_furniture(paragraph):
            yield paragraph


def _is_furniture(paragraph: str) -> bool:
    bare = " ".join(paragraph.split()).strip(_MARKS)
    return bool(_FURNITURE.match(bare) or _END.fullmatch(bare))
