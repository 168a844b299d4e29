"""The address guard: connections go to the address that was checked, and to no other."""

import asyncio
import ssl
import threading

import httpcore
import httpx
import pytest

from worker.errors import FetchPostponed, FetchRefused
from worker.web import ssrf_guard
from worker.web.ssrf_guard import (
    GuardedBackend,
    GuardedTransport,
    NoConnection,
    check_url,
    without_credentials,
)


class Network(httpcore.AsyncNetworkBackend):
    """Records the addresses that it connects to; there is no answer at those in `dead`."""

    def __init__(self, dead=()):
        self.asked = []
        self.dead = dead

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # noqa: ASYNC109
        self.asked.append((host, port))
        if host in self.dead:
            raise httpcore.ConnectError("nobody there")
        return httpcore.AsyncNetworkStream()


def connect(monkeypatch, addresses, *, allow=(), dead=(), host="wire.example"):
    """Return the addresses tried for a connection to a host with these addresses."""
    network = Network(dead)

    answers = iter([addresses, ["127.0.0.1"]])

    def getaddrinfo(host, port, **_):
        return [(0, 0, 0, "", (address, port)) for address in next(answers)]

    monkeypatch.setattr(ssrf_guard.socket, "getaddrinfo", getaddrinfo)
    backend = GuardedBackend(frozenset(allow), network)
    try:
        asyncio.run(backend.connect_tcp(host, 443))
    finally:
        backend.close()
    return network.asked


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    """A name that resolves to a private address the second time is resolved only once."""
    assert connect(monkeypatch, ["93.184.215.14"]) == [("93.184.215.14", 443)]


def test_the_next_address_is_tried_when_one_is_dead(monkeypatch):
    asked = connect(monkeypatch, ["2606:4700::1111", "8.8.8.8"], dead={"2606:4700::1111"})
    assert asked == [("2606:4700::1111", 443), ("8.8.8.8", 443)]


def test_when_all_addresses_are_dead_the_last_failure_is_told(monkeypatch):
    with pytest.raises(httpcore.ConnectError, match="nobody there"):
        connect(monkeypatch, ["8.8.8.8"], dead={"8.8.8.8"})


def test_one_private_address_among_public_ones_refuses_the_host(monkeypatch):
    with pytest.raises(FetchRefused) as caught:
        connect(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    why = "is not a public address (Private-Use, RFC 1918)"
    assert (caught.value.subject, caught.value.reason) == (
        "wire.example:443",
        f"10.0.0.1 {why}, and the origin is not on the allow-list",
    )


@pytest.mark.parametrize(
    "address",
    [
        "192.0.0.192",
        "::ffff:192.0.0.192",
        "64:ff9b::c000:c0",
        "64:ff9b:1::c000:c0",
        "2002:c000:c0::1",
        "2001:0:808:808::3fff:ff3f",
        "2a00:1450:4001:800:0:5efe:c000:c0",
    ],
)
def test_a_clouds_metadata_address_is_refused_in_every_form(monkeypatch, address):
    with pytest.raises(FetchRefused, match="is not a public address"):
        connect(monkeypatch, [address])


@pytest.mark.parametrize(
    ("host", "allow"), [("wire.example", "Wire.Example:443"), ("::1", "[::1]:443")]
)
def test_an_allowed_origin_may_be_private(monkeypatch, host, allow):
    assert connect(monkeypatch, ["10.0.0.1"], allow=[allow], host=host) == [("10.0.0.1", 443)]


def test_a_name_that_waits_for_others_to_be_looked_up_is_postponed(monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(ssrf_guard.socket, "getaddrinfo", lambda *_, **__: ended.wait(30) and [])
    monkeypatch.setattr(ssrf_guard, "_NAME_THREADS", 2)
    monkeypatch.setattr(ssrf_guard, "_CONNECT_S", 0.2)

    async def connect_all():
        backend = GuardedBackend(frozenset())
        names = [f"{number}.example" for number in range(3)]
        asking = (backend.connect_tcp(name, 80) for name in names)
        return await asyncio.gather(*asking, return_exceptions=True)

    try:
        *first, last = asyncio.run(connect_all())
    finally:
        ended.set()
    assert [type(error) for error in first] == [NoConnection, NoConnection]
    assert (type(last), last.code) == (FetchPostponed, "busy")


def test_another_port_of_an_allowed_host_is_refused(monkeypatch):
    with pytest.raises(FetchRefused):
        connect(monkeypatch, ["10.0.0.1"], allow=["wire.example:80"])


def test_unix_sockets_are_refused():
    with pytest.raises(FetchRefused):
        asyncio.run(GuardedBackend(frozenset()).connect_unix_socket("/run/x.sock"))


def test_httpx_keeps_its_pool_where_the_guard_puts_ours():
    """A private name that we rely on; pyproject.toml pins httpx for it."""
    assert isinstance(httpx.AsyncHTTPTransport()._pool, httpcore.AsyncConnectionPool)
    backend = GuardedBackend(frozenset())
    transport = GuardedTransport(backend, ssl.create_default_context(), connections=3)
    assert transport._pool._network_backend is backend
    assert transport._pool._max_connections == 3


@pytest.mark.parametrize("url", ["http://wire.example", "HTTPS://wire.example:8443/a?b#c"])
def test_web_addresses_pass(url):
    check_url(url)


@pytest.mark.parametrize(
    "url",
    ["", "wire.example", "file:///etc/passwd", "ftp://a/", "http:///x", "http://[::1", "//a/b"],
)
def test_other_addresses_are_refused(url):
    with pytest.raises(FetchRefused):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a:b@wire.example/x@y", "https://wire.example/x@y"),
        ("https://a:b@c@wire.example", "https://wire.example"),
        ("https://wire.example/\n\ud800", "https://wire.example/\ufffd\ufffd"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_url_is_shown_without_credentials_on_one_line(url, shown):
    assert without_credentials(url) == shown
