"""The first tables of the archive."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)

# `porter` stems English words. `remove_diacritics 2` also removes them from characters with more
# than one, such as `ộ`, which the default keeps.
_SQLITE = (
    (
        "CREATE VIRTUAL TABLE item_words USING fts5("
        "text, speakers, names, places, agency, language,"
        " tokenize = 'porter unicode61 remove_diacritics 2')"
    ),
    (
        "CREATE VIRTUAL TABLE speech_words USING fts5("
        "text, speaker, places, agency, language,"
        " tokenize = 'porter unicode61 remove_diacritics 2')"
    ),
)
# As on SQLite, words of ASCII letters are stemmed as English, and no word is left out: "to be or
# not to be" is a phrase. Words of other letters are stemmed as Russian; the Russian stemmer changes
# nothing but Cyrillic.
_POSTGRESQL = (
    (
        "CREATE TEXT SEARCH DICTIONARY copytaster_english"
        " (TEMPLATE = pg_catalog.snowball, LANGUAGE = english)"
    ),
    (
        "CREATE TEXT SEARCH DICTIONARY copytaster_russian"
        " (TEMPLATE = pg_catalog.snowball, LANGUAGE = russian)"
    ),
    "CREATE TEXT SEARCH CONFIGURATION copytaster (COPY = pg_catalog.simple)",
    (
        "ALTER TEXT SEARCH CONFIGURATION copytaster"
        " ALTER MAPPING FOR asciiword WITH copytaster_english"
    ),
    "ALTER TEXT SEARCH CONFIGURATION copytaster ALTER MAPPING FOR word WITH copytaster_russian",
    (
        "CREATE TABLE item_words ("
        "id bigint PRIMARY KEY REFERENCES versions ON DELETE CASCADE, text tsvector,"
        " speakers tsvector, names tsvector, places tsvector, agency tsvector, language tsvector)"
    ),
    (
        "CREATE TABLE speech_words ("
        "id bigint PRIMARY KEY REFERENCES speeches ON DELETE CASCADE, text tsvector,"
        " speaker tsvector, places tsvector, agency tsvector, language tsvector)"
    ),
    # One index over all columns: a search with words and facets is then a single scan of it.
    (
        "CREATE INDEX item_words_found ON item_words USING gin"
        " (text, speakers, names, places, agency, language)"
    ),
    (
        "CREATE INDEX speech_words_found ON speech_words USING gin"
        " (text, speaker, places, agency, language)"
    ),
)


def upgrade() -> None:
    _create_items()
    _create_annotations()
    _create_events_and_speeches()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRESQL:
        op.execute(statement)


def _create_items() -> None:
    op.create_table(
        "entities",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", "label", name="entity_by_name"),
    )
    op.create_table(
        "items",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("latest_id", _NUMBER, nullable=False),
        sa.Column("withdrawn_by", sa.String(length=32), nullable=True),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column("first_seen", _MOMENT, nullable=False),
        sa.Column("last_seen", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "versions",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("version_key", sa.String(length=16), nullable=False),
        sa.Column("seen", _MOMENT, nullable=False),
        sa.Column("created", _MOMENT, nullable=True),
        sa.Column("signal", sa.String(length=16), nullable=False),
        sa.Column("urgency", sa.SmallInteger(), nullable=False),
        sa.Column("pubstatus", sa.String(length=16), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("duplicate_of", sa.Text(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("is_kill", sa.Boolean(), nullable=False),
        sa.Column("bytes_so_far", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item", "version_key", "is_kill", name="versions_of_an_item"),
    )
    op.create_index("versions_by_time", "versions", ["seen"], unique=False)


def _create_annotations() -> None:
    op.create_table(
        "datelines",
        sa.Column("version_id", _NUMBER, nullable=False),
        sa.Column("printed", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("credit", sa.Text(), nullable=True),
        sa.Column("correspondent", sa.Text(), nullable=True),
        sa.Column("style", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("version_id"),
    )
    op.create_table(
        "mentions",
        sa.Column("version_id", _NUMBER, nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("entity_id", _NUMBER, nullable=False),
        sa.Column("iso", sa.String(length=2), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("ticker", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entity_id"],
            ["entities.id"],
        ),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("version_id", "start"),
    )
    op.create_index("mentions_of_an_entity", "mentions", ["entity_id", "version_id"], unique=False)
    op.create_table(
        "places",
        sa.Column("version_id", _NUMBER, nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("iso", sa.String(length=2), nullable=True),
        sa.Column("geonames_id", sa.Integer(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("version_id", "ordinal"),
    )


def _create_events_and_speeches() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version_id", _NUMBER, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("is_replay", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("events_of_a_version", "events", ["version_id"], unique=False)
    op.create_table(
        "speeches",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("version_id", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=True),
        sa.Column("mention", sa.Text(), nullable=True),
        sa.Column("cue", sa.Text(), nullable=True),
        sa.Column("chain", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("speeches_of_a_speaker", "speeches", ["speaker", "id"], unique=False)
    op.create_index("speeches_of_a_version", "speeches", ["version_id"], unique=False)
