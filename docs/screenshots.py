"""Takes the pictures in docs/images/ of the demo's pages, with Chromium.

`python docs/screenshots.py` writes them; it needs the development environment.
"""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).with_name("images")
CHROMIUM = "/usr/bin/chromium"
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
ITEM = "urn:example:ap:2026-01-19:electric-school-buses"
ADDRESS = re.compile(rb"http://127\.0\.0\.1:\d+/")
START_S = 120.0


def main() -> None:
    """Run the demo, and take the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with running_demo() as address, sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        await_items(browser, address)
        take(browser, address, "wire.png", DESKTOP)
        take(browser, f"{address}items/{quote(ITEM, safe='')}", "item.png", DESKTOP)
        take(browser, f"{address}day", "day.png", DESKTOP)
        take(browser, address, "phone.png", PHONE)
        browser.close()


@contextmanager
def running_demo() -> Iterator[str]:
    """Yield the address of the demo's pages."""
    leader, follower = pty.openpty()  # the demo stays only on a terminal
    command = [sys.executable, "-m", "worker.cli", "demo", "--fast"]
    process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower)  # noqa: S603
    os.close(follower)
    try:
        yield await_address(leader)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        os.close(leader)


def await_address(terminal: int) -> str:
    """Return the address that the demo prints."""
    screen, deadline = b"", time.monotonic() + START_S
    while not (found := ADDRESS.search(screen)):
        if time.monotonic() > deadline:
            sys.exit(f"the demo does not start: {screen[-500:].decode(errors='replace')}")
        if select.select([terminal], [], [], 0.2)[0]:
            screen += os.read(terminal, 65536)
    return found[0].decode()


def await_items(browser: Browser, address: str) -> None:
    """Wait until the archive has all items: the wire no longer grows."""
    page, before, rows = browser.new_page(), -1, 0
    while rows != before:
        page.goto(address)
        before, rows = rows, page.locator("main a[href^='/items/']").count()
        time.sleep(3)
    page.close()


def take(browser: Browser, address: str, name: str, size: dict[str, int]) -> None:
    """Take the first screen of a page, by daylight."""
    page = browser.new_page(viewport=size, color_scheme="light")
    page.goto(address)
    page.screenshot(path=IMAGES / name)
    page.close()


if __name__ == "__main__":
    main()
