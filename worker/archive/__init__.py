"""The archive: every event of a desk in a SQL database, and the search over it.

`schema` has the tables, `migrations` their history, `database` opens one, `writer` adds events to
it, `retention` deletes what is too old, `search` and `export` read it. Nothing in the pipeline
waits for the archive: it is the sink of a desk.
"""

from worker.errors import SettingsError

try:
    from worker.archive.database import Archive, open_archive
except ImportError as error:  # whatever imports the archive gives the same clear error
    raise SettingsError(
        f"{error.name} is not installed: pip install 'copytaster[archive]'", subject="archive"
    ) from error

__all__ = ["Archive", "open_archive"]
