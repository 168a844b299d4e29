"""The server of the pages: its start, and the limits of what it takes."""

import contextlib
import socket
import subprocess
import sys
import threading

import pytest

from worker.site.server import listen, serve


async def app(scope, receive, send):
    """An application that gets no requests."""


def test_a_signal_before_the_start_of_the_server_ends_it():
    stopping = threading.Event()
    stopping.set()  # as stop_signals does, which was asked before uvicorn listens to signals
    listening = listen("127.0.0.1", 0)

    server = threading.Thread(
        target=serve,
        args=(app, listening),
        kwargs={"stopping": stopping, "heartbeat": "", "connections": 1},
        daemon=True,
    )
    server.start()
    server.join(20)

    assert not server.is_alive()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere connections do not inherit it")
def test_a_short_answer_does_not_wait_for_an_acknowledgement():
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


CONNECTIONS = 3

SCRIPT = f"""
import threading
from worker.site.server import listen, serve

async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({{"type": "http.response.start", "status": 204, "headers": []}})
        await send({{"type": "http.response.body", "body": b""}})

listening = listen("127.0.0.1", 0)
print(listening.getsockname()[1], flush=True)
serve(app, listening, stopping=threading.Event(), heartbeat="", connections={CONNECTIONS})
"""


@pytest.fixture
def port():
    """The port of a server in a process of its own."""
    words = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        yield int(process.stdout.readline())
        process.terminate()
        process.wait(30)


def ask(port, request):
    """Return the first line of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", port), 30) as client:
        client.settimeout(30)
        with contextlib.suppress(OSError):  # it may answer and close before it has all
            client.sendall(request)
        return client.recv(1000).partition(b"\r\n")[0].decode()


def test_headers_have_a_limit(port):
    begin = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "
    assert ask(port, begin + b"x" * 1000 + b"\r\n\r\n").startswith("HTTP/1.1 204")
    assert ask(port, begin + b"x" * 100_000).startswith("HTTP/1.1 400")


def test_connections_have_a_limit_beyond_which_clients_are_told_to_come_back(port):
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with contextlib.ExitStack() as held:
        for _ in range(CONNECTIONS - 1):
            client = held.enter_context(socket.create_connection(("127.0.0.1", port), 30))
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 204")
        assert ask(port, request).startswith("HTTP/1.1 503")
    assert ask(port, request).startswith("HTTP/1.1 204")
