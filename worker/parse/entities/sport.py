"""Reports of sport, in which the name of a town often means its team: `Leeds beat Porto`."""

from collections.abc import Iterable

__all__ = ["is_sport_report"]

_SPORT_WORDS = frozenset(
    "athletics badminton baseball basketball batsman bowler champions championship championships"
    " coach cricket cup cycling football game games goal goalkeeper goals golf halftime hockey"
    " innings lap league match matches midfielder nba nfl nhl olympic overs overtime penalty"
    " playoff playoffs qualifier qualifying rugby scored scorers seed seeded semifinal semifinals"
    " skating skiing soccer sport sports squad standings striker stumps tennis touchdown"
    " tournament unseeded wicket wickets".split()
)
_FEWEST_SPORT_WORDS = 3
"""Different words of sport in an item that reports it; news of other kinds has one or two."""


def is_sport_report(words: Iterable[str]) -> bool:
    """Return True if the words of an item are those of a report of sport.

    >>> is_sport_report("Porto lost the cup match to a late goal".split())
    True
    """
    return len(_SPORT_WORDS.intersection(map(str.lower, words))) >= _FEWEST_SPORT_WORDS
