"""The archive: every event of a desk in a SQL database, and the search over it.

`schema` declares the tables and `migrations` creates them; `database` opens an archive, `writer`
adds events, `retention` deletes old versions; `search`, `lookup`, `views`, `subjects`, `portraits`,
`counts` and `export` read it. Nothing in the pipeline waits for the archive: it is the sink of a
desk.
"""

from worker.errors import SettingsError

try:
    from worker.archive.database import Archive, open_archive
except ImportError as error:  # here, so that every import of the archive gives the same error
    raise SettingsError(
        f"{error.name} is not installed: pip install 'copytaster[archive]'", subject="archive"
    ) from error

__all__ = ["Archive", "open_archive"]
