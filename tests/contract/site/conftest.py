"""The web application on a real store and a real archive, called without a network."""

import warnings

import pytest

from worker.archive import open_archive
from worker.desks import DEFAULT_DESKS
from worker.site.app import build_app
from worker.site.context import SiteContext

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette would rather have a client that is not here yet
    from starlette.testclient import TestClient


@pytest.fixture
def archive(tmp_path):
    opened = open_archive(f"sqlite:///{tmp_path}/archive.db")
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def make_client(world):
    """Make a client of the application on this world's store."""

    def make(archive=None, desks=DEFAULT_DESKS, *, closing=False):
        context = SiteContext(
            settings=world.services.settings,
            store=world.store,
            archive=archive,
            desks=lambda: desks,
            now=world.services.now,
        )
        if closing:
            context.ending.set()
        return TestClient(build_app(context), base_url="http://127.0.0.1:8080")

    return make


@pytest.fixture
def client(make_client, archive):
    return make_client(archive)
