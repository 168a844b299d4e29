"""The polling interval that a feed asks for: RSS's `ttl`, the syndication module's `sy:*`."""

__all__ = ["ttl_seconds"]

_DAY_S = 86_400
_LONGEST = 9
"""Digits of a number that is still believed."""

_PERIODS_S = {
    "hourly": 3600,
    "daily": _DAY_S,
    "weekly": 7 * _DAY_S,
    "monthly": 30 * _DAY_S,
    "yearly": 365 * _DAY_S,
}
"""Source: RDF Site Summary 1.0 Modules: Syndication."""


def ttl_seconds(ttl: str, period: str, frequency: str) -> int:
    """Return the seconds between polls that a channel asks for, the longer of both; 0 for none.

    Args:
        ttl: RSS's `ttl`, in minutes.
        period: `sy:updatePeriod`; daily where only the frequency is given.
        frequency: `sy:updateFrequency`, the polls in a period; 1 where only the period is given.

    >>> ttl_seconds("60", "", ""), ttl_seconds("", "daily", "4"), ttl_seconds("", "", "2")
    (3600, 21600, 43200)
    """
    asked_s = _number(ttl, 0) * 60
    if period or frequency:
        period_s = _PERIODS_S.get(period.lower() or "daily", 0)
        asked_s = max(asked_s, period_s // max(1, _number(frequency, 1)))
    return asked_s


def _number(written: str, default: int) -> int:
    is_number = written.isascii() and written.isdigit() and len(written) <= _LONGEST
    return int(written) if is_number else default
