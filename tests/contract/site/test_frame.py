"""The common parts of all answers of the pages: headers, the host name, errors."""

import pytest

from worker.site.protection import is_own_host

HTML = {"accept": "text/html"}


def test_a_page_may_load_nothing_from_elsewhere_and_run_no_inline_script(client):
    answer = client.get("/")
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "<script>" not in answer.text
    assert "style=" not in answer.text


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8080", "localhost.evil.example", "", "[::1"]
)
def test_no_page_is_shown_under_another_host_name(client, host):
    answer = client.get("/", headers={"host": host})
    assert (answer.status_code, answer.text) == (
        421,
        "this service does not answer for that name: set COPYTASTER_WEB_HOSTS\n",
    )


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080", "LOCALHOST."])
def test_loopback_is_answered_by_name_and_by_address(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


def test_a_host_name_in_the_settings_is_answered():
    assert is_own_host("Wire.example:443", {"wire.example"})
    assert not is_own_host("wire.example.evil", {"wire.example"})


def test_a_missing_page_is_a_page_for_a_browser_and_a_line_for_a_program(client):
    page = client.get("/nowhere", headers=HTML)
    assert page.status_code == 404
    assert "<h1>Nothing here</h1>" in page.text
    line = client.get("/nowhere")
    assert (line.status_code, line.text) == (404, "not found\n")


def test_a_broker_that_is_away_has_an_error_page(client, world, swap_server, monkeypatch):
    class Away:
        def __getattr__(self, name):
            from worker.errors import BrokerAway

            def fail(*_args, **_more):
                raise BrokerAway("no answer", subject="broker")

            return fail

    swap_server(monkeypatch, world.store, Away())
    answer = client.get("/?desk=items", headers=HTML)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert "<h1>Not available now</h1>" in answer.text


def test_assets_have_addresses_of_their_content_and_are_kept(client):
    path = client.get("/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    style = client.get(path)
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert style.headers["etag"].strip('"') == path.partition("?v=")[2]
    assert "{#" not in style.text
    again = client.get(path, headers={"if-none-match": style.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["style.scss", "..%2Fframe.py", "%00"])
def test_no_other_file_is_an_asset(client, name):
    assert client.get(f"/static/{name}").status_code == 404
