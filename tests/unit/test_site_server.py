"""The server of the pages, at its start."""

import threading

from worker.site.server import listen, serve


async def app(scope, receive, send):
    """An application that nobody asks."""


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
