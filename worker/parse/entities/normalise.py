"""From tagged spans to mentions: the usual form of each name, and what the lists know of it."""

import re
from collections.abc import Sequence

from worker.model import EntityLabel
from worker.parse.entities.lexicon import Lexicon, load_lexicon
from worker.parse.entities.name_grammar import NameMention
from worker.parse.entities.tagger import TaggedSpan

__all__ = ["name_mentions"]

_ADDRESS = frozenset("Sheikh Sir Mullah Imam Datuk President Senator General Colonel Judge".split())

_PARTY_STATE = re.compile(r"[RDI]-[A-Z][\w. ]+")
"""A party's letter before a senator's state: "R-Ohio"."""

_OFFICE_OF = re.compile(
    r"(?:Governor|Head|President|Director|Chairman|Chairwoman|Chief|Rector|Secretary)"
    r"[ ]of[ ](?:the[ ])?(?=[A-Z])"
)
"""An office before the body that it belongs to: "Governor of the Bank of Russia"."""

_TO_VERBS = frozenset(
    "Back Ban Beat Block Bring Call Challenge Debate Depose Endorse Face Fight Fire Free Give Help"
    " Hire Hold Honor Host Impeach Jail Join Keep Lead Let Make Meet Name Oppose Oust Pardon Pay"
    " Replace Rival Run Save Seek Send Stop Succeed Sue Support Take Tell Try Visit".split()
)
"""Verbs that stand before a name in a headline with every word in capitals: "Moe to Face Lind"."""

_TRADE = re.compile(
    r"(?:[A-Z][a-z]+maker|Miner|Brewer|Insurer|Lender|Retailer|Airline|Utility)[ ](?=[A-Z])"
)
"""What a firm does, at the head of a sentence, before its name: "Carmaker Volta"."""

_LETTERS_AFTER = re.compile(r",?[ ](?:KC|QC|SC|MP|MSP|MEP|MLA|OBE|MBE|CBE|KBE|DBE|PhD)\Z")
"""Letters after a name, which are honours and no part of it: "Ann Moe KC"."""

_LONGEST_ACRONYM = 4
"""Letters. A longer word in capitals is a name in capitals, unless the lists say otherwise."""


def name_mentions(
    full: str, tagged: Sequence[TaggedSpan], listed: Sequence[NameMention]
) -> list[NameMention]:
    """The tagged spans with their names; those that the list finder read keep what it knows."""
    lexicon = load_lexicon()
    by_span = {(mention.start, mention.end): mention for mention in listed}
    mentions: list[NameMention] = []
    for start, end, label in (_without_title(full, *span, lexicon) for span in tagged):
        own = by_span.get((start, end))
        name = own.name if own else _usual_form(full[start:end], lexicon)
        known = lexicon.entries.get(name)
        if known and known.label is not label:
            known = None
        mentions.append(NameMention(start, end, label, name, known))
    return mentions


def _without_title(
    full: str, start: int, end: int, label: EntityLabel, lexicon: Lexicon
) -> TaggedSpan:
    """The span, without the form of address that a person's name begins with."""
    if _PARTY_STATE.fullmatch(full, start, end):
        return TaggedSpan(start + 2, end, EntityLabel.GPE)
    office = _OFFICE_OF.match(full, start, end) if label is EntityLabel.ORG else None
    if office:
        return TaggedSpan(office.end(), end, label)
    trade = _TRADE.match(full, start, end) if label is EntityLabel.ORG else None
    if trade:
        return TaggedSpan(trade.end(), end, label)
    first, _, rest = full[start:end].partition(" ")
    if label is not EntityLabel.PERSON:
        return TaggedSpan(start, end, label)
    is_verb = first in _TO_VERBS and full.endswith("to ", 0, start)
    is_title = first.rstrip(".").lower() in lexicon.abbreviations or first in _ADDRESS
    if rest[:1].isupper() and (is_verb or is_title):
        start = end - len(rest)
    letters = _LETTERS_AFTER.search(full[start:end])
    return TaggedSpan(start, start + letters.start() if letters else end, label)


def _usual_form(words: str, lexicon: Lexicon) -> str:
    """The name with single blanks, and in usual case where it is printed in capitals."""
    name = " ".join(words.split())
    if not name.isupper() or name in lexicon.entries or len(name) <= _LONGEST_ACRONYM:
        return name
    return " ".join(lexicon.upper.get(word, word.title()) for word in name.split())
