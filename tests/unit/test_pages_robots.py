"""robots.txt: the pages it allows, how long it is cached, and the small cost of hostile files."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from worker.web.robots import (
    ALLOW_ALL,
    LIMIT_CHARS,
    UNREADABLE,
    RobotsCache,
    origin_of,
    read_robots,
)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SITE = "https://news.example"


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow: /a", "/ab", False),
        ("User-agent: *\nDisallow: /a/\nAllow: /a/open", "/a/open/1", True),
        ("User-agent: *\nDisallow: /*.php$", "/a.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/a.php?b", True),
        ("User-agent: copytaster\nDisallow: /", "/a", False),
        ("USER-AGENT: CopyTaster/2.0\ndisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: copytaster\nAllow: /", "/a", True),
        ("User-agent: one\nUser-agent: copytaster\nDisallow: /a", "/a", False),
        ("User-agent: copytaster # us\nDisallow: /", "/a", False),
        # near misses: other robots, whose names begin or end as ours does
        ("User-agent: copy\nDisallow: /", "/a", True),
        ("User-agent: copytasterbot\nDisallow: /", "/a", True),
        ("User-agent: not-copytaster\nDisallow: /", "/a", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("Disallow: /", "/a", True),
        ("<html>not found</html>", "/a", True),
    ],
)
def test_what_a_robots_txt_allows_us(text, path, allowed):
    assert read_robots(text).allows(SITE + path) is allowed


@pytest.mark.parametrize(
    ("text", "delay_s"),
    [
        ("User-agent: *\nCrawl-delay: 5", 5),
        ("User-agent: copytaster\nCrawl-delay: 2.5\n\nUser-agent: *\nCrawl-delay: 9", 2.5),
        ("User-agent: other\nCrawl-delay: 5", 0),
        ("User-agent: *\nCrawl-delay: soon", 0),
        ("User-agent: *\nCrawl-delay: -1", 0),
        ("User-agent: *\nCrawl-delay: inf", 0),
        ("User-agent: *\nCrawl-delay: 99999999999", 86_400),
        ("User-agent: *\nCrawl-delay: 1e30", 86_400),
        ("", 0),
    ],
)
def test_the_pace_that_a_robots_txt_asks_for(text, delay_s):
    assert read_robots(text).delay_s == delay_s


def test_nothing_beyond_the_limit_is_read():
    text = "User-agent: *\n" + "#" * LIMIT_CHARS + "\nDisallow: /"

    assert read_robots(text).allows(f"{SITE}/a")


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"User-agent: robot{n}\n" for n in range(14_000))
        + "".join(f"Disallow: /{n}\n" for n in range(14_000)),
        "".join(f"User-agent: a\nUser-agent: b{n}\n" for n in range(14_000)) + "Disallow: /",
        "User-agent: *\nDisallow: /" + "a*" * 250_000,
        "User-agent: *\n" + "Disallow: /*a*a*a*a*b$\n" * 20_000,
        "User-agent:" + " " * 500_000,
        "user-agent" * 50_000,
    ],
    ids=["many robots", "one in many", "many stars", "many rules", "blank", "no line"],
)
def test_a_hostile_robots_txt_costs_seconds_at_most(text):
    started = time.process_time()
    rules = read_robots(text)
    rules.allows(f"{SITE}/" + "a" * 2000)

    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://news.example/a", "https://news.example"),
        ("https://me:secret@News.example:8443/a", "https://news.example:8443"),
        ("http://[::1]:80/a", "http://[::1]:80"),
    ],
)
def test_one_robots_txt_speaks_for_an_origin(url, origin):
    assert origin_of(url) == origin


class Site:
    """Answers for origins, and counts the requests."""

    def __init__(self, rules=ALLOW_ALL):
        self.rules = rules
        self.asked = []

    async def __call__(self, origin):
        self.asked.append(origin)
        await asyncio.sleep(0)
        return self.rules


def ask(cache, site, *, origin=SITE, after=timedelta(0)):
    return asyncio.run(cache.rules(origin, NOW + after, site))


def test_rules_are_kept_for_a_day():
    cache, site = RobotsCache(), Site(read_robots("User-agent: *\nDisallow: /"))
    ask(cache, site)
    ask(cache, site, after=timedelta(hours=23))
    assert site.asked == [SITE]

    ask(cache, site, after=timedelta(hours=25))
    assert site.asked == [SITE, SITE]


def test_what_could_not_be_read_is_asked_for_again_soon():
    cache, site = RobotsCache(), Site(UNREADABLE)
    assert not ask(cache, site).allows(f"{SITE}/a")

    site.rules = ALLOW_ALL

    assert not ask(cache, site, after=timedelta(seconds=30)).allows(f"{SITE}/a")
    assert ask(cache, site, after=timedelta(seconds=90)).allows(f"{SITE}/a")


def test_many_who_want_to_know_at_once_ask_once():
    cache, site = RobotsCache(), Site()

    async def ask_all():
        await asyncio.gather(*(cache.rules(SITE, NOW, site) for _ in range(20)))

    asyncio.run(ask_all())

    assert site.asked == [SITE]


def test_the_origins_longest_unused_are_forgotten_first():
    cache, site = RobotsCache(), Site()
    for number in range(2000):
        ask(cache, site, origin=f"https://{number}.example")
    ask(cache, site, origin="https://0.example")
    ask(cache, site, origin="https://new.example")
    site.asked.clear()

    ask(cache, site, origin="https://0.example")
    ask(cache, site, origin="https://1.example")

    assert site.asked == ["https://1.example"]


def test_long_ones_make_room_for_each_other():
    cache, site = RobotsCache(), Site(read_robots("User-agent: *\nDisallow: /\n" + "#" * 500_000))
    for number in range(20):
        ask(cache, site, origin=f"https://{number}.example")
    site.asked.clear()

    ask(cache, site, origin="https://19.example")
    ask(cache, site, origin="https://0.example")

    assert site.asked == ["https://0.example"]
