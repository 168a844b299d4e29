"""Archives on both databases."""

import pytest

from worker.archive import open_archive


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/archive.db"
    return request.getfixturevalue("make_database")()


@pytest.fixture
def archive(url):
    opened = open_archive(url)
    yield opened
    opened.close()
