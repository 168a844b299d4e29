"""deploy/pin.py: the digests of base images, from a registry of our own."""

import http.server
import importlib.util
import json
import re
import shutil
import socket
import threading
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
ONE_PLATFORM = "application/vnd.oci.image.manifest.v1+json"
DIGEST = f"sha256:{'5' * 64}"
IMAGES = {
    ("library/python", "3.12-slim-bookworm"),
    ("library/redis", "7.4-alpine"),
    ("library/postgres", "17-bookworm"),
}


@pytest.fixture
def pin():
    spec = importlib.util.spec_from_file_location("pin", ROOT / "deploy/pin.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Registry(http.server.BaseHTTPRequestHandler):
    """Answers as Docker's registry does; the class attributes are what it says."""

    digest = DIGEST
    kind = OCI_INDEX
    asked: list[str]

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"token": f"for {self.path}"}).encode())

    def do_HEAD(self):
        _, _, name, image, _, tag = self.path.split("/")
        authorised = self.headers["Authorization"] == f"Bearer for /token/{name}/{image}"
        self.asked.append((f"{name}/{image}", tag))
        self.send_response(200 if authorised and OCI_INDEX in self.headers["Accept"] else 401)
        self.send_header("Content-Type", self.kind)
        self.send_header("Docker-Content-Digest", self.digest)
        self.end_headers()

    def log_message(self, *words):
        pass


@pytest.fixture
def registry():
    handler = type("Said", (Registry,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    handler.url = f"http://127.0.0.1:{server.server_port}"
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def checkout(tmp_path, pin):
    for name in pin.FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(pin, checkout, url):
    return pin.main(checkout, registry=url, tokens=f"{url}/token/{{}}")


def read(checkout, pin):
    return {name: (checkout / name).read_text(encoding="utf-8") for name in pin.FILES}


def test_every_image_gets_its_digest_and_a_second_run_changes_nothing(pin, registry, checkout):
    assert run(pin, checkout, registry.url) == 0
    texts = read(checkout, pin)
    found = {}
    for text in texts.values():
        found |= pin.find_images(text)
    assert found == dict.fromkeys(IMAGES, DIGEST)
    assert {*registry.asked} == IMAGES
    assert run(pin, checkout, registry.url) == 0
    assert read(checkout, pin) == texts


def test_a_later_digest_takes_the_place_of_the_earlier_one(pin, registry, checkout):
    run(pin, checkout, registry.url)
    before = read(checkout, pin)
    registry.digest = f"sha256:{'6' * 64}"
    run(pin, checkout, registry.url)
    assert read(checkout, pin) == {
        name: text.replace("5" * 64, "6" * 64) for name, text in before.items()
    }


@pytest.mark.parametrize("answer", [{"digest": ""}, {"digest": "md5:1"}, {"kind": ONE_PLATFORM}])
def test_an_answer_without_a_digest_for_all_platforms_changes_nothing(
    pin, registry, checkout, answer, capsys
):
    for name, value in answer.items():
        setattr(registry, name, value)
    before = read(checkout, pin)
    assert run(pin, checkout, registry.url) == 1
    assert read(checkout, pin) == before
    assert "nothing was changed" in capsys.readouterr().err


def test_without_a_registry_nothing_is_changed_and_the_image_is_named(pin, checkout, capsys):
    before = read(checkout, pin)
    assert run(pin, checkout, "http://127.0.0.1:9") == 1
    assert read(checkout, pin) == before
    assert re.match(r"pin: library/\w+:\S+: ", capsys.readouterr().err)


@pytest.mark.parametrize("answer", [b"no HTTP at all\r\n\r\n", b"HTTP/1.1 200\r\n\r\n[]"])
def test_a_server_that_is_no_registry_is_one_line(pin, checkout, answer, capsys):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        assert run(pin, checkout, f"http://127.0.0.1:{server.getsockname()[1]}") == 1
        thread.join()
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_checkout_without_the_files_is_one_line(pin, registry, tmp_path, capsys):
    assert run(pin, tmp_path, registry.url) == 1
    assert "Dockerfile" in capsys.readouterr().err


def test_the_pinned_files_say_the_same_but_for_the_digests(pin, registry, checkout):
    before = read(checkout, pin)
    run(pin, checkout, registry.url)
    texts = read(checkout, pin)
    assert {name: text.replace(f"@{DIGEST}", "") for name, text in texts.items()} == before
    redis = yaml.safe_load(texts["docker-compose.yml"])["services"]["redis"]["image"]
    assert redis == f"${{REDIS_IMAGE:-docker.io/library/redis:7.4-alpine@{DIGEST}}}"
    assert (
        f"\nARG PYTHON_IMAGE=docker.io/library/python:3.12-slim-bookworm@{DIGEST}\n"
        in (texts["Dockerfile"])
    )
