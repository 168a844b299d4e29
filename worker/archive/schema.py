"""The tables of the archive, the same on SQLite and PostgreSQL.

A row of `versions` is one version of an item. Its number (`id`) grows with each version that
arrives, so it is also the order of arrival. All other rows of a version carry that number, and are
deleted with it.

The words of the search stand in two tables of their own, `item_words` and `speech_words`: on SQLite
they are FTS5 tables, on PostgreSQL tables with `tsvector` columns. They hold only the last version
of each item, and nothing of an item that was withdrawn.
"""

import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from worker.model.moments import in_utc

__all__ = [
    "ITEM_WORDS",
    "REVISION",
    "SPEECH_WORDS",
    "datelines",
    "entities",
    "events",
    "items",
    "mentions",
    "metadata",
    "places",
    "speeches",
    "versions",
]


REVISION = "0002"
"""The newest revision of `migrations/versions`; the tables below are those of this revision."""


class UtcDateTime(TypeDecorator[datetime.datetime]):
    """A moment in UTC; SQLite, which has no time zones, stores it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime.datetime | None, dialect: Dialect
    ) -> datetime.datetime | None:
        if value is None:
            return None
        utc = in_utc(value)  # one moment that is out of range must not stop a batch
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(
        self,
        value: datetime.datetime | None,
        dialect: Dialect,  # noqa: ARG002  SQLAlchemy gives it
    ) -> datetime.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=datetime.UTC) if value.tzinfo is None else value


metadata = MetaData()

Number = BigInteger().with_variant(Integer, "sqlite")
"""A row's number. On SQLite only an INTEGER PRIMARY KEY is the rowid itself, without an index."""


def _of_version(*, is_key: bool = False) -> "Column[int]":
    return Column(
        "version_id",
        Number,
        ForeignKey("versions.id", ondelete="CASCADE"),
        primary_key=is_key,
        nullable=False,
    )


items = Table(
    "items",
    metadata,
    Column("key", String(32), primary_key=True),  # `uri_hash` of the uri, which may be long
    Column("uri", Text, nullable=False),
    Column("latest_id", Number, nullable=False),
    Column("withdrawn_by", String(32)),  # the id of the kill's event
    Column("withdrawn_at", UtcDateTime),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("item", String(32), nullable=False),  # `items.key`
    Column("uri", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("version_key", String(16), nullable=False),  # `version_hash` of the version
    Column("seen", UtcDateTime, nullable=False),  # the time of its first event
    Column("created", UtcDateTime),  # versioncreated
    Column("signal", String(16), nullable=False),
    Column("urgency", SmallInteger, nullable=False),
    Column("pubstatus", String(16), nullable=False),
    Column("headline", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("duplicate_of", Text),
    Column("document", LargeBinary, nullable=False),  # the parsed item's JSON, compressed (zlib)
    Column("is_kill", Boolean, nullable=False),
    # The estimated bytes of all versions up to this one: the difference of two is the size of the
    # versions between them. PostgreSQL does not tell how much of its files is in use.
    Column("bytes_so_far", BigInteger, nullable=False),
    UniqueConstraint("item", "version_key", "is_kill", name="versions_of_an_item"),
    Index("versions_by_time", "seen"),
    # Of hashes on PostgreSQL: a uri or a link may be longer than its other indexes take.
    Index("versions_of_a_source", "source", postgresql_using="hash"),
    Index(
        "versions_of_a_link", "link", postgresql_using="hash", postgresql_where=text("link <> ''")
    ),
    Index(
        "versions_of_an_original",
        "duplicate_of",
        postgresql_using="hash",
        postgresql_where=text("duplicate_of IS NOT NULL"),
        sqlite_where=text("duplicate_of IS NOT NULL"),
    ),
)

events = Table(
    "events",
    metadata,
    Column("id", String(32), primary_key=True),
    _of_version(),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("time", UtcDateTime, nullable=False),
    Column("is_replay", Boolean, nullable=False),
    Index("events_of_a_version", "version_id"),
)

datelines = Table(
    "datelines",
    metadata,
    _of_version(is_key=True),
    Column("printed", Text, nullable=False),
    Column("date", Date),
    Column("agency", Text),
    Column("credit", Text),
    Column("correspondent", Text),
    Column("style", Text, nullable=False),
)

places = Table(
    "places",
    metadata,
    _of_version(is_key=True),
    Column("ordinal", SmallInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("region", Text),
    Column("iso", String(2)),
    Column("geonames_id", Integer),
    Column("lat", Float),
    Column("lon", Float),
    Column("confidence", Float, nullable=False),
)

speeches = Table(
    "speeches",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    _of_version(),
    Column("kind", String(8), nullable=False),  # direct: a quote; mixed or indirect: a statement
    Column("text", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("speaker", Text),
    Column("mention", Text),
    Column("cue", Text),
    Column("chain", Integer),
    Column("confidence", Float, nullable=False),
    Index("speeches_of_a_version", "version_id"),
    Index("speeches_of_a_speaker", "speaker", "id"),
)

entities = Table(
    "entities",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("label", String(16), nullable=False),
    UniqueConstraint("name", "label", name="entity_by_name"),
)

mentions = Table(
    "mentions",
    metadata,
    _of_version(is_key=True),
    Column("start", Integer, primary_key=True),
    Column("end", Integer, nullable=False),
    Column("entity_id", Number, ForeignKey("entities.id"), nullable=False),
    Column("iso", String(2)),
    Column("role", Text),
    Column("ticker", Text),
    Index("mentions_of_an_entity", "entity_id", "version_id"),
)

ITEM_WORDS = ("text", "speakers", "names", "places", "agency", "language")
"""The columns of `item_words`, whose rows have the number of their version."""

SPEECH_WORDS = ("text", "speaker", "places", "agency", "language")
"""The columns of `speech_words`, whose rows have the number of their row in `speeches`."""
