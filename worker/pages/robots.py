"""robots.txt: what a site allows us, and how fast.

Source: RFC 9309; `Crawl-delay` is not in it and kept all the same.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from protego import Protego

__all__ = ["ALLOW_ALL", "ROBOT", "UNREADABLE", "RobotsCache", "Rules", "origin_of", "read_rules"]

ROBOT = "copytaster"
"""Our product token: the first word of our User-Agent."""

LIMIT_CHARS = 512 * 1024
"""Source: RFC 9309, section 2.5: at least 500 kibibytes are read."""

KEPT = timedelta(days=1)
"""Source: RFC 9309, section 2.4: no longer than 24 hours."""

AGAIN = timedelta(minutes=1)
"""A robots.txt that could not be read is asked for again after this."""

LIMIT_DELAY_S = 86_400.0
"""A longer Crawl-delay is misprinted: a turn is kept until it comes, for years if need be."""

_LIMIT_ORIGINS = 2000
_LIMIT_KEPT_CHARS = 8 * 1024 * 1024
_OTHERS = "others"

_AGENT_LINE = re.compile(
    r"""
    [ \t]{0,64} user[- ]?agent [ \t]{0,64} :?   # User-agent:
    (?P<name> [^#]{0,500} )                     # copytaster/1.0
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a robots.txt says to us. `text` is empty where there is none; `is_known` is False while
    it cannot be read, and then nothing is allowed.
    """

    text: str = ""
    is_known: bool = True
    _grammar: "Protego | None" = None

    def allows(self, url: str) -> bool:
        r"""May we ask for this address?

        >>> read_rules("User-agent: *\nDisallow: /a").allows("https://news.example/b")
        True
        """
        return self.is_known and (self._grammar is None or self._grammar.can_fetch(url, ROBOT))

    @property
    def delay_s(self) -> float:
        """Seconds between two of our requests, as the site asks, and a day at most; 0 where it asks
        for nothing.
        """
        asked_s = (self._grammar and self._grammar.crawl_delay(ROBOT)) or 0.0
        return min(asked_s, LIMIT_DELAY_S)


ALLOW_ALL = Rules()
"""There is no robots.txt: everything is allowed. Source: RFC 9309, section 2.3.1.3."""

UNREADABLE = Rules(is_known=False)
"""The site cannot say: nothing is. Source: RFC 9309, section 2.3.1.4."""


def read_rules(text: str) -> Rules:
    r"""The rules in a robots.txt; what is beyond its limit is not read.

    >>> read_rules("User-agent: copytaster\nCrawl-delay: 5\nDisallow: /").delay_s
    5.0
    """
    from protego import Protego  # noqa: PLC0415  # loaded with the first robots.txt

    text = "\n".join(_ours(text[:LIMIT_CHARS]))
    return Rules(text, _grammar=Protego.parse(text))


def _ours(text: str) -> list[str]:
    """The lines, with every other robot under one name.

    Only three names are told apart: ours, `*` and all others. A library that gives each of thirty
    thousand robots each of as many rules would take all memory; and it would take a group for
    `copy` as ours.
    """
    lines: list[str] = []
    for line in text.splitlines():
        found = _AGENT_LINE.match(line)
        if not found:
            lines.append(line)
            continue
        name = found["name"].strip().lower().partition("/")[0]
        known = name if name in {ROBOT, "*"} else _OTHERS
        said = f"User-agent: {known}"
        if not lines or lines[-1] != said:
            lines.append(said)
    return lines


def origin_of(url: str) -> str:
    """Scheme, host and port: one robots.txt speaks for them.

    >>> origin_of("https://user:pw@News.example:443/a?b")
    'https://news.example:443'
    """
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"


@dataclass(slots=True)
class _Kept:
    rules: Rules
    until: datetime


class RobotsCache:
    """The rules of the origins that we asked lately, the longest unused forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._chars = 0
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def rules(
        self, origin: str, now: datetime, ask: Callable[[str], Awaitable[Rules]]
    ) -> Rules:
        """The origin's rules, asked for where we have none that are fresh; once, whoever waits."""
        lock = self._asking.get(origin)
        if lock is None:
            self._asking[origin] = lock = asyncio.Lock()
        async with lock:
            known = self._kept.get(origin)
            if known is None or known.until <= now:
                rules = await ask(origin)
                self._keep(origin, _Kept(rules, now + (KEPT if rules.is_known else AGAIN)))
            self._kept.move_to_end(origin)
            return self._kept[origin].rules

    def _keep(self, origin: str, kept: _Kept) -> None:
        self._forget(origin)
        while self._kept and (
            len(self._kept) >= _LIMIT_ORIGINS
            or self._chars + len(kept.rules.text) > _LIMIT_KEPT_CHARS
        ):
            self._forget(next(iter(self._kept)))
        self._kept[origin] = kept
        self._chars += len(kept.rules.text)

    def _forget(self, origin: str) -> None:
        gone = self._kept.pop(origin, None)
        self._chars -= len(gone.rules.text) if gone else 0
