"""Access to the API: tokens, roles, and requests from pages of other sites."""

import base64
import hashlib
import json
import logging
import os
import re
import subprocess
import sys

import httpx
import pytest

from worker.errors import SettingsError
from worker.model import Feed, feed_id
from worker.settings import Settings
from worker.site.access import check_exposure
from worker.site.app import build_app
from worker.site.tokens import TokenRole, TokensFile

READ, WRITE, OPERATE = ("r" * 32, "w" * 32, "o" * 32)
TEXT = {"text": "PARIS, May 2. /TASS/. Talks resume."}


def bearer(token):
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def guarded(make_client, tokens):
    return make_client(tokens=tokens)


def put(client, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/v1/inbox", json=TEXT, headers=named)


# roles


def test_without_a_token_nothing_but_the_document_is_answered(guarded):
    document = guarded.get("/v1/openapi.json")
    assert document.status_code == 200
    for path, methods in document.json()["paths"].items():
        for method in methods:
            answer = guarded.request(method, path.replace("{name}", "items"), content=b"{}")
            is_open = path == "/v1/openapi.json"
            assert (answer.status_code == 401) is not is_open, path
            if not is_open:
                assert answer.headers["www-authenticate"].startswith('Basic realm="copytaster"')
                assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("token", "read", "write"), [(READ, 200, 403), (WRITE, 200, 202), (OPERATE, 200, 202)]
)
def test_a_role_includes_the_roles_before_it(guarded, token, read, write):
    assert guarded.get("/v1/desks", headers=bearer(token)).status_code == read
    answer = put(guarded, **bearer(token))
    assert answer.status_code == write
    if write == 403:
        words = "a token of the role write is needed; that of desk has another"
        assert answer.json()["detail"] == words


def test_a_browser_sends_the_token_as_a_password(guarded):
    assert guarded.get("/v1/desks", auth=("anybody", READ)).status_code == 200
    assert guarded.get("/v1/desks", auth=("anybody", "wrong")).status_code == 401


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Bearer",
        f"Bearer {READ}x",
        f"bearer  {READ[:-1]}",
        f"Basic {READ}",
        "Basic !!",
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        f"Digest {READ}",
        f"Token {READ}",
    ],
)
def test_no_other_header_is_a_token(guarded, words):
    answer = guarded.get("/v1/desks", headers={"authorization": words})
    assert (answer.status_code, answer.json()["detail"]) == (401, "unknown token")


def test_no_token_is_in_a_log_or_an_answer(guarded, caplog):
    caplog.set_level(logging.DEBUG)
    answers = [
        guarded.get("/v1/desks", headers=bearer("secretsecretsecretsecret")),
        guarded.get("/v1/nowhere", headers=bearer(READ)),
        put(guarded, **bearer(READ)),
    ]
    said = caplog.text + "".join(answer.text + str(answer.headers) for answer in answers)
    assert "secretsecret" not in said
    assert READ not in said


def test_every_route_of_the_api_asks_for_a_role(make_site):
    (mount,) = [one for one in build_app(make_site().context).routes if one.path == "/v1"]
    without = [one.path for one in mount.routes if not hasattr(one.endpoint, "role")]
    assert without == ["/openapi.json"]


def test_every_page_asks_for_a_token_and_every_action_for_one_that_operates(make_site, tokens):
    site = make_site(tokens=tokens)
    *others, pages = build_app(site.context).routes
    assert [one.path for one in others] == ["/healthz", "/readyz", "/metrics", "/v1"]
    acting = 0
    with httpx.Client(base_url=site.url, timeout=60) as client:
        for route in pages.routes:
            path = re.sub(r"\{[^}]*\}", "x", route.path)
            for method in sorted(route.methods - {"HEAD"}):
                assert client.request(method, path).status_code == 401, path
                with client.stream(
                    method, path, headers=bearer(READ)
                ) as reader:  # /live is endless
                    refused = reader.status_code == 403
                assert refused is (method == "POST"), path
                acting += method == "POST"
        assert client.get("/no-page").status_code == 401
    assert (len(pages.routes) > 15, acting > 5) == (True, True)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/healthz", {}, 200),
        ("/v1/openapi.json", {}, 200),
        ("/v1/desks", {}, 401),
        ("/v1/nowhere", bearer(READ), 404),
        ("/", {}, 401),
        ("/dead", bearer(READ), 200),
        ("/", bearer("x" * 32), 401),
        ("/", {"sec-fetch-site": "cross-site"}, 403),
        ("/", {"host": "evil.example"}, 421),
    ],
)
def test_every_answer_keeps_its_type_and_stays_out_of_other_sites(guarded, path, headers, status):
    answer = guarded.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] in {"no-referrer", "same-origin"}
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert [name for name in answer.headers if name.startswith("access-control-")] == []
    is_page = answer.headers["content-type"].startswith("text/html")
    assert ("content-security-policy" in answer.headers) is is_page


def test_feeds_are_listed_without_their_secrets(make_client, make_store):
    store = make_store()
    url = "https://reader:hunter2@news.example/rss?token=s3cret"
    store.feeds.add([Feed(id=feed_id(url), url=url)])
    listed = make_client(store=store).get("/v1/feeds").text
    assert "news.example/rss" in listed
    assert not [word for word in ("hunter2", "s3cret") if word in listed]


# the file


def test_a_hashed_token_is_good_and_so_is_a_changed_file(tokens_file):
    tokens = TokensFile(str(tokens_file))
    assert tokens.find("another-token-of-mine") is None
    digest = hashlib.sha256(b"another-token-of-mine").hexdigest()
    tokens_file.write_text(f'[[token]]\nname = "a"\nrole = "read"\ntoken = "sha256:{digest}"\n')

    assert tokens.find("another-token-of-mine").role is TokenRole.READ
    assert tokens.find(READ) is None
    assert tokens.find(f"sha256:{digest}") is None


@pytest.mark.parametrize("path", ["/v1/desks/items/events", "/live"])
def test_a_stream_ends_whose_token_is_no_longer_valid(
    make_client, tokens, tokens_file, put_desk_events, monkeypatch, path
):
    monkeypatch.setattr("worker.site.tails.HEARTBEAT_S", 1.0)
    client = make_client(tokens=tokens)
    headers = {"accept": "text/event-stream", **bearer(READ)}
    with client.stream("GET", path, headers=headers) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("retry")

        tokens_file.write_text(tokens_file.read_text().replace(READ, "n" * 32))
        put_desk_events(1)
        assert "data" not in "".join(lines)
    assert client.get("/v1/desks", headers=bearer("n" * 32)).status_code == 200


def test_a_file_that_becomes_wrong_changes_nothing(tokens_file):
    tokens = TokensFile(str(tokens_file))
    tokens_file.write_text("[[token]")
    assert tokens.find(READ).name == "desk"
    tokens_file.unlink()
    assert tokens.find(READ).name == "desk"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("token = 7", "Expected `array`, got `int` - at `$.token`"),
        ('[[token]]\nname = "a"\nrole = "read"', "Object missing required field `token`"),
        (
            '[[token]]\nname = "a"\nrole = "boss"\ntoken = "x"',
            "`role` is read, write or operate - at `$.token[0].role`",
        ),
        (f'[[token]]\nname = ""\nrole = "read"\ntoken = "{READ}"', "at `$.token[0].name`"),
        ('[[token]]\nname = "a"\nrole = "read"\ntoken = "hunter2"', "shorter than 20 characters"),
        ('[[token]]\nname = "a"\nrole = "read"\ntoken = "sha256:12"', "needs 64 hex digits"),
        (f'[[token]]\nname = "a\nsecret{READ}', "not TOML (at line 2, column 10)"),
        (
            (
                f'[[token]]\nname = "a"\nrole = "read"\ntoken = "{READ}"\n'
                f'[[token]]\nname = "a"\nrole = "read"\ntoken = "{WRITE}"'
            ),
            "two tokens are named 'a'",
        ),
        (
            (
                f'[[token]]\nname = "a"\nrole = "read"\ntoken = "{READ}"\n'
                f'[[token]]\nname = "b"\nrole = "read"\ntoken = "{READ}"'
            ),
            "the token of 'b' is also that of another name",
        ),
    ],
)
def test_the_reason_for_a_wrong_file_quotes_no_token(tokens_file, text, reason):
    tokens_file.write_text(text)
    with pytest.raises(SettingsError) as told:
        TokensFile(str(tokens_file))
    assert reason in str(told.value)
    assert str(told.value).startswith(f"COPYTASTER_WEB_TOKENS: {tokens_file}: ")
    assert not {READ, WRITE, "hunter2"} & set(str(told.value).split())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tokens_file, mode):
    tokens_file.chmod(mode)
    with pytest.raises(SettingsError, match=f"other users may read it .mode {mode:o}.: chmod 600"):
        TokensFile(str(tokens_file))


@pytest.mark.parametrize("mode", [0o640, 0o444])
def test_a_file_of_digests_may_be_read_by_others(tokens_file, mode):
    """In a container the file belongs to root, and the process reads it by its group."""
    digest = hashlib.sha256(READ.encode()).hexdigest()
    tokens_file.write_text(f'[[token]]\nname = "a"\nrole = "read"\ntoken = "sha256:{digest}"\n')
    tokens_file.chmod(mode)
    assert TokensFile(str(tokens_file)).find(READ).name == "a"
    tokens_file.chmod(0o660)
    with pytest.raises(SettingsError, match=r"other users may write it .mode 660.: chmod 600"):
        TokensFile(str(tokens_file))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read: No such file or directory"):
        TokensFile(str(tmp_path / "none"))


# where it listens


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "fe80::1%eth0"])
def test_no_other_machine_is_served_without_tokens(address):
    check_exposure("127.0.0.1", "")
    check_exposure("::1", "")
    check_exposure(address, "tokens.toml")
    with pytest.raises(
        SettingsError, match="COPYTASTER_WEB_TOKENS: not set; an address other than loopback"
    ):
        check_exposure(address, "")


@pytest.mark.e2e
def test_the_command_does_not_start_off_loopback_without_tokens(broker_url, prefix):
    environ = {
        **os.environ,
        "COPYTASTER_REDIS_URL": broker_url,
        "COPYTASTER_PREFIX": prefix,
        "COPYTASTER_ARCHIVE": "off",
    }
    command = [sys.executable, "-m", "worker.cli", "web", "--host", "0.0.0.0", "--port", "0"]

    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 78
    assert (
        "COPYTASTER_WEB_TOKENS: not set; an address other than loopback needs a file of tokens"
        in done.stderr
    )


# pages of other sites


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "http://[bad"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    ],
)
def test_a_page_of_another_site_changes_nothing(client, headers, put_desk_events, prefix):
    answer = put(client, **headers)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "this request comes from a page of another site"
    assert put_desk_events.server.xlen(f"{prefix}:inbox") == 0


def test_a_page_of_another_site_changes_nothing_with_a_password_that_the_browser_knows(guarded):
    login = base64.b64encode(f"me:{OPERATE}".encode()).decode()
    answer = put(guarded, authorization=f"Basic {login}", origin="https://evil.example")
    assert answer.status_code == 403


def test_a_page_of_another_site_reads_nothing_but_may_have_links(client):
    fetched = client.get("/v1/desks", headers={"sec-fetch-site": "cross-site"})
    followed = client.get(
        "/v1/desks", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    )
    assert (fetched.status_code, followed.status_code) == (403, 200)


def test_these_pages_and_programs_may_send_requests(client):
    own = str(client.base_url).rstrip("/")
    assert put(client, origin=own).status_code == 202
    assert put(client, origin=own, sec_fetch_site="same-origin").status_code == 202
    assert put(client).status_code == 202


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "localhost.evil"])
def test_a_request_for_another_host_name_is_refused(client, name):
    """A page of `evil.example` whose address was changed to 127.0.0.1 ("DNS rebinding")."""
    assert client.get("/v1/desks", headers={"host": name}).status_code == 421
    answer = put(client, host=name, origin=f"http://{name}")
    assert (answer.status_code, answer.json()["status"]) == (421, 421)
    assert client.get("/", headers={"host": name}).text.startswith("this service does not answer")


@pytest.mark.parametrize(
    "name",
    ["forwarded", "x-forwarded-for", "via", "x-real-ip", "x-forwarded-host", "x-forwarded-proto"],
)
def test_a_request_through_a_proxy_needs_tokens(client, guarded, name):
    assert client.get("/v1/desks", headers={name: "1.2.3.4"}).status_code == 403
    assert guarded.get("/v1/desks", headers={name: "1", **bearer(READ)}).status_code == 200


# hubs


CALLBACK = f"/0123456789ab/{'t' * 43}"


@pytest.fixture
def pushed(make_client, tokens):
    """A client of the application whose callbacks are at https://wire.example/a/hubs/."""
    url = "https://wire.example/a/hubs/"
    return make_client(tokens=tokens, settings=Settings(websub_callback_url=url))


@pytest.mark.parametrize("path", ["/a/hubs", "/hubs", ""])
def test_hubs_need_no_token_whatever_the_proxy_cuts_off(pushed, path):
    named = {"host": "wire.example", "x-forwarded-for": "1.2.3.4", "origin": "https://hub.example"}
    answer = pushed.post(path + CALLBACK, headers=named)
    assert answer.status_code == 410  # the receiver's own answer: no such subscription
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert pushed.get(path + CALLBACK, headers=named).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        *("/a/hubs/", "/a/hubs/feeds", "/a/hubs/v1/desks", f"/a/hubs{CALLBACK}/", CALLBACK + "t"),
        *("/feeds", "/", f"/items{CALLBACK}", f"/v1/items{CALLBACK}", f"/b{CALLBACK}"),
        *(f"/a/hubs/../v1/desks{CALLBACK}", "/v1/desks", f"/v1/desks?x={CALLBACK}", "/dead"),
    ],
)
def test_all_else_needs_a_token_under_the_address_of_the_hubs_too(pushed, path):
    answers = [
        pushed.request(method, path, headers={"host": "wire.example"}) for method in ("GET", "POST")
    ]
    assert {answer.status_code for answer in answers} <= {401, 404, 405}
    assert all("desk" not in answer.text for answer in answers)
    strangers = pushed.get(path, headers={"host": "evil.example"})
    assert strangers.status_code == 421


def test_without_a_callback_url_there_is_no_receiver(client):
    assert client.post(CALLBACK).status_code == 404
    assert client.post(f"/websub{CALLBACK}").status_code == 404


def test_a_problem_is_json_whatever_the_path(client):
    for answer in (client.get("/v1/nowhere"), client.delete("/v1/desks")):
        problem = json.loads(answer.content)
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == answer.status_code
        assert set(problem) == {"title", "status", "detail"}
