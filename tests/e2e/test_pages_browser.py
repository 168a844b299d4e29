"""The pages in a browser: keyboard, phone, no script, live arrivals, hostile text, axe-core."""

import os
import sys
from pathlib import Path

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from worker.archive import open_archive
from worker.site.pages.frame import item_path

pytestmark = pytest.mark.e2e

CHROMIUM = Path("/usr/bin/chromium")
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser(server_type):
    if not CHROMIUM.exists():
        server_type.absent("no browser: apt-get install chromium")
    flags = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened
        opened.close()


@pytest.fixture
def archive(tmp_path):
    opened = open_archive(f"sqlite:///{tmp_path}/archive.db")
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def environ(environ, tmp_path):
    return environ | {"COPYTASTER_ARCHIVE": f"sqlite:///{tmp_path}/archive.db"}


@pytest.fixture
def site(processes, server_type, tmp_path, wait_for):
    """The address of `copytaster web`, a process of its own."""
    port = server_type(tmp_path).port
    processes.start("web", [sys.executable, "-m", "worker.cli", "web", "--port", str(port)])
    wait_for(lambda: "web_open" in processes.log("web"), why=lambda: processes.log("web"))
    return f"http://127.0.0.1:{port}"
