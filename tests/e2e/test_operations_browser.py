"""The pages for operators in a browser: by keyboard, on a phone, without scripts, axe-core."""

import os
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from worker.model import Feed, feed_id
from worker.model.inbox import DeadLetter, DoorDecision

pytestmark = pytest.mark.e2e

CHROMIUM = Path("/usr/bin/chromium")
SIZES = ({"width": 390, "height": 844}, {"width": 1280, "height": 900})
URL = "https://wire.example/rss"
FEED = Feed(id=feed_id(URL), url=URL, name="Wire of the morning", agency="TASS")


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
def environ(environ):
    return environ | {"COPYTASTER_ARCHIVE": "off"}


@pytest.fixture
def site(processes, server_type, tmp_path, wait_for):
    """The address of `copytaster web`, a process of its own."""
    port = server_type(tmp_path).port
    processes.start("web", [sys.executable, "-m", "worker.cli", "web", "--port", str(port)])
    wait_for(lambda: "web_open" in processes.log("web"), why=lambda: processes.log("web"))
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def letters(store):
    """Two dead letters, the newest first."""
    for number in range(2):
        store.inbox.put(f'{{"n": {number}}}')
        messages, _ = store.inbox.read_doors(9, 1000)
        letter = DeadLetter(reason=f"reason {number}", kind="message", attempts=0, payload="")
        store.inbox.enter(
            [DoorDecision(message=one, word="dead", letter=letter) for one in messages]
        )
    return [letter.id for letter in store.dead_letters.list()]


@pytest.fixture
def page(browser, site):
    """A page without scripts, whose requests may go to the site alone."""
    context = browser.new_context(base_url=site, java_script_enabled=False)
    strangers = []
    context.on("request", lambda one: strangers.append(one.url) if site not in one.url else None)
    yield context.new_page()
    context.close()
    assert [url for url in strangers if not url.startswith("data:")] == []


def press_to(page, target):
    """Press Tab until a control has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            return
    pytest.fail("the control is not reached by keyboard")


def test_a_feed_is_paused_and_resumed_by_keyboard(page, store):
    store.feeds.add([FEED])
    page.goto("/feeds")
    press_to(page, page.get_by_role("button", name="Pause Wire of the morning"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The feed is paused")
    expect(page.get_by_role("row", name="Wire of the morning")).to_contain_text("paused")
    assert store.feeds.is_paused(FEED.id)
    page.reload()  # a GET: nothing is sent again
    press_to(page, page.get_by_role("button", name="Resume Wire of the morning"))
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_contain_text("polled again")
    assert not store.feeds.is_paused(FEED.id)


def test_a_letter_is_chosen_and_retried_by_keyboard(page, store, letters):
    page.goto("/dead")
    press_to(page, page.get_by_role("checkbox", name=f"Choose letter {letters[1]}"))
    page.keyboard.press("Space")
    retry = page.get_by_role("button", name="Retry ticked")
    retry.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 letter is back where it came from.")
    assert [letter.id for letter in store.dead_letters.list()] == [letters[0]]
    page.get_by_role("link", name="reason 1").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Drop …").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Drop this letter for good?")
    page.get_by_role("button", name="Drop it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 letter is dropped.")
    assert store.dead_letters.list() == ()


def test_a_form_of_another_site_does_nothing_in_a_real_browser(browser, site, store):
    """The other site is the same host on another port: the same site, another origin."""
    store.feeds.add([FEED])
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/feeds/add")
    token = page.locator("input[name=token]").get_attribute("value")
    form = f"""<form method=post action="{site}/feeds/{FEED.id}/pause">
        <input name=token value="{token}"><button>Win</button></form>"""
    evil = site.replace("127.0.0.1", "127.0.0.2")
    page.route(f"{evil}/**", lambda route: route.fulfill(body=form, content_type="text/html"))
    page.goto(f"{evil}/")
    page.get_by_role("button").click()
    expect(page.locator("body")).to_contain_text("page of another site")
    assert not store.feeds.is_paused(FEED.id)
    context.close()


COVERED = """() => {
    const parts = [...document.querySelectorAll('main button, main input, main h2, main .meta')]
        .filter(part => part.type !== 'hidden' && part.checkVisibility())
        .map(part => [part.textContent || part.name, part.getBoundingClientRect()]);
    return parts.flatMap(([name, a], at) => parts.slice(at + 1)
        .filter(([_, b]) => a.left + 1 < b.right && b.left + 1 < a.right
            && a.top + 1 < b.bottom && b.top + 1 < a.bottom)
        .map(([other]) => `${name} / ${other}`));
}"""
"""The buttons, fields and headings that lie on one another."""


@pytest.mark.parametrize(
    ("size", "scheme"),
    [(SIZES[0], "light"), (SIZES[1], "dark")],
    ids=["390-light", "1280-dark"],
)
def test_every_page_is_accessible_and_fits(browser, site, store, letters, size, scheme):
    other = Feed(id="0" * 12, url="https://" + "long" * 60 + ".example/", name="n" * 300)
    store.feeds.add([FEED, other])
    store.feeds.pause(FEED.id)
    context = browser.new_context(base_url=site, viewport=size, color_scheme=scheme)
    page = context.new_page()
    for path in (
        "/feeds", f"/feeds/{FEED.id}", f"/feeds/{other.id}", f"/feeds/{other.id}/remove",
        "/feeds/add", "/feeds?q=none", "/feeds?done=feed-gone", "/dead", f"/dead/{letters[0]}",
        "/service",
    ):  # fmt: skip
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path
        assert page.evaluate(COVERED) == [], path
    context.close()
