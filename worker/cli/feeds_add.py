"""`copytaster feeds add`: fetch a URL, show the feed that is there, and add it."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
import msgspec
from rich.text import Text

from worker.cli.root import pass_settings
from worker.cli.sources import WORDS
from worker.cli.store import find_broker, open_cli_store
from worker.inbox.messages import read_message
from worker.model import Feed, feed_id
from worker.model.inbox import FeedRequest
from worker.model.redaction import redact
from worker.ports import Store
from worker.render.console import Failure, one_line, open_console
from worker.render.feeds import say_wait
from worker.settings import Settings

if TYPE_CHECKING:
    from worker.cli.feeds_probe import FeedLook

__all__ = ["add_feed"]

_Options = dict[str, str | int]

_BOTH = "for this command and for the pollers alike"


@click.command("add", short_help="Add a feed, or change its options.")
@click.argument("url", type=WORDS)
@click.option("--name", type=WORDS, help="The name to show. [default: the feed's title]")
@click.option("--agency", type=WORDS, help="The agency that the feed's items come from.")
@click.option("--language", type=WORDS, help="The language as an IETF tag: en, uk, pt-BR.")
@click.option(
    "--interval-s",
    type=click.IntRange(1),
    help="Seconds between polls. [default: by the feed's cadence]",
)
@click.option(
    "--full-text/--no-full-text",
    default=None,
    help="Read the page behind each entry, for a feed with summaries only.",
)
@click.option("--anyway", is_flag=True, help="Add the feed without fetching it first.")
@pass_settings
def add_feed(settings: Settings, *, url: str, anyway: bool, **options: str | int | None) -> None:
    """Add a feed, or change its options; options that are not given keep their values.

    A new feed is fetched first, and refused if it can never work. The URL may also be that of a web
    page that links to its feed. Private addresses are judged by this command's own
    COPYTASTER_ALLOW_ORIGINS; the pollers go by theirs.
    """
    given = {name: value for name, value in options.items() if value is not None}
    with open_cli_store(settings) as store:
        feed, is_new = _merged(store, settings, url, given)
        if is_new and not anyway:
            feed, is_new = _look(store, settings, feed, given)
        store.feeds.add([feed])
    click.echo(f"{feed.id} {'added' if is_new else 'changed'}: {redact(feed.url)}")


def _merged(store: Store, settings: Settings, url: str, given: _Options) -> tuple[Feed, bool]:
    """Return the feed with its earlier and the given options, and True if it is new."""
    known = store.feeds.get(feed_id(url))
    before = {} if known is None else msgspec.to_builtins(known)
    for name in ("id", "url", "by_message"):  # from now on the feed is the operator's
        before.pop(name, None)
    return _checked({**before, **given, "feed": url}, settings), known is None


def _checked(message: dict[str, object], settings: Settings) -> Feed:
    """Return the feed, validated by the same rules as a feed in an inbox message."""
    encoded = msgspec.json.encode(message).decode()
    request = read_message({"message": encoded}, limit_bytes=settings.message_limit_bytes)
    assert isinstance(request, FeedRequest)
    return request.feed


def _look(store: Store, settings: Settings, feed: Feed, given: _Options) -> tuple[Feed, bool]:
    """Fetch the feed, or the only feed of the page at its URL, and show it.

    Raises:
        Failure: There is no feed that can be polled, or the page has several feeds.
    """
    from worker.cli.feeds_probe import (  # late: other subcommands need no HTTP client
        NoFeed,
        look_at,
    )
    from worker.web.ssrf_guard import is_allowed

    settings = msgspec.structs.replace(settings, redis_url=find_broker(settings))
    found, is_new = look_at(settings, feed), True
    if isinstance(found, NoFeed) and found.links:
        if len(found.links) > 1:
            for link in found.links:
                click.echo(f"{redact(link.url)}  {one_line(link.title)}".rstrip())
            reason = f"a web page with {len(found.links)} feeds; add one of these URLs"
            raise Failure(f"{redact(feed.url)} is {reason}")
        click.echo(f"{redact(feed.url)} is a web page; its feed is {redact(found.links[0].url)}")
        feed, is_new = _merged(store, settings, found.links[0].url, given)
        found = look_at(settings, feed)
    if isinstance(found, NoFeed):
        if not found.may_pass:
            raise _refusal(found.reason, found.code)
        click.echo(f"copytaster: {redact(found.reason)}; it is polled again later", err=True)
        return feed, is_new
    _show(found, feed)
    if is_allowed(urlsplit(feed.url), settings.origins):
        reason = "it is in COPYTASTER_ALLOW_ORIGINS here; the pollers need it in theirs"
        click.echo(f"copytaster: {redact(feed.url)}: {reason}", err=True)
    name = feed.name or one_line(found.title, 200)
    return msgspec.structs.replace(feed, name=name), is_new


def _refusal(reason: str, code: str) -> Failure:
    """Return the failure for a feed that cannot work, with the remedy."""
    remedy = "--anyway adds it all the same"
    if code == "forbidden_address":
        remedy = f"COPYTASTER_ALLOW_ORIGINS=HOST:PORT allows your own, {_BOTH}; {remedy}"
    return Failure(f"{redact(reason)}; {remedy}")


def _show(found: "FeedLook", feed: Feed) -> None:
    """Show what the first poll found; empty facts are left out."""
    newest = f", the newest of {found.newest:%Y-%m-%d %H:%M} UTC" if found.newest else ""
    problem = f"; {found.problem}" if found.problem else ""
    wait = f"every {say_wait(found.wait_s)}" if found.wait_s > 0 else ""
    facts = {
        "title": found.title,
        "entries": f"{found.entries}{newest}{problem}",
        "language": feed.language or found.language,
        "polled": f"{wait}: {found.why}" if found.why else f"{wait} at first, then by its cadence",
        "hub": redact(found.hub),
        "moves to": redact(found.moved_to),
    }
    console = open_console()
    for name, value in facts.items():
        if value:
            line = Text.assemble((f"{name:<8}  ", "dim"), one_line(value, 300))
            console.print(line, soft_wrap=True)
