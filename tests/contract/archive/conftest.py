"""Archives on both databases, and events to put into them."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from worker.archive import open_archive

PROGRAMS = next(
    (path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None
)
# PostgreSQL refuses to run as root.
AS_USER = (
    ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
    if os.getuid() == 0
    else ()
)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory, server_type):
    """A PostgreSQL server of our own."""

    class PostgreSQL(server_type):
        def prepare(self):
            data = self.directory / "data"
            data.mkdir()
            if AS_USER:
                account = pwd.getpwnam("postgres")
                os.chown(data, account.pw_uid, account.pw_gid)
            words = [PROGRAMS / "initdb", "-D", data, "-A", "trust", "-U", "copy", "-N"]
            subprocess.run([*AS_USER, *words], check=True, capture_output=True, cwd="/")

        def command(self):
            words = [PROGRAMS / "postgres", "-D", self.directory / "data", "-p", str(self.port)]
            return [*AS_USER, *words, "-k", "", "-c", "listen_addresses=127.0.0.1"]

        def environ(self):
            return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}

        def is_up(self):
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                return False
            return True

        def url(self, name):
            return f"postgresql://copy@127.0.0.1:{self.port}/{name}"

    if PROGRAMS is None:
        server_type.absent("no PostgreSQL: apt-get install postgresql; the tests start their own")
    directory = tmp_path_factory.mktemp("postgresql")
    for folder in (directory, *directory.parents[:3]):
        folder.chmod(0o755)  # the server's user must reach its files
    server = PostgreSQL(directory)
    server.prepare()
    server.start()
    yield server
    server.kill()
    shutil.rmtree(directory / "data", ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path, prefix):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/archive.db"
    server = request.getfixturevalue("postgresql")
    name = prefix.replace(":", "_").replace("-", "_")
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server.url(name)


@pytest.fixture
def archive(url):
    opened = open_archive(url)
    yield opened
    opened.close()
