"""rediss://: the service through TLS, and both of its clients refuse who is not the broker.

The embedded server is built without TLS, so a loopback proxy ends it in front of the server.
"""

import asyncio
import json
import os
import shutil
import socket as socket_module
import ssl
import subprocess
import sys
import threading
import time
from urllib.parse import quote, urlsplit

import pytest

from worker.app import make_app
from worker.errors import BrokerAway, BrokerError, SettingsError
from worker.settings import load_settings
from worker.store.store import RedisStore

pytestmark = pytest.mark.e2e

TEXT = "OSLO, May 1. /TASS/. The bridge is open, engineer Ivan Petrov said."


class Authority:
    """A certificate authority of the test's own, made by the openssl command."""

    def __init__(self, directory, name):
        self.directory, self.name = directory, name
        self.certificate, self.key = directory / f"{name}.pem", directory / f"{name}.key"
        subject = ("-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")
        files = ("-keyout", str(self.key), "-out", str(self.certificate))
        openssl("req", "-x509", *NEW_KEY, "-days", "2", *files, *subject)

    def sign(self, name, alternatives):
        """A certificate for these names, and its key."""
        stem = self.directory / f"{self.name}-{name}"
        paths = [stem.with_suffix(suffix) for suffix in (".pem", ".key", ".csr", ".ext")]
        certificate, key, request, extension = map(str, paths)
        paths[3].write_text(f"subjectAltName={alternatives}\n")
        openssl("req", *NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        signer = ("-CA", str(self.certificate), "-CAkey", str(self.key), "-CAcreateserial")
        asked = ("-in", request, "-out", certificate, "-days", "2", "-extfile", extension)
        openssl("x509", "-req", *asked, *signer)
        return paths[0], paths[1]


NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*words):
    if shutil.which("openssl") is None:
        reason = "no openssl command: install Debian's package openssl"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class TlsProxy:
    """Takes TLS on a loopback port and passes what is in it to a Unix socket."""

    def __init__(self, certificate, key, socket, client_authority=None):
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate, key)
        if client_authority is not None:
            self._context.verify_mode = ssl.CERT_REQUIRED
            self._context.load_verify_locations(client_authority.certificate)
        self._socket = socket
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.served = 0

    def __enter__(self):
        self._thread.start()
        opening = asyncio.run_coroutine_threadsafe(self._open(), self._loop)
        self.port = opening.result(20)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._server.close()
        self._loop.run_until_complete(asyncio.sleep(0.1))
        self._loop.close()

    async def _open(self):
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self._context, limit=1 << 22
        )
        return self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        self.served += 1
        server_reader, server_writer = await asyncio.open_unix_connection(self._socket)
        await asyncio.gather(_pipe(reader, server_writer), _pipe(server_reader, writer))


async def _pipe(reader, writer):
    try:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    except (OSError, ssl.SSLError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"), "ours")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"), "theirs")


@pytest.fixture
def socket(broker_url):
    return urlsplit(broker_url).path


def url_of(proxy, authority=None, **options):
    if authority is not None:
        options["ssl_ca_certs"] = authority.certificate
    query = "&".join(f"{name}={quote(str(value))}" for name, value in options.items())
    return f"rediss://localhost:{proxy.port}/0?{query}".rstrip("?")


def by_the_store(url):
    opened = RedisStore(load_settings({"COPYTASTER_REDIS_URL": url}).redis_url)
    try:
        opened.stats.ping()
    except BrokerError as error:
        return str(error.__cause__)
    finally:
        opened.close()
    return "connected"


def by_celery(url):
    app = make_app(load_settings({"COPYTASTER_REDIS_URL": url}))
    connection = app.connection_for_write()
    try:
        connection.connect()
        connection.default_channel.client.ping()
    except connection.connection_errors as error:
        return str(error)
    finally:
        connection.close()
        app.close()
    return "connected"


CLIENTS = pytest.mark.parametrize("client", [by_the_store, by_celery])


def test_the_service_works_over_tls_with_a_certificate_of_its_own(
    ours, socket, processes, prefix, store, wait_for
):
    certificate, key = ours.sign("service", "DNS:service")
    with TlsProxy(*ours.sign("localhost", "DNS:localhost"), socket, ours) as proxy:
        url = url_of(proxy, ours, ssl_certfile=certificate, ssl_keyfile=key)
        processes.environ["COPYTASTER_REDIS_URL"] = url
        processes.dispatch()
        processes.worker()
        processes.poller()
        store.inbox.put(json.dumps({"text": TEXT}))
        wait_for(lambda: store.desks.read("items"), why=lambda: processes.log("worker")[-2000:])
        assert proxy.served > 3
        for name in ("dispatch", "worker", "poller"):
            assert processes.stop(name) == 0
            assert "CERTIFICATE" not in processes.log(name)


@CLIENTS
def test_a_broker_with_a_certificate_of_the_right_authority_is_taken(ours, socket, client):
    with TlsProxy(*ours.sign("localhost", "DNS:localhost"), socket) as proxy:
        assert client(url_of(proxy, ours)) == "connected"


@CLIENTS
def test_a_broker_with_a_certificate_of_another_authority_is_refused(ours, theirs, socket, client):
    with TlsProxy(*theirs.sign("localhost", "DNS:localhost"), socket) as proxy:
        assert "CERTIFICATE_VERIFY_FAILED" in client(url_of(proxy, ours))
        assert "CERTIFICATE_VERIFY_FAILED" in client(url_of(proxy)), "the system knows it neither"
        assert proxy.served == 0


@CLIENTS
def test_a_broker_with_a_certificate_for_another_host_is_refused(ours, socket, client):
    with TlsProxy(*ours.sign("elsewhere", "DNS:broker.example"), socket) as proxy:
        assert "Hostname mismatch" in client(url_of(proxy, ours))
        assert proxy.served == 0


@CLIENTS
def test_without_the_certificate_that_the_broker_asks_for_nobody_is_let_in(ours, socket, client):
    with TlsProxy(*ours.sign("localhost", "DNS:localhost"), socket, ours) as proxy:
        assert client(url_of(proxy, ours)) != "connected"


def run(url, *words):
    """A program's exit code, and its lines on stderr."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        env=inherited | {"COPYTASTER_REDIS_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr.splitlines()


PROGRAMS = pytest.mark.parametrize(
    "words",
    [
        ("worker.cli", "status"),
        ("worker.cli", "dispatch"),
        ("worker.cli", "up"),
        ("celery", "-A", "worker.app", "worker", "-Q", "urgent,parse"),
    ],
    ids=" ".join,
)


def test_a_port_without_tls_is_told_within_five_seconds(servers):
    url = servers().url.replace("redis:", "rediss:")
    opened, begun_at = RedisStore(url), time.monotonic()
    with pytest.raises(SettingsError) as caught:
        opened.stats.ping()
    assert time.monotonic() - begun_at < 5
    address = urlsplit(url).netloc
    assert str(caught.value) == f"{url}: {address} speaks no TLS: the scheme is redis, not rediss"
    opened.close()


@PROGRAMS
def test_no_program_waits_for_tls_on_a_port_without(servers, words):
    url = servers().url.replace("redis:", "rediss:")
    code, (line,) = run(url, *words)
    assert (code, line.startswith(f"copytaster: {url}: ")) == (78, True)
    assert line.endswith("speaks no TLS: the scheme is redis, not rediss")


@PROGRAMS
def test_no_program_waits_for_a_port_that_wants_tls(ours, socket, words):
    with TlsProxy(*ours.sign("localhost", "DNS:localhost"), socket) as proxy:
        url = f"redis://:hush@127.0.0.1:{proxy.port}/0"
        code, (line,) = run(url, *words)
    address = f"127.0.0.1:{proxy.port}"
    reason = f"{address} wants TLS: the scheme is rediss, not redis"
    assert (code, line) == (78, f"copytaster: redis://{address}/0: {reason}")


def test_a_port_that_asks_for_certificates_wants_tls_too(ours, socket):
    with TlsProxy(*ours.sign("localhost", "DNS:localhost"), socket, ours) as proxy:
        opened = RedisStore(f"redis://127.0.0.1:{proxy.port}/0")
        with pytest.raises(SettingsError, match="wants TLS"):
            opened.stats.ping()
    opened.close()


def test_a_port_of_something_else_is_no_matter_of_the_scheme():
    with socket_module.create_server(("127.0.0.1", 0)) as silent:
        url = f"rediss://127.0.0.1:{silent.getsockname()[1]}/0"
        with pytest.raises(BrokerAway, match="did not answer in time"):
            RedisStore(url).stats.ping()
