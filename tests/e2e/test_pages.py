"""Article pages over real HTTP on loopback: asked for politely, read, and on the inbox as items."""

import asyncio
import contextlib
import json
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from worker.dispatch import PAGES, InboxConsumer, Scheduler
from worker.inbox.messages import read_message
from worker.model import Feed, Lease, NewsItem, feed_id
from worker.pages.page_task import PageReport, read_pages
from worker.pages.reader import PageReader
from worker.parse import annotate
from worker.polling.poll_task import poll_feeds
from worker.services import Services
from worker.settings import Settings
from worker.web.client import HttpFetcher

USER_AGENT = "copytaster/0.1 (+https://desk.example/copytaster)"
LEAD = "OSTROV, January 12. /TASS/. The bridge over the Velikaya was opened on Monday at noon."
REST = '"We are glad that the work is done," engineer Ivan Petrov said. It has four lanes.'
SUMMARY = "The bridge over the Velikaya was opened after three years of repairs"
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bridge | News</title>
<meta property="article:published_time" content="2026-01-12T10:00:00Z"></head><body>
<nav><a href="/">Home</a> <a href="/world">World</a></nav><article><h1>Bridge opened in Ostrov</h1>
<p>{LEAD}</p><p>{REST}</p></article><footer>All rights reserved</footer></body></html>"""


class Queues:
    def __init__(self):
        self.pages = []

    def lengths(self, *queues):
        return dict.fromkeys(queues, 0)

    def poll(self, leases):
        pass

    def read_pages(self, leases):
        self.pages += leases

    def parse(self, batch):
        pass


class Site:
    """A server that answers by path, and the service that reads its pages, a step at a time."""

    def __init__(self, store, clock, answers, **settings):
        self.answers = answers
        self.settings = settings
        self.requests = []
        self.tasks = []
        self.clock = clock
        self.store = store

    async def serve(self, reader, writer):
        self.tasks.append(asyncio.current_task())
        try:
            await self.converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def converse(self, reader, writer):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            path = first.split()[1]
            pairs = (line.split(": ", 1) for line in lines)
            self.requests.append((path, {name.lower(): value for name, value in pairs}))
            writer.write(reply(*self.answers.get(path, (404, b"", {}))))
            await writer.drain()

    @contextlib.asynccontextmanager
    async def running(self):
        listener = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        origins = self.settings.pop("allow_origins", f"127.0.0.1:{self.port}")
        settings = Settings(allow_origins=origins, **{"page_pause_s": 0.001} | self.settings)
        self.http = HttpFetcher(user_agent=USER_AGENT, timeout_s=5, allow_origins=settings.origins)
        self.services = Services(
            settings=settings, store=self.store, http=self.http, desks=(), now=self.clock
        )
        try:
            yield self
        finally:
            await self.services.page_reader.aclose()
            await self.http.aclose()
            listener.close()
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def asked(self):
        return [path for path, _ in self.requests]

    def put(self, path, **said):
        self.store.inbox.put(json.dumps({"link": self.url(path), **said}))

    async def step(self):
        """Inbox consumer, scheduler and one page task; what the task reports."""
        queues = Queues()
        InboxConsumer(self.services.settings, self.store, queues).step()
        leases = self.store.pages.claim(PAGES, 60)
        report = await read_pages(self.services.pages, leases)
        InboxConsumer(self.services.settings, self.store, queues).step()
        return report

    def items(self):
        found = [entry.fields for entry in self.begun()]
        return [read_message(fields, limit_bytes=1 << 20) for fields in found]

    def begun(self):
        """The entries that are to be done, whole."""
        taken = self.store.inbox.take_work(100, 0)
        return [one for entry in taken for one in self.store.inbox.begin(entry.stream, [entry.id])]

    def dead(self):
        return [(letter.kind, letter.reason) for letter in self.store.dead_letters.list()]


def reply(status, body, headers):
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def page(body=PAGE, media_type="text/html"):
    return 200, body, {"Content-Type": media_type}


def robots(text):
    return 200, text, {"Content-Type": "text/plain"}


def to(location, status=302):
    return status, b"", {"Location": location}


@pytest.fixture
def run(store, clock):
    """Does something with a site that answers so."""

    def with_site(act, answers=None, **settings):
        async def main():
            async with Site(store, clock, answers or {"/1": page()}, **settings).running() as site:
                return await act(site)

        return asyncio.run(main())

    return with_site


@pytest.fixture
def link(run):
    """The last report, the items and the dead letters of one link, and what was asked."""

    def follow(path="/1", answers=None, steps=1, **settings):
        async def act(site):
            site.put(path)
            for _ in range(steps):
                report = await site.step()
            return report, site.items(), site.dead(), site.asked

        return run(act, answers, **settings)

    return follow


# links


def test_a_link_becomes_the_item_that_its_page_holds(run):
    async def act(site):
        site.put("/1", source="desk", urgency=2)
        report = await site.step()
        (item,) = site.items()
        return report, item, site.url("/1")

    report, item, url = run(act)

    assert report == PageReport(pages=1, read=1)
    assert item == NewsItem(
        uri=url,
        version=item.version,
        link=url,
        source="desk",
        urgency=2,
        headline="Bridge opened in Ostrov",
        body_text=f"{LEAD}\n\n{REST}",
        language="en",
        versioncreated=datetime(2026, 1, 12, 10, tzinfo=UTC),
    )
    assert annotate(item).dateline.agency == "TASS"


def test_robots_txt_is_asked_first_and_all_requests_are_honest(run):
    async def act(site):
        site.put("/1")
        await site.step()
        return site.requests

    (robots_path, _), (page_path, sent) = run(act)

    assert (robots_path, page_path) == ("/robots.txt", "/1")
    assert sent["user-agent"] == USER_AGENT
    assert "text/html" in sent["accept"]
    assert {"cookie", "referer", "authorization"}.isdisjoint(sent)


@pytest.mark.parametrize("urgent", [False, True])
def test_the_item_comes_back_to_the_inbox_that_its_link_was_on(run, urgent):
    async def act(site):
        site.store.inbox.put(json.dumps({"link": site.url("/1")}), urgent=urgent)
        await site.step()
        (entry,) = site.store.inbox.take_work(10, 0)
        return entry.stream

    assert run(act).endswith("urgent") is urgent


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"/robots.txt": robots("User-agent: *\nDisallow: /")}, "robots.txt of 127.0.0.1 does not"),
        ({"/1": (404, b"", {})}, "HTTP 404 Not Found"),
        ({"/1": (403, b"", {})}, "HTTP 403 Forbidden"),
        ({"/1": page(b"%PDF", "application/pdf")}, "the page is application/pdf"),
        ({"/1": page("<html><body></body></html>")}, "the page holds no article"),
        ({"/1": page("x" * 20_000)}, "the body is larger than 16,384 bytes"),
        ({"/1": to("/1")}, "more than 5 redirects"),
        ({"/1": to("file:///etc/passwd")}, "only http and https are fetched"),
        ({"/1": to("http://127.0.0.1:1/")}, "127.0.0.1 is not a public address"),
        ({"/1": to("http://10.0.0.1/")}, "10.0.0.1 is not a public address"),
    ],
)
def test_a_link_that_cannot_be_read_is_a_dead_letter_with_the_reason(link, answers, reason):
    report, items, dead, _ = link(answers=answers, page_limit_bytes=16_384)

    assert (report, items) == (PageReport(pages=1, failed=1), [])
    [(kind, said)] = dead
    assert kind == "page"
    assert said.startswith(reason)


def test_a_private_address_is_not_asked_even_for_robots_txt(link):
    _, _, dead, asked = link(allow_origins="other.example:80")

    assert dead[0][1].startswith("127.0.0.1 is not a public address")
    assert asked == []


def test_a_retried_letter_asks_again(run):
    async def act(site):
        site.answers["/1"] = (404, b"", {})
        site.put("/1")
        await site.step()
        site.answers["/1"] = page()
        (letter,) = site.store.dead_letters.list()
        site.store.dead_letters.retry(letter.id)
        return await site.step(), len(site.items()), site.dead()

    assert run(act) == (PageReport(pages=1, read=1), 1, [])


# robots.txt


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_robots_txt_that_is_not_there_allows_all(link, status):
    answers = {"/robots.txt": (status, b"User-agent: *\nDisallow: /", {}), "/1": page()}

    assert link(answers=answers)[0] == PageReport(pages=1, read=1)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_while_robots_txt_cannot_be_read_no_page_is_asked_for(link, status):
    answers = {"/robots.txt": (status, b"", {}), "/1": page()}

    report, items, dead, asked = link(answers=answers)

    assert (report, items, dead) == (PageReport(pages=1, postponed=1), [], [])
    assert asked == ["/robots.txt"]


def test_a_page_is_read_when_robots_txt_can_be_again(run):
    async def act(site):
        site.answers["/robots.txt"] = (503, b"", {})
        site.put("/1")
        first = await site.step()
        site.answers["/robots.txt"] = robots("")
        site.clock.advance(61)
        return first, await site.step()

    assert run(act) == (PageReport(pages=1, postponed=1), PageReport(pages=1, read=1))


def test_robots_txt_is_asked_once_for_many_pages(run):
    async def act(site):
        for number in range(5):
            site.answers[f"/{number}"] = page()
            site.put(f"/{number}")
        return await site.step(), site.asked

    report, asked = run(act)

    assert report == PageReport(pages=5, read=5)
    assert asked.count("/robots.txt") == 1


def test_redirects_of_robots_txt_are_followed(link):
    answers = {
        "/robots.txt": to("/moved.txt", 301),
        "/moved.txt": robots("User-agent: copytaster\nDisallow: /"),
        "/1": page(),
    }

    assert "does not allow it" in link(answers=answers)[2][0][1]


def test_a_redirect_is_asked_of_robots_txt_too(link):
    answers = {
        "/robots.txt": robots("User-agent: *\nDisallow: /closed"),
        "/1": to("/closed/1"),
        "/closed/1": page(),
    }

    _, _, dead, asked = link(answers=answers)

    assert dead == [("page", "robots.txt of 127.0.0.1 does not allow it")]
    assert asked == ["/robots.txt", "/1"]


def test_a_redirect_that_may_be_followed_is(link):
    answers = {"/1": to("/2", 301), "/2": page()}

    assert link(answers=answers)[0] == PageReport(pages=1, read=1)


def test_crawl_delay_is_kept_and_a_turn_once_given_is_ours(run):
    async def act(site):
        for number in range(3):
            site.answers[f"/{number}"] = page()
            site.put(f"/{number}")
        reports = []
        for _ in range(4):
            reports.append(await site.step())
            site.clock.advance(20)
        return reports, site.asked

    reports, asked = run(
        act, {"/robots.txt": robots("User-agent: *\nCrawl-delay: 20"), "/1": page()}
    )

    assert reports == [
        PageReport(pages=3, read=1, postponed=2),
        PageReport(pages=1, read=1),
        PageReport(pages=1, read=1),
        PageReport(),
    ]
    assert len(asked) == 4


def test_pages_that_come_late_for_their_turns_do_not_come_all_at_once(run):
    async def act(site):
        for number in range(3):
            site.answers[f"/{number}"] = page()
            site.put(f"/{number}")
        reports = []
        for later_s in (100, 20, 20):
            reports.append(await site.step())
            site.clock.advance(later_s)
        return reports, len(site.asked)

    reports, asked = run(
        act, {"/robots.txt": robots("User-agent: *\nCrawl-delay: 20"), "/1": page()}
    )

    assert [report.read for report in reports] == [1, 1, 1]
    assert asked == 4


def test_a_page_whose_turn_would_come_too_late_is_not_waited_for(run):
    async def act(site):
        for number in range(3):
            site.put(f"/{number}")
        return await site.step(), site.dead()

    report, dead = run(act, {"/robots.txt": robots("User-agent: *\nCrawl-delay: 500")})

    assert (report.postponed, report.failed) == (1, 2)
    assert ("page", "too many pages wait for 127.0.0.1, which is asked every 500 s") in dead


# failures that pass


def test_a_passing_failure_is_tried_again_and_then_given_up(run):
    async def act(site):
        site.answers["/1"] = (500, b"", {})
        site.put("/1")
        reports = []
        for wait_s in (0, 31, 121):
            site.clock.advance(wait_s)
            reports.append(await site.step())
        return reports, site.dead(), site.asked.count("/1")

    reports, dead, asked = run(act)

    assert [report.postponed for report in reports] == [1, 1, 0]
    assert dead == [("page", "HTTP 500 Internal Server Error")]
    assert asked == 3


def test_retry_after_holds_for_the_whole_host(run):
    async def act(site):
        site.answers["/1"] = (429, b"", {"Retry-After": "100"})
        site.put("/1")
        first = await site.step()
        site.answers["/1"] = site.answers["/2"] = page()
        site.put("/2")
        second = await site.step()
        asked = site.asked.count("/2")
        site.clock.advance(101)
        return first, second, asked, await site.step()

    first, second, asked, third = run(act)

    assert (first.postponed, second.postponed, asked) == (1, 1, 0)
    assert third.read == 2


def test_one_pages_long_retry_after_silences_its_host_for_an_hour_at_most(run):
    async def act(site):
        site.answers["/1"] = (503, b"", {"Retry-After": "604800"})
        site.put("/1")
        await site.step()
        site.clock.advance(3601)
        site.answers["/2"] = page()
        site.put("/2")
        return await site.step()

    assert run(act).read == 1


def test_a_page_that_waited_too_long_is_given_up(run):
    async def act(site):
        site.answers["/1"] = (503, b"", {})
        site.put("/1")
        await site.step()
        site.clock.advance(10_000)
        return await site.step(), site.dead(), site.asked.count("/1")

    report, dead, asked = run(act)

    assert (report.failed, asked) == (1, 1)
    assert dead == [("page", "HTTP 503 Service Unavailable")]


def test_a_page_that_another_is_reading_is_left_to_it(run):
    async def act(site):
        site.put("/1")
        InboxConsumer(site.services.settings, site.store, Queues()).step()
        leases = site.store.pages.claim(1, 1)
        site.store.pages.work(leases[0], 60)
        return await read_pages(site.services.pages, leases), site.asked

    assert run(act) == (PageReport(pages=1, fenced=1), [])


# feeds


def rss(site, *, summary=SUMMARY, title="Bridge opened in Ostrov", path="/1", host=None):
    where = site.url(path) if host is None else f"http://{host}{path}"
    return (
        f'<rss version="2.0"><channel><title>Wire</title><item><guid>urn:x:1</guid>'
        f"<title>{title}</title><link>{where}</link><description>{summary}</description></item>"
        "</channel></rss>"
    )


async def poll(site, *, full_text=True):
    feed = Feed(id=feed_id(site.url("/rss")), url=site.url("/rss"), full_text=full_text)
    site.store.feeds.add([feed])
    site.store.feeds.poll_now(feed.id)
    (lease,) = site.store.polls.claim_due(1, 60)
    return await poll_feeds(site.services.polling, [lease])


def test_an_entry_of_a_feed_with_full_text_has_the_text_of_its_page(run):
    async def act(site):
        site.answers["/rss"] = page(rss(site), "application/rss+xml")
        await poll(site)
        report = await site.step()
        (item,) = site.items()
        return report, item

    report, item = run(act)

    assert report == PageReport(pages=1, read=1)
    assert (item.uri, item.headline, item.deck) == ("urn:x:1", "Bridge opened in Ostrov", SUMMARY)
    assert item.body_text == f"{LEAD}\n\n{REST}"
    assert item.ednote == ""
    assert annotate(item).dateline.agency == "TASS"


def test_a_feed_that_did_not_ask_gets_no_page(run):
    async def act(site):
        site.answers["/rss"] = page(rss(site), "application/rss+xml")
        await poll(site, full_text=False)
        return await site.step(), site.asked

    assert run(act) == (PageReport(), ["/rss"])


def test_a_page_is_asked_for_once_a_version_and_not_at_every_poll(run):
    async def act(site):
        for title in ("Bridge opened", "Bridge opened", "Bridge opened at last"):
            extra = f"<!-- {len(site.requests)} -->"
            site.answers["/rss"] = page(rss(site, title=title) + extra, "application/rss+xml")
            await poll(site)
            await site.step()
            site.clock.advance(10)
        return site.asked, [item.headline for item in site.items()]

    asked, headlines = run(act)

    assert asked.count("/1") == 2
    assert headlines == ["Bridge opened", "Bridge opened at last"]


@pytest.mark.parametrize(
    ("answers", "note"),
    [
        (
            {"/robots.txt": robots("User-agent: *\nDisallow: /1")},
            "Full text not read: robots.txt of 127.0.0.1 does not allow it",
        ),
        ({"/1": (404, b"", {})}, "Full text not read: HTTP 404 Not Found"),
        (
            {
                "/1": page(
                    "<p>We use cookies. Please accept them to go on reading, or leave us.</p>"
                )
            },
            "Full text not read: the page holds no article that can be read",
        ),
    ],
)
def test_an_entry_whose_page_cannot_be_read_goes_on_with_its_summary_and_a_note(run, answers, note):
    async def act(site):
        site.answers |= {"/rss": page(rss(site), "application/rss+xml")}
        await poll(site)
        return await site.step(), site.items(), site.dead()

    report, (item,), dead = run(act, answers)

    assert (report, dead) == (PageReport(pages=1, noted=1), [])
    assert (item.body_text, item.ednote) == (SUMMARY, note)


def test_an_entry_that_is_larger_than_a_message_goes_on_without_its_page_too(run):
    """What a poll brings is bounded as its feed's body is, here and where it is parsed."""
    summary = "One day more of it. " * 70_000

    async def act(site):
        site.answers["/1"] = (404, b"", {})
        site.answers["/rss"] = page(rss(site, summary=summary), "application/rss+xml")
        await poll(site)
        report = await site.step()
        (entry,) = site.begun()
        item = read_message(
            entry.fields, limit_bytes=site.services.settings.work_limit_bytes(entry.fields)
        )
        return report, item.ednote, site.dead()

    report, note, dead = run(act)

    assert (report, dead) == (PageReport(pages=1, noted=1), [])
    assert note == "Full text not read: HTTP 404 Not Found"


@pytest.mark.parametrize("names", [{"uri": "urn:1", "version": "1"}, {}], ids=["named", "unnamed"])
def test_a_message_of_the_largest_size_goes_on_without_its_page(run, names):
    """The note, and the names that it lacks, do not make it too long for a worker."""

    async def act(site):
        site.answers["/1"] = (404, b"", {})
        limit_bytes = site.services.settings.message_limit_bytes
        item = {**names, "source": site.url("/rss"), "body_text": ""}
        frame = len(json.dumps({"link": site.url("/1"), "item": item}))
        site.put("/1", item=item | {"body_text": "a" * (limit_bytes - frame)})
        report = await site.step()
        (entry,) = site.begun()
        item = read_message(
            entry.fields, limit_bytes=site.services.settings.work_limit_bytes(entry.fields)
        )
        return report, item.ednote, site.dead()

    report, note, dead = run(act)

    assert (report, dead) == (PageReport(pages=1, noted=1), [])
    assert note == "Full text not read: HTTP 404 Not Found"


def test_versions_keep_their_order_however_long_their_pages_take(run):
    async def act(site):
        site.answers["/rss"] = page(rss(site, title="First"), "application/rss+xml")
        site.answers["/1"] = (500, b"", {})
        await poll(site)
        await site.step()
        site.clock.advance(1)
        site.answers["/rss"] = page(rss(site, title="Second", path="/2"), "application/rss+xml")
        site.answers["/2"] = site.answers["/1"] = page()
        await poll(site)
        await site.step()
        site.clock.advance(60)
        await site.step()
        entries = site.begun()
        told = [(json.loads(one.fields["message"])["headline"], one.fields) for one in entries]
        return [(headline, fields["order"]) for headline, fields in told]

    (second, later), (first, earlier) = run(act)

    assert (second, first) == ("Second", "First")
    assert earlier < later


def test_a_public_feed_cannot_have_a_private_page_read(run):
    """The page's origin is on the allow-list, the feed's is not."""

    async def act(site):
        item = NewsItem(
            uri="urn:1", version="1", body_text=SUMMARY, source="https://news.example/rss"
        )
        site.put("/1", item=msgspec.to_builtins(item))
        return await site.step(), site.items()[0].ednote, site.asked

    report, note, asked = run(act)

    assert (report.noted, asked) == (1, [])
    assert note == (
        "Full text not read: a private origin, linked by a sender that is not on the allow-list"
    )


# the process that reads pages


def read(body, reader=None, media_type="text/html"):
    async def main():
        opened = reader or PageReader()
        try:
            return await opened.read(body, media_type)
        finally:
            await opened.aclose()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("", "text/html; charset=windows-1251"),
        ('<meta charset="windows-1251">', "text/html"),
        (
            '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
            "text/html",
        ),
        ("", "text/html"),
    ],
    ids=["header", "meta", "http-equiv", "nobody says"],
)
def test_a_page_is_read_in_its_encoding(body, media_type):
    text = "ОСТРОВ, 12 января. Мост через реку Великую открыли в понедельник, сообщил инженер."
    html = f"<html><head>{body}</head><body><article><p>{text}</p></article></body></html>"

    assert read(html.encode("windows-1251"), media_type=media_type).paragraphs == (text,)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00" * 1000,
        b"\xff\xfe\xfd" * 1000,
        b"<div>" * 200_000,
        b"<p>" + b"<b><i>" * 100_000,
        b"<table><tr><td>" * 50_000,
        b"<a href='" + b"a" * 1_000_000,
        b"<!--" * 100_000,
        b"&amp;" * 200_000,
        b"<p>" + b"word " * 200_000,
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    ],
    ids=[
        *("nothing", "nulls", "no text", "deep", "unclosed", "tables"),
        *("attribute", "comments", "entities", "long", "external entity"),
    ],
)
def test_a_hostile_page_ends_in_a_text_or_in_none(body):
    text = read(body)

    assert "root:" not in " ".join(text.paragraphs)


def test_a_page_that_takes_too_long_is_given_up_and_the_next_one_is_read():
    body = b"".join(b"<p>%d words of a long page that nobody reads</p>" % n for n in range(30_000))

    async def main():
        reader = PageReader()
        await reader.read(PAGE.encode(), "text/html")
        limits = reader._sandbox.limits
        reader._sandbox.limits = replace(limits, time_s=0.05)
        with pytest.raises(Exception, match="was not read within"):
            await reader.read(body, "text/html")
        reader._sandbox.limits = limits
        text = await reader.read(PAGE.encode(), "text/html")
        await reader.aclose()
        return text

    assert asyncio.run(main()).title == "Bridge opened in Ostrov"


def test_a_process_that_ended_meanwhile_is_replaced():
    async def main():
        reader = PageReader()
        await reader.read(PAGE.encode(), "text/html")
        os.kill(reader._sandbox._child.pid, signal.SIGKILL)
        text = await reader.read(PAGE.encode(), "text/html")
        await reader.aclose()
        return text

    assert asyncio.run(main()).paragraphs[-2:] == (LEAD, REST)


def test_the_scheduler_sends_pages_that_are_due(store):
    queues = Queues()
    store.inbox.put(json.dumps({"link": "https://news.example/1"}))
    InboxConsumer(Settings(), store, queues).step()

    Scheduler(Settings(), store, queues).step()

    ((page_id, token),) = queues.pages
    assert store.pages.work(Lease(page_id, token), 60).work.order == page_id
