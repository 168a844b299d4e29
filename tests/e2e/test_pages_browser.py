"""The pages in a browser: keyboard, phone, no script, live arrivals, hostile text, axe-core."""

import os
import signal
import sys
from pathlib import Path

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


GRAIN = (
    'KIEV, January 12. /TASS/. "The grain export corridor is open," Olga Reznik said on Monday.\n\n'
    "Minister Ivan Moroz said that the harvest was good."
)
HOSTILE = '<script>document.title = "taken"</script><img src=x onerror=alert(1)>\u202egnp'


@pytest.fixture
def publish(world):
    """Publish items."""

    def publish(*items):
        for number, fields in items:
            message = {"version": "1", "headline": f"Item {number}", "body_text": GRAIN}
            world.put({"uri": f"urn:{number}", **message, **fields})
        world.work()

    return publish


@pytest.fixture
def open_page(browser, site):
    """Opens pages of the application; errors of their scripts and policies fail the test."""
    contexts, complaints = [], []

    def open_page(path, *, size=DESKTOP, **options):
        context = browser.new_context(viewport=size, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def is_live(page):
    expect(page.locator("#live-state.live")).to_be_visible()


def findings(page):
    """What axe-core finds, without what it cannot decide."""
    return [
        (found["id"], [node["html"] for node in found["nodes"]])
        for found in Axe().run(page).response["violations"]
    ]


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "dark"), (PHONE, "light")], ids=["desktop-dark", "phone-light"]
)
def test_axe_finds_nothing_and_no_page_is_wider_than_its_screen(
    world, archive, put_seeds, archive_desk, open_page, size, scheme
):
    put_seeds(world)
    archive_desk(world, archive)
    uris = [
        "urn:example:reuters:nL8N3XB1R7",  # a correction
        "urn:example:ap:2026-01-20:covered-bridge",  # withdrawn
        "urn:example:afp:doc-93c3d9",
    ]
    for path in ("/", "/?agency=TASS", "/?desk=quotes", "/?agency=Nobody", *map(item_path, uris)):
        page = open_page(path, size=size, color_scheme=scheme)
        assert (path, findings(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_an_item_appears_by_itself_and_a_kill_withdraws_it(publish, open_page):
    publish((1, {}))
    page = open_page("/")
    is_live(page)
    publish((2, {}))
    first = page.locator(".entry").first
    expect(first.locator(".line")).to_have_text("Item 2")
    expect(page.locator("#arrived")).to_have_text("New: Item 2")
    publish((2, {"version": "2", "pubstatus": "canceled"}))
    expect(first).to_have_class("entry fresh withdrawn")
    expect(first.locator(".badge.alarm")).to_have_text("Withdrawn")
    expect(first.locator("blockquote")).to_have_count(0)


def test_arrivals_wait_for_a_reader_who_has_scrolled(
    publish, archive, world, archive_desk, open_page
):
    publish(*((number, {}) for number in range(30)))
    archive_desk(world, archive)
    page = open_page("/")
    is_live(page)
    page.evaluate("window.scrollTo(0, 1500)")
    publish((31, {}), (32, {}))
    button = page.get_by_role("button", name="2 new items: show")
    expect(button).to_be_visible()
    expect(page.locator(".entry")).to_have_count(30)
    expect(page).to_have_title("(2) The wire – copytaster")
    button.click()
    expect(page.locator(".entry")).to_have_count(32)
    expect(page.locator(".entry").first).to_be_in_viewport()
    expect(page.locator(":focus")).to_have_text("Item 32")


def test_a_filter_keeps_arrivals_out(publish, open_page):
    page = open_page("/?language=ru")
    is_live(page)
    publish((1, {"language": "en"}), (2, {"language": "ru"}))
    expect(page.locator(".entry")).to_have_count(1)
    expect(page.locator(".entry .line")).to_have_text("Item 2")


def test_a_reader_gets_what_it_missed_while_the_server_was_away(
    publish, browser, processes, site, wait_for
):
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.goto(f"{site}/")
    is_live(page)
    publish((1, {}))
    expect(page.locator(".entry")).to_have_count(1)
    command = processes.started["web"].args
    assert processes.stop("web", timeout_s=15) in {0, -signal.SIGTERM}  # open streams end with it
    expect(page.locator("#live-state")).to_have_text("Not live just now. Times are UTC.")
    publish((2, {}))
    processes.start("web", command)
    expect(page.locator(".entry")).to_have_count(2, timeout=20_000)
    context.close()


def test_without_scripts_everything_is_there_after_a_reload(
    publish, archive, world, archive_desk, open_page
):
    page = open_page("/", java_script_enabled=False)
    expect(page.get_by_text("No feeds yet")).to_be_visible()
    publish((1, {}), (2, {"language": "ru"}))
    archive_desk(world, archive)
    page.reload()
    page.get_by_label("Language").fill("ru")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name="Item 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Item 2")
    page.get_by_text("As text").first.click()
    expect(page.locator(".credit").first).to_have_text(
        '"The grain export corridor is open," — Olga Reznik (TASS)'
    )


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    publish, archive, world, archive_desk, open_page
):
    publish((1, {}))
    archive_desk(world, archive)
    page = open_page("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    expect(page.locator(":focus")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_id("main")
    for label in (
        "Desk",
        "Agency",
        "Place or country",
        "Speaker",
        "Language",
        "Feed or sender",
    ):
        page.keyboard.press("Tab")
        expect(page.get_by_label(label)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # the place is a link too
    link = page.get_by_role("link", name="Item 1")
    expect(link).to_be_focused()
    assert link.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Item 1")


def test_a_quote_is_copied_with_its_credit(publish, archive, world, archive_desk, open_page):
    publish((1, {}))
    archive_desk(world, archive)
    page = open_page(item_path("urn:1"), permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy quote 1 with credit").click()
    expect(page.get_by_role("status")).to_have_text("Quote 1 copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == '"The grain export corridor is open," — Olga Reznik (TASS)'


def test_on_a_phone_speakers_come_before_the_copy_and_stay(
    publish, archive, world, archive_desk, open_page
):
    publish((1, {"body_text": GRAIN + "\n\nMore of it." * 100}))
    archive_desk(world, archive)
    page = open_page(item_path("urn:1"), size=PHONE)
    speakers, copy = page.locator("#speaker-1"), page.locator("article")
    assert speakers.bounding_box()["y"] < copy.bounding_box()["y"]
    page.evaluate("window.scrollTo(0, 2000)")
    expect(speakers).to_be_in_viewport()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_name_of_a_status_is_broken(publish, archive, world, archive_desk, open_page, size):
    publish((1, {}))
    archive_desk(world, archive)
    names = open_page(item_path("urn:1"), size=size).locator(".life dt")
    heights = names.evaluate_all("all => all.map(dt => dt.offsetHeight)")
    assert len(set(heights)) == 1


@pytest.mark.parametrize("uri", ["urn:%2F%252F", "https://news.example/a//b?c#d", "urn:порт 1"])
def test_a_uri_of_any_characters_has_a_page(publish, archive, world, archive_desk, open_page, uri):
    publish((1, {"uri": uri}))
    archive_desk(world, archive)
    page = open_page("/")
    page.get_by_role("link", name="Item 1").click()
    expect(page.locator(".uri")).to_have_text(uri)


def test_hostile_words_run_nothing_and_break_nothing(
    publish, archive, world, archive_desk, open_page
):
    quote = f'KIEV, January 12. /TASS/. "{HOSTILE}," Olga Reznik said.'
    publish((1, {"headline": HOSTILE, "body_text": quote}), (2, {"headline": "x" * 1_000_000}))
    archive_desk(world, archive)
    for size in (DESKTOP, PHONE):
        for path in ("/", item_path("urn:1"), item_path("urn:2")):
            page = open_page(path, size=size)
            assert "taken" not in page.title() or "<script>" in page.title()
            assert page.locator("img").count() == 0
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page = open_page("/")
    is_live(page)
    publish((3, {"headline": HOSTILE, "body_text": quote}))
    expect(page.locator(".entry")).to_have_count(3)
    assert page.locator("img").count() == 0
    assert page.title() == "The wire – copytaster"
