"""The address guard: which addresses are public, and that the checked one is connected to."""

import asyncio
import ssl
from ipaddress import ip_address

import httpcore
import httpx
import pytest

from worker.errors import FetchRefused
from worker.feeds import guard
from worker.feeds.guard import GuardedBackend, GuardedTransport, check_url, is_public, redact


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "8.8.8.8",
        "2606:4700::1111",
        "64:ff9b::8.8.8.8",
        "::ffff:8.8.8.8",
        "2002:808:808::1",
        "2a00:1450:4001:800:0:5efe:808:808",
    ],
)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::8.8.8.8",
        "2001:0:7f00:1:0:0:f7f7:f7f7",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2a00:1450:4001:800:0:5efe:a00:1",
        "3fff::1",
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_every_other_address_is_not(address):
    assert not is_public(ip_address(address))


class Network(httpcore.AsyncNetworkBackend):
    """Notes where it is asked to connect to; nobody answers at the addresses in `dead`."""

    def __init__(self, dead=()):
        self.asked = []
        self.dead = dead

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # noqa: ASYNC109
        self.asked.append((host, port))
        if host in self.dead:
            raise httpcore.ConnectError("nobody there")
        return httpcore.AsyncNetworkStream()


def connect(monkeypatch, addresses, *, allow=(), dead=(), host="wire.example"):
    """Where a connection to a host with these addresses went."""
    network = Network(dead)

    answers = iter([addresses, ["127.0.0.1"]])

    def getaddrinfo(host, port, **_):
        return [(0, 0, 0, "", (address, port)) for address in next(answers)]

    monkeypatch.setattr(guard.socket, "getaddrinfo", getaddrinfo)
    backend = GuardedBackend(frozenset(allow), network)
    try:
        asyncio.run(backend.connect_tcp(host, 443))
    finally:
        backend.close()
    return network.asked


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    """A name that turns private on a second look-up is not looked up twice."""
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
    assert (caught.value.subject, caught.value.reason) == (
        "wire.example:443",
        "10.0.0.1 is not a public address, and the origin is not on the allow-list",
    )


@pytest.mark.parametrize(
    ("host", "allow"), [("wire.example", "Wire.Example:443"), ("::1", "[::1]:443")]
)
def test_an_allowed_origin_may_be_private(monkeypatch, host, allow):
    assert connect(monkeypatch, ["10.0.0.1"], allow=[allow], host=host) == [("10.0.0.1", 443)]


def test_another_port_of_an_allowed_host_is_refused(monkeypatch):
    with pytest.raises(FetchRefused):
        connect(monkeypatch, ["10.0.0.1"], allow=["wire.example:80"])


def test_unix_sockets_are_refused():
    with pytest.raises(FetchRefused):
        asyncio.run(GuardedBackend(frozenset()).connect_unix_socket("/run/x.sock"))


def test_httpx_keeps_its_pool_where_the_guard_puts_ours():
    """The one private name that we rely on; pyproject.toml pins httpx for it."""
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
    assert redact(url) == shown
