"""Migrations of the archive's tables, by Alembic; each is a file in `migrations/versions`."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from worker.errors import ArchiveError

__all__ = ["migrate"]

MIGRATIONS = Path(__file__).with_name("migrations")

_ONE_AT_A_TIME = threading.Lock()
"""Alembic keeps what it upgrades in the process, where each relay is a thread.

Nobody connects while holding it: a server that is silent must not delay the archives of others.
"""


def migrate(engine: Engine) -> None:
    """Bring the tables of a database to the newest revision, in one transaction.

    It does nothing if they have it.

    Raises:
        ArchiveError: A later release of the program made the tables.
    """
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    if present == script.get_current_head():
        return
    if present and present not in {revision.revision for revision in script.walk_revisions()}:
        raise ArchiveError(
            f"its tables are those of a later release (revision {present})",
            subject=engine.url.render_as_string(hide_password=True),
        )
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # The driver begins no transaction by itself: each table would be there for good, and
            # a later start would fail on those that an interrupted one had made.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        with _ONE_AT_A_TIME:
            command.upgrade(config, "head")
