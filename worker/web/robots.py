"""robots.txt: the pages that a site allows us to fetch, and how fast.

Source: RFC 9309; `Crawl-delay` is not part of it, but obeyed.
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

__all__ = [
    "ALLOW_ALL",
    "ROBOT",
    "UNREADABLE",
    "RobotsCache",
    "RobotsRules",
    "origin_of",
    "read_robots",
]

ROBOT = "copytaster"
"""Our product token: the first word of our User-Agent."""

LIMIT_CHARS = 512 * 1024
"""Source: RFC 9309, section 2.5: at least 500 kibibytes are read."""

CACHED_FOR = timedelta(days=1)
"""Source: RFC 9309, section 2.4: no longer than 24 hours."""

RETRY_AFTER = timedelta(minutes=1)
"""The wait before a robots.txt that could not be fetched is asked for again."""

LIMIT_DELAY_S = 86_400.0
"""A longer Crawl-delay is a misprint, which would reserve the host's slots for years."""

_LIMIT_ORIGINS = 2000
_LIMIT_CACHED_CHARS = 8 * 1024 * 1024
_OTHERS = "others"

_AGENT_LINE = re.compile(
    r"""
    [ \t]{0,64} user[- ]?agent [ \t]{0,64} :?   # User-agent:
    (?P<name> [^#]{0,500} )                     # copytaster/1.0
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""As lenient as protego, which also reads `useragent` and a line without its colon."""


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """The rules of a robots.txt for us. `text` is empty if the site has none.

    `is_known` is False while robots.txt cannot be fetched; until then nothing is allowed.
    """

    text: str = ""
    is_known: bool = True
    _grammar: "Protego | None" = None

    def allows(self, url: str) -> bool:
        r"""True if we may fetch this URL.

        >>> read_robots("User-agent: *\nDisallow: /a").allows("https://news.example/b")
        True
        """
        return self.is_known and (self._grammar is None or self._grammar.can_fetch(url, ROBOT))

    @property
    def delay_s(self) -> float:
        """The seconds between two requests that the site asks for, up to a day; 0 if none."""
        asked_s = (self._grammar and self._grammar.crawl_delay(ROBOT)) or 0.0
        return min(asked_s, LIMIT_DELAY_S)


ALLOW_ALL = RobotsRules()
"""For a site without robots.txt: everything is allowed. Source: RFC 9309, section 2.3.1.3."""

UNREADABLE = RobotsRules(is_known=False)
"""For a robots.txt that cannot be fetched: nothing is. Source: RFC 9309, section 2.3.1.4."""


def read_robots(text: str) -> RobotsRules:
    r"""Return the rules of a robots.txt; its characters beyond LIMIT_CHARS are not read.

    >>> read_robots("User-agent: copytaster\nCrawl-delay: 5\nDisallow: /").delay_s
    5.0
    """
    from protego import Protego  # noqa: PLC0415  # loaded with the first robots.txt

    text = "\n".join(_merge_agents(text[:LIMIT_CHARS]))
    return RobotsRules(text, _grammar=Protego.parse(text))


def _merge_agents(text: str) -> list[str]:
    """Return the lines, with all other robots renamed to a single name.

    Only three names matter: ours, `*` and the others. With thirty thousand robots and as many
    rules, protego would keep every rule for every robot, until the memory is full; and it would
    apply a group for `copy` to `copytaster`.
    """
    lines: list[str] = []
    for line in text.splitlines():
        agent = _AGENT_LINE.match(line)
        if not agent:
            lines.append(line)
            continue
        name = agent["name"].strip().lower().partition("/")[0]
        merged = f"User-agent: {name if name in {ROBOT, '*'} else _OTHERS}"
        if not lines or lines[-1] != merged:
            lines.append(merged)
    return lines


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, the reach of a robots.txt.

    >>> origin_of("https://user:pw@News.example:443/a?b")
    'https://news.example:443'
    """
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"


@dataclass(slots=True)
class _CachedRules:
    rules: RobotsRules
    until: datetime


class RobotsCache:
    """The rules of recently visited origins; the least recently used are dropped first."""

    def __init__(self) -> None:
        self._cached: OrderedDict[str, _CachedRules] = OrderedDict()
        self._chars = 0
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def rules(
        self, origin: str, now: datetime, ask: Callable[[str], Awaitable[RobotsRules]]
    ) -> RobotsRules:
        """Return the origin's rules, fetched by `ask` unless fresh; callers share the fetch."""
        lock = self._asking.get(origin)
        if lock is None:
            self._asking[origin] = lock = asyncio.Lock()
        async with lock:
            cached = self._cached.get(origin)
            if cached is None or cached.until <= now:
                rules = await ask(origin)
                self._store(
                    origin,
                    _CachedRules(rules, now + (CACHED_FOR if rules.is_known else RETRY_AFTER)),
                )
            self._cached.move_to_end(origin)
            return self._cached[origin].rules

    def _store(self, origin: str, cached: _CachedRules) -> None:
        self._drop(origin)
        while self._cached and (
            len(self._cached) >= _LIMIT_ORIGINS
            or self._chars + len(cached.rules.text) > _LIMIT_CACHED_CHARS
        ):
            self._drop(next(iter(self._cached)))
        self._cached[origin] = cached
        self._chars += len(cached.rules.text)

    def _drop(self, origin: str) -> None:
        dropped = self._cached.pop(origin, None)
        self._chars -= len(dropped.rules.text) if dropped else 0
