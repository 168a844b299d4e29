"""The web application on the real store, called in this process or over TCP."""

import asyncio
import contextlib
import datetime
import json
import threading

import httpx
import pytest
import redis
import uvicorn

from worker.desks import DEFAULT_DESKS
from worker.settings import Settings
from worker.site.app import build_app
from worker.site.context import SiteContext
from worker.site.server import listen
from worker.site.tokens import TokensFile

READ, WRITE, OPERATE = ("r" * 32, "w" * 32, "o" * 32)

TOKENS = f"""
[[token]]
name = "desk"
role = "read"
token = "{READ}"

[[token]]
name = "newsroom"
role = "write"
token = "{WRITE}"

[[token]]
name = "chief"
role = "operate"
token = "{OPERATE}"
"""


@pytest.fixture
def tokens_file(tmp_path):
    path = tmp_path / "tokens.toml"
    path.write_text(TOKENS)
    path.chmod(0o600)
    return path


@pytest.fixture
def tokens(tokens_file):
    return TokensFile(str(tokens_file))


@pytest.fixture
def make_context(make_store):
    def make(*, settings=None, tokens=None, archive=None, store=None, **of_store):
        return SiteContext(
            settings=settings or Settings(),
            store=store or make_store(**of_store),
            archive=archive,
            desks=lambda: DEFAULT_DESKS,
            now=lambda: datetime.datetime.now(datetime.UTC),
            tokens=tokens,
        )

    return make


class Site:
    """The application behind a real uvicorn, in a thread of this process."""

    def __init__(self, context):
        self.context = context
        listening = listen("127.0.0.1", 0)
        self.port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.loop = None
        self.server = uvicorn.Server(
            uvicorn.Config(build_app(context), lifespan="on", log_config=None, http="h11")
        )
        self.thread = threading.Thread(target=self._run, args=(listening,))
        self.thread.start()
        while not self.server.started:
            self.thread.join(0.01)
            assert self.thread.is_alive()

    def _run(self, listening):
        async def serve():
            self.loop = asyncio.get_running_loop()
            await self.server.serve(sockets=[listening])

        with contextlib.closing(listening):
            asyncio.run(serve())

    def stop(self):
        self.loop.call_soon_threadsafe(self.context.ending.set)
        self.server.should_exit = True
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def make_site(make_context):
    with contextlib.ExitStack() as made:

        def make(**options):
            site = Site(make_context(**options))
            made.callback(site.stop)
            return site

        yield make


@pytest.fixture
def make_client(make_site):
    """Make a client of an application with the given settings."""
    with contextlib.ExitStack() as made:

        def make(**options):
            url = make_site(**options).url
            return made.enter_context(httpx.Client(base_url=url, timeout=60))

        yield make


@pytest.fixture
def client(make_client):
    return make_client()


@pytest.fixture
def put_desk_events(broker_url, prefix):
    """Put events with the given numbers on the desk `items`; return their entry ids."""
    with redis.Redis.from_url(broker_url, decode_responses=True) as server:

        def put(*numbers, size=0, desk="items", **options):
            with server.pipeline(transaction=False) as pipe:
                for number in numbers:
                    body = json.dumps({"n": number, "pad": "x" * size})
                    fields = {"event": body, "id": f"e{number}", "type": "t"}
                    pipe.xadd(f"{prefix}:desk:{desk}", fields, **options)
                return pipe.execute()

        put.server, put.key = server, f"{prefix}:desk:items"
        yield put
