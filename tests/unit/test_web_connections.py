"""Connections of the fetcher: which are used again, how many are kept, and where they may go."""

import asyncio
import contextlib
import os
import shutil
import ssl
import subprocess

import httpcore
import pytest

from worker.errors import FetchRefused
from worker.web import connections
from worker.web.connections import BrokenConnection, ConnectionPool, Origin, SocketBackend
from worker.web.ssrf_guard import GuardedBackend

SAME = b"HTTP/1.1 304 Not Modified\r\n\r\n"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"


class Answers:
    """A server that answers the requests of all connections in turn, and counts connections."""

    def __init__(self, *answers):
        self.answers = iter(answers)
        self.opened = 0
        self.open = 0
        self.writers = []

    async def serve(self, reader, writer):
        self.opened += 1
        self.open += 1
        self.writers.append(writer)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while await reader.readuntil(b"\r\n\r\n"):
                    writer.write(next(self.answers))
        finally:
            self.open -= 1
            writer.close()


def run(act, *answers, limit=10):
    """`act(ask, server, pool)`, where `ask(host)` returns the status and body of an answer."""

    async def main():
        server = Answers(*answers)
        listener = await asyncio.start_server(server.serve, "0.0.0.0", 0)
        port = listener.sockets[0].getsockname()[1]
        pool = ConnectionPool(SocketBackend(), ssl.create_default_context(), limit=limit)

        async def ask(host="127.0.0.1", *, reads=True):
            origin = Origin(is_tls=False, host=host, port=port)
            connection = pool.take(origin) or await pool.open(origin)
            answer = await connection.ask("GET", b"/", [(b"Host", b"wire.example")], b"")
            pieces = [piece async for piece in connection.pieces()] if reads else []
            pool.give_back(connection)
            return answer.status, b"".join(pieces)

        try:
            return await act(ask, server, pool)
        finally:
            pool.close()
            for writer in server.writers:
                writer.transport.abort()
            listener.close()
            await asyncio.sleep(0.01)

    return asyncio.run(main())


async def ask_twice(ask, server, _):
    first = await ask(reads=False)
    return first[0], await ask(), server.opened


@pytest.mark.parametrize("answer", [SAME, EMPTY])
def test_an_answer_without_a_body_leaves_its_connection_for_the_next_request(answer):
    assert run(ask_twice, answer, WHOLE) == (int(answer[9:12]), (200, b"ab"), 1)


def test_a_body_that_nobody_read_ends_its_connection():
    assert run(ask_twice, WHOLE, WHOLE) == (200, (200, b"ab"), 2)


def test_bytes_after_an_answer_end_its_connection():
    assert run(ask_twice, SAME + WHOLE, WHOLE) == (304, (200, b"ab"), 2)


def test_bytes_that_come_while_the_event_loop_stands_still_end_a_connection():
    async def act(ask, server, pool):
        await ask()
        (writer,) = server.writers
        os.write(writer.get_extra_info("socket").fileno(), b"HTTP/1.1 200 OK\r\n\r\nspoilt")
        return await ask(), server.opened

    assert run(act, WHOLE, WHOLE) == ((200, b"ab"), 2)


def test_the_connection_that_is_idle_for_longest_goes_first():
    hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]

    async def act(ask, server, _):
        for host in hosts:
            await ask(host)
        await asyncio.sleep(0.05)
        kept = server.open
        await ask(hosts[2])
        await ask(hosts[0])
        return kept, server.opened

    assert run(act, *[WHOLE] * 5, limit=2) == (2, 4)


def test_an_idle_connection_is_not_kept_for_long(monkeypatch):
    monkeypatch.setattr(connections, "_KEPT_S", 0.0)

    async def act(ask, server, _):
        await ask()
        await asyncio.sleep(0.01)
        return await ask(), server.opened

    assert run(act, WHOLE, WHOLE) == ((200, b"ab"), 2)


def test_a_fast_sender_is_held_up_until_its_bytes_are_read():
    size = 8 << 20
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size

    async def act(ask, *_):
        return await ask()

    status, body = run(act, head + bytes(size))
    assert (status, len(body)) == (200, size)


def test_a_connection_goes_to_an_address_and_never_to_a_name():
    with pytest.raises(httpcore.ConnectError, match=r"not known|not supported"):
        asyncio.run(SocketBackend().connect_tcp("localhost", 80))


def test_the_pool_opens_nothing_that_the_guard_refuses():
    async def main():
        guard = GuardedBackend(frozenset(), SocketBackend())
        pool = ConnectionPool(guard, ssl.create_default_context(), limit=1)
        try:
            await pool.open(Origin(is_tls=False, host="127.0.0.1", port=1))
        finally:
            guard.close()

    with pytest.raises(FetchRefused, match="is not a public address"):
        asyncio.run(main())


async def tell_no_tls(reader, writer):
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    writer.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory, server_type):
    """A certificate of its own for 127.0.0.1, and its key."""
    if not shutil.which("openssl"):
        server_type.absent("no openssl: apt-get install openssl")
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "certificate.pem", folder / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=wire", "-addext", "subjectAltName=IP:127.0.0.1"]
    words += ["-out", files[0], "-keyout", files[1]]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    return files


def ask_over_tls(serve, *, server_files=None, authority=None, host="127.0.0.1", times=1):
    """Return the answers of a server, or raise the error of the connection."""

    async def main():
        context = None
        if server_files:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*server_files)
        listener = await asyncio.start_server(serve, host, 0, ssl=context)
        port = listener.sockets[0].getsockname()[1]
        trusting = ssl.create_default_context(cafile=authority)
        pool = ConnectionPool(SocketBackend(), trusting, limit=1)
        origin = Origin(is_tls=True, host=host, port=port)
        found = []
        try:
            for _ in range(times):
                connection = pool.take(origin) or await pool.open(origin)
                answer = await connection.ask("GET", b"/", [(b"Host", b"wire.example")], b"")
                found.append((answer.status, b"".join([p async for p in connection.pieces()])))
                pool.give_back(connection)
        finally:
            pool.close()
            listener.close()
            await asyncio.sleep(0.05)
        return found

    return asyncio.run(main())


def test_a_server_without_tls_is_an_error_of_tls():
    with pytest.raises(BrokenConnection) as caught:
        ask_over_tls(tell_no_tls)
    assert caught.value.code == "tls"


def test_a_certificate_of_an_authority_that_is_known_is_taken_once_for_all(certificate):
    server = Answers(WHOLE, WHOLE)
    options = {"server_files": certificate, "authority": certificate[0], "times": 2}
    assert ask_over_tls(server.serve, **options) == [(200, b"ab")] * 2
    assert server.opened == 1


@pytest.mark.parametrize(
    ("host", "is_known", "reason"),
    [("127.0.0.1", False, "self-signed certificate"), ("127.0.0.2", True, "IP address mismatch")],
)
def test_a_certificate_is_checked(certificate, host, is_known, reason):
    server = Answers(WHOLE)
    authority = certificate[0] if is_known else None
    with pytest.raises(BrokenConnection, match=reason) as caught:
        ask_over_tls(server.serve, server_files=certificate, authority=authority, host=host)
    assert (caught.value.code, server.opened) == ("tls", 0)
