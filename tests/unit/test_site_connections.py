"""Connections of the server: none is kept that sends no request."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest
import uvicorn

from worker.site import connections
from worker.site.server import listen

HEAD = b"GET / HTTP/1.1\r\nhost: localhost\r\n"


@pytest.fixture
def port(monkeypatch):
    """The port of a server that waits a quarter of a second for a head, and takes one to answer."""
    monkeypatch.setattr(connections, "HEAD_S", 0.25)

    async def slow(scope, receive, send):
        await asyncio.sleep(1)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    listening = listen("127.0.0.1", 0)
    config = uvicorn.Config(
        slow, lifespan="off", log_config=None, http=connections.TimedConnection, interface="asgi3"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(20)
    listening.close()
    assert not thread.is_alive()


@contextlib.contextmanager
def connected(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as opened:
        yield opened


def test_a_connection_that_says_nothing_ends(port):
    with connected(port) as silent:
        assert silent.recv(1) == b""


def test_a_connection_that_says_a_letter_at_a_time_ends(port):
    with connected(port) as slow, contextlib.suppress(ConnectionError):
        for letter in HEAD * 3:
            slow.sendall(bytes([letter]))
            slow.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                assert slow.recv(1) == b""
                return
            slow.setblocking(True)
            time.sleep(0.1)
        raise AssertionError("the connection is still open")


def test_an_answer_may_take_longer_and_so_may_the_next_one(port):
    with connected(port) as client:
        for _ in range(2):
            client.sendall(HEAD + b"\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 204")
        assert client.recv(1) == b""
