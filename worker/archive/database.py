"""Opening an archive: its address, its connections and its tables."""

import contextlib
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from worker.archive.schema import REVISION
from worker.errors import ArchiveAbsent, ArchiveError, SettingsError, reason_of

__all__ = ["Archive", "open_archive"]

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
BUSY_S = 5
"""Seconds that a writer waits for another writer of a SQLite file; a relay tries again."""

_PATIENCE = {"connect_timeout": "10", "tcp_user_timeout": "20000", "keepalives_idle": "20"}
"""Defaults of libpq's options (in s, ms, s), by which a client notices that its server is gone.

The options of the URL come first.
"""

DEADLINE_S = 60.0
"""Seconds that a PostgreSQL server has for a batch or a search."""

_LOCK_WAIT = "10s"
"""Time that a writer waits for another writer of a PostgreSQL database."""

_TO_DISK = (
    "SELECT set_config('synchronous_commit', 'on', true)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)
"""What a server has confirmed is on its disk, also where its settings spare it that."""

_LOCK = 0x636F7079  # "copy": advisory locks are numbers that all programs of a database share


class Archive:
    """A SQL database with the tables of `worker.archive.schema`.

    Attributes:
        dialect: `sqlite` or `postgresql`.
        shown: The database's URL without a password, for messages.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.dialect: str = engine.dialect.name
        self.shown: str = _shown(engine.url)
        self._is_present = False
        self._own = threading.local()
        if self.dialect == "postgresql":
            self._watch()

    @contextlib.contextmanager
    def read(self, *, any_revision: bool = False) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database.

        Args:
            any_revision: Accept tables of another release, and a database without tables.

        Raises:
            ArchiveAbsent: The database does not exist yet, or has no tables yet.
            ArchiveError: It cannot be reached, or cannot be read.
        """
        with self._errors(), self._deadline():
            if self.dialect == "sqlite" and not Path(self._engine.url.database or "").exists():
                raise self._absent()  # connecting would create an empty file
            with self._engine.connect() as connection:
                self._begin_reading(connection)
                if not self._is_present and not any_revision:
                    self._check_present(connection)
                yield connection

    def _begin_reading(self, connection: Connection) -> None:
        # A page runs several queries; a version that arrives between two must not show in one
        # alone. The first read in SQLite's transaction fixes its snapshot (WAL).
        if self.dialect == "sqlite":
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))

    def _check_present(self, connection: Connection) -> None:
        if not connection.dialect.has_table(connection, "alembic_version"):
            raise self._absent()
        present = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if present != REVISION:
            reason = (
                f"its tables have revision {present}, and this release reads revision {REVISION}"
            )
            raise ArchiveError(reason, subject=self.shown)
        self._is_present = True

    def _absent(self) -> ArchiveAbsent:
        reason = "there is no archive yet; a relay makes it with the first items"
        return ArchiveAbsent(reason, subject=self.shown)

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield the connection of the only writer, in a transaction that ends with the block.

        Raises:
            ArchiveError: The database cannot be reached, or refused a statement.
        """
        with self._errors(), self._deadline():
            self._migrate()
            with self._engine.begin() as connection:
                if self.dialect == "sqlite":
                    # A plain BEGIN takes the write lock with the first INSERT, after the reads:
                    # it fails at once (SQLITE_BUSY) if another writer came between.
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                else:
                    # Numbers are given out by MAX(id), so a second writer must wait. The lock
                    # ends with the transaction, also when this process dies.
                    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'"))
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                    connection.execute(text(_TO_DISK))
                yield connection

    def migrate(self) -> None:
        """Create the tables, or bring them to the revision of this release.

        Raises:
            ArchiveError: The database cannot be reached, or its tables are of a later release.
        """
        with self._errors(), self._deadline():
            self._migrate()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _migrate(self) -> None:
        if not self._is_present:
            try:
                from worker.archive.migrate import migrate  # noqa: PLC0415  for writers alone
            except ImportError as error:
                reason = "alembic is not installed: pip install 'copytaster[archive]'"
                raise SettingsError(reason, subject="archive") from error
            migrate(self._engine)
            self._is_present = True

    @contextlib.contextmanager
    def _deadline(self) -> Iterator[None]:
        """Cut this thread's connections to a PostgreSQL server when the block outlasts DEADLINE_S.

        libpq waits for an answer without limit, and a relay that waits in it could not be stopped.
        """
        if self.dialect == "sqlite":
            yield
            return
        taken: list[Any] = []
        self._own.taken = taken
        timer = threading.Timer(DEADLINE_S, _shut_down, (taken,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _watch(self) -> None:
        """Note each connection that a thread opens or takes from the pool, for its deadline."""

        @event.listens_for(self._engine, "do_connect")
        def _connect(dialect: Any, _record: Any, words: Any, options: Any) -> Any:
            # "checkout" comes too late: before it, SQLAlchemy asks a new connection for the
            # server's version and encoding, and a silent server would block it there.
            connection = dialect.loaded_dbapi.connect(*words, **options)
            self._own.taken.append(connection)
            return connection

        @event.listens_for(self._engine, "checkout")
        def _take(connection: Any, _record: Any, _proxy: Any) -> None:
            self._own.taken.append(getattr(connection, "driver_connection", connection))

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Convert the errors of the database to ArchiveError."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OverflowError) as error:
            # SQLAlchemy's own message repeats the statement with its values, copy included; the
            # driver's first line is enough.
            cause = error.orig if isinstance(error, DBAPIError) else error
            reason = reason_of(str(cause).strip().partition("\n")[0] or type(cause).__name__)
            raise ArchiveError(reason, subject=self.shown) from error


def _shut_down(connections: list[Any]) -> None:
    """Shut down the TCP connections under psycopg, so that the thread that waits gets an error.

    Closing a connection of another thread is not safe; shutting its socket down is. The copy of the
    file descriptor keeps Python from closing libpq's own.
    """
    import psycopg  # noqa: PLC0415  an extra

    for connection in connections:
        with (
            contextlib.suppress(OSError, psycopg.Error),  # it ended in the meantime
            socket.socket(fileno=os.dup(connection.fileno())) as copy,
        ):
            copy.shutdown(socket.SHUT_RDWR)


def open_archive(url: str) -> Archive:
    """Return the archive at a URL: `sqlite:///archive.db`, `postgresql://user@host/wire`.

    It connects to nothing yet. The query of a PostgreSQL URL holds options of libpq (`sslmode`).

    Raises:
        SettingsError: The URL names no SQLite or PostgreSQL database, or psycopg is not installed.
    """
    if not url:
        raise SettingsError("is off: set COPYTASTER_ARCHIVE", subject="archive")
    address = _read_url(url)
    if address.drivername == "sqlite":
        return Archive(_open_sqlite(address))
    try:
        _check_options(address)
        address = address.set(query={**_PATIENCE, **address.query})
        return Archive(create_engine(address, pool_size=2, pool_pre_ping=True))
    except NoSuchModuleError as error:
        raise SettingsError(str(error), subject=_shown(address)) from error
    except ImportError as error:
        reason = "psycopg is not installed: pip install 'copytaster[postgresql]'"
        raise SettingsError(reason, subject="archive") from error


def _read_url(url: str) -> URL:
    known = "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is not a number
        raise SettingsError(f"not the URL of a database: {known}", subject="archive") from error
    name = address.drivername.partition("+")[0]
    if name not in DRIVERS:
        reason = f"{name} is not a database that the archive can use: sqlite, postgresql"
        raise SettingsError(reason, subject="archive")
    if name == "sqlite" and (address.host or not address.database):
        raise SettingsError("name the file: sqlite:///PATH", subject="archive")
    if name == "sqlite" and (address.query or "\0" in (address.database or "")):
        reason = "the URL of a SQLite file may have no options and no NUL"
        raise SettingsError(reason, subject=_shown(address))
    return address.set(drivername=DRIVERS[name])


def _shown(address: URL) -> str:
    """Return a URL for messages: without a password, and without options, which may hold one."""
    return address.set(query={}).render_as_string(hide_password=True)


def _check_options(address: URL) -> None:
    """Refuse options that libpq does not know: at the start, not with the first event."""
    import psycopg  # noqa: PLC0415  an extra
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    options: Mapping[str, Any] = address.query
    try:
        make_conninfo("", **options)
    except psycopg.Error as error:
        raise SettingsError(reason_of(error), subject=_shown(address)) from error


def _open_sqlite(address: URL) -> Engine:
    path = Path(address.database or "").expanduser()
    engine = create_engine(
        address.set(database=str(path)), connect_args={"timeout": BUSY_S}, pool_size=4
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # By default the driver begins transactions by itself, before an INSERT but not before a
        # SELECT; `read` and `write` begin theirs.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",  # readers and the writer do not wait for each other
            "synchronous=FULL",  # an event that the sink confirmed survives a power cut
            "foreign_keys=ON",  # off by default; ON DELETE CASCADE needs it
            "cache_size=-64000",  # negative: in KiB
            "mmap_size=1073741824",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine
