"""Indexes for the items of a feed, the duplicates of an item, and the items of a link."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Of hashes on PostgreSQL: a uri or a link may be longer than its other indexes take.
    op.create_index("versions_of_a_source", "versions", ["source"], postgresql_using="hash")
    op.create_index(
        "versions_of_a_link",
        "versions",
        ["link"],
        postgresql_using="hash",
        postgresql_where=sa.text("link <> ''"),
    )
    # Partial, since most items repeat no other.
    op.create_index(
        "versions_of_an_original",
        "versions",
        ["duplicate_of"],
        postgresql_using="hash",
        postgresql_where=sa.text("duplicate_of IS NOT NULL"),
        sqlite_where=sa.text("duplicate_of IS NOT NULL"),
    )
