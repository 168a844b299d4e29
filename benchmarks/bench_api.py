"""Measures the HTTP API: events to many readers of a desk, the memory they take, and messages in.

    python benchmarks/bench_api.py [--readers 1000] [--events 50] [--messages 20000]

The service is `copytaster web` in a process of its own, with an embedded broker; the readers are in
this process, on the same machine. Before a figure is printed, it is checked that each reader got
every event once and in order, and that every message is on the inbox.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import redis
from _bench import describe_machine, spread

from worker.broker import embedded

RUNS = 5
NUMBER = re.compile(rb'"n":(\d+),')


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--readers", type=int, default=1000)
    options.add_argument("--events", type=int, default=50)
    options.add_argument("--messages", type=int, default=20_000)
    given = options.parse_args()
    print(describe_machine("starlette", "uvicorn", "h11", "redis"))
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as opened:
        broker = opened.enter_context(embedded.open_broker(Path(directory)))
        server = opened.enter_context(redis.Redis.from_url(broker.url))
        port, process = opened.enter_context(serve(broker.url))
        idle = memory(process.pid)
        print(f"process without readers: {idle >> 20} MiB")
        asyncio.run(time_readers(server, port, process.pid, given.readers, given.events))
        for name, size in (("one message a request", 1), ("100 messages a request", 100)):
            count = given.messages if size > 1 else given.messages // 10
            rates = [time_messages(server, port, count, size) for _ in range(RUNS)]
            print(f"inbox, {name}: {spread(rates, 'messages/s')}")


@contextlib.contextmanager
def serve(url):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    environ = {**os.environ, "COPYTASTER_REDIS_URL": url, "COPYTASTER_ARCHIVE": "off"}
    command = [sys.executable, "-m", "worker.cli", "web", "--port", str(port)]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/v1/desks").status_code == 200:
                    break
            if process.poll() is not None or time.monotonic() > until:
                sys.exit("the service did not start")
            time.sleep(0.1)
        yield port, process
    finally:
        process.terminate()
        process.wait(60)


def memory(pid: int) -> int:
    """Return the resident bytes of a process."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def time_readers(server, port: int, pid: int, readers: int, events: int) -> None:
    """Measure the time from the first event's XADD to the last event of the last reader."""
    before = memory(pid)
    streams = [await open_reader(port) for _ in range(readers)]
    held = memory(pid)
    per_reader = (held - before) / readers / 1024
    print(f"{readers} readers: {held >> 20} MiB, {per_reader:.0f} KiB each")
    rates, most = [], held
    for run in range(RUNS):
        wanted = list(range(run * events, (run + 1) * events))
        reading = [asyncio.create_task(read_events(reader, events)) for reader, _ in streams]
        start = time.monotonic()
        await asyncio.to_thread(put_events, server, wanted)
        found = await asyncio.gather(*reading)
        rates.append(readers * events / (time.monotonic() - start))
        if any(numbers != wanted for numbers in found):
            sys.exit("a reader lost or repeated an event")
        most = max(most, memory(pid))
    print(f"events delivered: {spread(rates, 'events/s')}, at most {most >> 20} MiB")
    for _, writer in streams:
        writer.close()
        await writer.wait_closed()


async def open_reader(port: int):
    """Return a connection whose stream has begun.

    HTTP/1.0 has no chunked coding, so that the bytes of the body are events and nothing else.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(
        b"GET /v1/desks/items/events HTTP/1.0\r\nhost: 127.0.0.1\r\n"
        b"accept: text/event-stream\r\n\r\n"
    )
    await reader.readuntil(b"id: ")
    await reader.readuntil(b"\n\n")
    return reader, writer


async def read_events(reader: asyncio.StreamReader, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        block = await reader.readuntil(b"\n\n")
        found += [int(number) for number in NUMBER.findall(block)]
    return found


def put_events(server, numbers: list[int]) -> None:
    """Put events of 2 KiB, the size of a short item, ten at a time."""
    for start in range(0, len(numbers), 10):
        with server.pipeline(transaction=False) as pipe:
            for number in numbers[start : start + 10]:
                body = json.dumps({"n": number, "text": "x" * 2000}, separators=(",", ":"))
                pipe.xadd("copytaster:desk:items", {"event": body, "id": str(number), "type": "t"})
            pipe.execute()


def time_messages(server, port: int, count: int, size: int) -> float:
    """Return the messages per second over four connections; all must be on the inbox at the end."""
    server.delete("copytaster:inbox")
    line = json.dumps({"text": "PARIS, May 2. /TASS/. The talks have resumed. " + "x" * 1000})
    body = "\n".join([line] * size)
    seconds = asyncio.run(send_all(port, body, count // size))
    if server.xlen("copytaster:inbox") != count // size * size:
        sys.exit("a message is not on the inbox")
    return count / seconds


async def send_all(port: int, body: str, requests: int) -> float:
    left = iter(range(requests))
    headers = {"content-type": "application/x-ndjson"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:

        async def send() -> None:
            for _ in left:
                answer = await client.post("/v1/inbox", content=body, headers=headers)
                if answer.status_code != 202:
                    sys.exit(f"refused: {answer.text}")

        start = time.monotonic()
        await asyncio.gather(*(send() for _ in range(4)))
        return time.monotonic() - start


if __name__ == "__main__":
    main()
