"""Roles of people, and the words that they are made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.parse.entities.lexicon import Lexicon

__all__ = ["LINKERS", "WORD", "PersonRole", "is_office", "is_trade", "role_descriptors"]

WORD = re.compile(r"\w+(?:[.'’&/-]\w+)*\.?")

LINKERS = frozenset("of to for at on the and in under with from".split())

_GENERIC = frozenset(
    "man woman boy girl teenager partner friend colleague neighbour neighbor companion counterpart"
    "".split()
)
"""Heads that say less of a person than any other: `the woman, Ann Moe, a retired judge, said`."""

_TRADE = re.compile(r"[a-z-]{2,}(?:ist|ian|man|woman|ess|er|or|ee|eer|ant|keeper|hand)s?")
"""Endings of trades: "climatologist", "bakery owner", "off-spinner"."""


@dataclass(frozen=True, slots=True)
class PersonRole:
    """A title or description of a person, as written; `heads` are its nouns of office, lower case.

    `deputy foreign minister` has the head `minister`.
    """

    text: str
    heads: tuple[str, ...] = ()

    @property
    def is_generic(self) -> bool:
        """True for a rank alone, and for nouns such as "woman" and "friend"."""
        return _GENERIC.issuperset(self.heads)


def role_descriptors(roles: Sequence[PersonRole]) -> tuple[str, ...]:
    """Return the roles as descriptors: each phrase, then its heads, without duplicates."""
    return tuple(
        dict.fromkeys([word for role in roles for word in (role.text.lower(), *role.heads)])
    )


def is_office(lower: str, lexicon: Lexicon) -> bool:
    """True for a noun of office, alone or in a compound: "vice-captain", "ambassador-at-large"."""
    first, hyphen, rest = lower.partition("-")
    if not hyphen:
        return lower in lexicon.role_heads
    return first in lexicon.role_heads or rest.rpartition("-")[2] in lexicon.role_heads


def is_trade(lower: str, lexicon: Lexicon) -> bool:
    """True for a word formed like the name of a trade ("climatologist"), unless a list excludes it.

    "October" and "however" end like trades; the lists `notrade`, `stop` and `verbs` hold the
    exceptions, and the list `trade` those formed otherwise: "clerk", "vet".
    """
    if lower in lexicon.trades:
        return True
    if lower in lexicon.no_trades or lower in lexicon.stop or lower in lexicon.verbs:
        return False
    return len(lower) > 4 and _TRADE.fullmatch(lower) is not None
