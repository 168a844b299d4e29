"""Checks of other servers: the feeds' hosts, sinks, the archive, the callback, certificates."""

import contextlib
import datetime
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from worker.desks import Desk
from worker.doctor.finding import Finding, Installation, broker_of, ok, skipped, warning, wrong
from worker.errors import CopytasterError, SettingsError, reason_of
from worker.model.redaction import without_secrets
from worker.services import relayed_desks, with_kept_archive
from worker.store.server_url import read_broker_url

if TYPE_CHECKING:
    from worker.archive import Archive

__all__ = [
    "check_archive",
    "check_certificate",
    "check_feed_hosts",
    "check_sinks",
    "check_websub_callback",
]

_HOSTS = 20
_DNS_S = 5.0
_ANSWER_S = 5.0
_CERTIFICATE_DAYS = 30
_LITTLE_BYTES = 1 << 30

_PORTS = {
    "amqp": 5672,
    "amqps": 5671,
    "http": 80,
    "https": 443,
    "nats": 4222,
    "postgres": 5432,
    "postgresql": 5432,
    "redis": 6379,
    "rediss": 6379,
    "tls": 4222,
}
"""The default ports of the schemes in sinks' URLs."""


def check_feed_hosts(name: str, installation: Installation) -> Finding:
    """Check that the host names of some feeds have addresses."""
    feeds = islice(broker_of(installation).store.feeds.all(), 50 * _HOSTS)
    hosts = dict.fromkeys(urlsplit(feed.url).hostname or "" for feed in feeds)
    looked_up = list(islice((host for host in hosts if host), _HOSTS))
    if not looked_up:
        return skipped(name, "no feeds")
    resolved = _resolved(looked_up)
    unknown = [host for host in looked_up if host not in resolved]
    if not unknown:
        return ok(name, f"{len(looked_up)} names looked up")
    found = f"{len(unknown)} of {len(looked_up)} names have no address: {', '.join(unknown[:5])}"
    if len(unknown) == len(looked_up):
        return wrong(name, found, "check the name servers of this machine: /etc/resolv.conf")
    return warning(name, found, "correct or remove these feeds: copytaster feeds list")


def _resolved(hosts: list[str]) -> set[str]:
    """Return the hosts whose address is found within five seconds."""
    found: set[str] = set()

    def look_up(host: str) -> None:
        with contextlib.suppress(OSError, UnicodeError):
            socket.getaddrinfo(host, None)
            found.add(host)

    # `getaddrinfo` takes no time limit. Daemon threads do not keep the command from ending.
    threads = [threading.Thread(target=look_up, args=(host,), daemon=True) for host in hosts]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + _DNS_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return set(found)


def check_sinks(name: str, installation: Installation) -> Finding:
    """Open the sinks of all desks, and connect to their servers."""
    desks = relayed_desks(with_kept_archive(installation.settings))
    faults = [f"{desk.name}: {fault}" for desk in desks for fault in _sink_faults(desk)]
    if faults:
        return wrong(name, "; ".join(faults), "correct the sink in the desks file, or start it")
    return ok(name, f"{len(desks)} can be opened" if desks else "none")


def _sink_faults(desk: Desk) -> Iterator[str]:
    # Late, since it imports the clients of all servers.
    from worker.sinks import open_sink  # noqa: PLC0415

    try:
        with contextlib.closing(open_sink(desk.sink, desk.name)):
            pass
        target = desk.sink.partition(":")[2]
        for host, port in _addresses(target):
            socket.create_connection((host, port), _ANSWER_S).close()
    except ImportError as error:
        yield f"{error.name} is not installed"
    except (CopytasterError, OSError) as error:
        yield f"{without_secrets(desk.sink)}: {reason_of(error)}"


def _addresses(target: str) -> Iterator[tuple[str, int]]:
    """Yield the host and port in the URL of a sink; nothing for the path of a file."""
    with contextlib.suppress(ValueError):  # a list of hosts: only the sink's client can read it
        parts = urlsplit(target)
        if parts.hostname and parts.scheme in _PORTS:
            yield parts.hostname, parts.port or _PORTS[parts.scheme]


def check_archive(name: str, installation: Installation) -> Finding:
    """Check that the archive answers, that its tables are those of this release, and its size."""
    settings = installation.settings
    url = settings.archive_url
    if not url:
        return ok(name, "off")
    try:
        from worker.archive import open_archive  # noqa: PLC0415  # an extra
    except SettingsError as error:
        return skipped(name, error.reason)
    path = _path_of(url)
    if path is not None and not path.exists():
        return ok(name, f"{path} does not exist yet")
    archive = open_archive(url)
    try:
        return _check_tables(name, archive, path, settings.archive_bytes)
    finally:
        archive.close()


def _path_of(url: str) -> Path | None:
    """Return the path of a SQLite file, None for a database on a server."""
    scheme, _, path = url.partition(":///")
    return Path(path).expanduser() if scheme.startswith("sqlite") else None


def _check_tables(name: str, archive: "Archive", path: Path | None, most_bytes: int) -> Finding:
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415  # an extra

    from worker.archive.retention import size_of  # noqa: PLC0415  # an extra
    from worker.archive.schema import REVISION  # noqa: PLC0415  # an extra

    with archive.read(any_revision=True) as connection:
        present = MigrationContext.configure(connection).get_current_revision()
        if present is None:
            return ok(name, f"{archive.shown} has no tables yet")
        size = size_of(connection)
    found = f"{archive.shown}: {size / 2**20:,.1f} MiB"
    if present != REVISION:
        found += f"; its tables have revision {present}, not {REVISION}"
        advice = "the relay migrates tables of an earlier release; a later one's need that release"
        return warning(name, found, advice)
    if path is not None and shutil.disk_usage(path.parent).free < _LITTLE_BYTES:
        return warning(name, f"{found}; less than 1 GiB free", "make room on its disk")
    if most_bytes and size > most_bytes:
        advice = (
            "its oldest versions are being deleted; raise COPYTASTER_ARCHIVE_BYTES to keep more"
        )
        return warning(name, f"{found}, above its limit", advice)
    return ok(name, found)


def check_websub_callback(name: str, installation: Installation) -> Finding:
    """Check that the public URL of the WebSub receiver answers with any status below 500."""
    import httpx  # noqa: PLC0415  # its import takes 0.1 s, and few need this check

    url = installation.settings.websub_callback_url
    if not url:
        return ok(name, "not set")
    try:
        answer = httpx.get(f"{url}/", timeout=_ANSWER_S)
    except httpx.HTTPError as error:
        advice = "start `copytaster web` behind this address (docs/websub.md)"
        return wrong(name, f"{url}: {reason_of(error)}", advice)
    if answer.is_server_error:
        return wrong(name, f"{url}: HTTP {answer.status_code}", "start `copytaster web`")
    return ok(name, f"{url} answers")


def check_certificate(name: str, installation: Installation) -> Finding:
    """Check how long the broker's certificates remain valid."""
    settings = installation.settings
    if not settings.redis_url.startswith("rediss"):
        return ok(name, "the broker is not reached over TLS")
    url = read_broker_url(settings.redis_url)
    if url.tls_options.get("ssl_cert_reqs", "required") != "required":
        return warning(name, "the broker's certificate is not checked", "ssl_cert_reqs=required")
    days = min(_days_left(host, port, url.tls_options) for host, port in url.addresses)
    if days < _CERTIFICATE_DAYS:
        return warning(name, f"a certificate is valid for {days} more days", "renew it")
    return ok(name, f"valid for {days} more days")


def _days_left(host: str, port: int, options: dict[str, Any]) -> int:
    """Return the days until a server's certificate expires.

    Raises:
        OSError: The server does not answer, or its certificate is not valid.
    """
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
    context.check_hostname = options.get("ssl_check_hostname", True)
    if "ssl_certfile" in options:
        context.load_cert_chain(options["ssl_certfile"], options.get("ssl_keyfile"))
    with (
        socket.create_connection((host, port), _ANSWER_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        ends = ssl.cert_time_to_seconds(str((secured.getpeercert() or {})["notAfter"]))
    return int((ends - datetime.datetime.now(datetime.UTC).timestamp()) // 86_400)
