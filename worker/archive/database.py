"""Opening an archive: its address, its connections and its tables."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from worker.archive.migrate import migrate
from worker.errors import ArchiveError, SettingsError

__all__ = ["Archive", "open_archive"]

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
BUSY_S = 30
"""Seconds that a writer waits for another writer of a SQLite file."""

_LOCK = 0x636F7079  # of all advisory locks of a PostgreSQL server, those of this number are ours


class Archive:
    """A SQL database with the tables of `worker.archive.schema`.

    Attributes:
        dialect: `sqlite` or `postgresql`.
        shown: The database's URL without a password, for messages.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.dialect: str = engine.dialect.name
        self.shown: str = engine.url.render_as_string(hide_password=True)
        self._is_migrated = False

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database.

        Raises:
            ArchiveError: The database cannot be reached, or cannot be read.
        """
        with self._errors(), self._engine.connect() as connection:
            if self.dialect == "postgresql":
                connection.execute(
                    text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                )
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield the connection of the one writer, in a transaction that ends with the block.

        Raises:
            ArchiveError: The database cannot be reached, or did not take what was written.
        """
        with self._errors():
            self._migrate()
            with self._engine.begin() as connection:
                if self.dialect == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                else:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                yield connection

    def migrate(self) -> None:
        """Create the tables, or bring them to the present form.

        Raises:
            ArchiveError: The database cannot be reached, or is of a later version.
        """
        with self._errors():
            self._migrate()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _migrate(self) -> None:
        if not self._is_migrated:
            migrate(self._engine)
            self._is_migrated = True

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Convert the errors of the database to ArchiveError."""
        try:
            yield
        except DBAPIError as error:
            reason = str(error.orig).strip().partition("\n")[0] or type(error).__name__
            raise ArchiveError(reason, subject=self.shown) from error


def open_archive(url: str) -> Archive:
    """Return the archive at a URL: `sqlite:///archive.db`, `postgresql://user@host/wire`.

    Nothing is connected to yet.

    Raises:
        SettingsError: The URL names no SQLite or PostgreSQL database.
    """
    address = _read_url(url)
    shown = address.render_as_string(hide_password=True)
    try:
        if address.drivername == "sqlite":
            return Archive(_open_sqlite(address))
        return Archive(create_engine(address, pool_size=2, pool_pre_ping=True))
    except NoSuchModuleError as error:
        raise SettingsError(str(error), subject=shown) from error


def _read_url(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as error:
        known = "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
        raise SettingsError(f"not the URL of a database: {known}", subject="archive") from error
    name = address.drivername.partition("+")[0]
    if name not in DRIVERS:
        raise SettingsError(
            f"{name} is no database that the archive knows: sqlite, postgresql", subject="archive"
        )
    if name == "sqlite" and not address.database:
        raise SettingsError("name the file: sqlite:///PATH", subject="archive")
    return address.set(drivername=DRIVERS[name])


def _open_sqlite(address: URL) -> Engine:
    path = Path(address.database or "").expanduser()
    engine = create_engine(
        address.set(database=str(path)), poolclass=NullPool, connect_args={"timeout": BUSY_S}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: `write` says BEGIN IMMEDIATE.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",  # readers and the writer do not wait for each other
            "synchronous=FULL",  # what the sink has taken survives a power cut
            "foreign_keys=ON",
            "cache_size=-64000",
            "mmap_size=1073741824",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine
