"""Reviewers' words, what they were shown, and incidents"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    held = sa.text("state = 'held'")
    op.create_index("ix_deliveries_held", "deliveries", ["broadcast"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "sign_offs",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("territory", sa.String(2), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("capacity", sa.String(12), nullable=False),
        sa.Column("role", sa.String(80), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("expires_on", sa.Date()),
        sa.Column("screen", sa.Integer()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_offs")),
    )
    op.create_table(
        "reviewed_texts",
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("content", name=op.f("pk_reviewed_texts")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", sa.String(40)),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("territory", sa.String(2), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("noted_by", sa.String(80), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("source", name=op.f("uq_incidents_source")),
    )
    _what_is_known()


def _what_is_known() -> None:
    """Complaints that are still kept, and what stands still now: of a complaint the day alone."""
    op.execute(
        sa.text(
            "insert into incidents (source, kind, collection, territory, at, noted_by, what) "
            "select 'halt ' || id, 'halt', coalesce(collection, ''), coalesce(territory, ''), at, role, '' from halts"
        )
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    day: sa.ColumnElement[object] = sa.literal_column(
        "date(at) || ' 00:00:00.000000'" if is_sqlite else "date_trunc('day', at at time zone 'UTC') at time zone 'UTC'"
    )
    letters = sa.table(
        "letters", sa.column("id"), sa.column("collection"), sa.column("territory"), sa.column("for_owner")
    )
    incidents = sa.table(
        "incidents", *(sa.column(n) for n in ("source", "kind", "collection", "territory", "at", "noted_by", "what"))
    )
    complaints = sa.select(
        sa.literal_column("'letter ' || id"), sa.literal_column("'complaint'"), letters.c.collection,
        letters.c.territory, day, sa.literal_column("'contributor'"), sa.literal_column("''"),
    ).where(letters.c.for_owner)  # fmt: skip
    op.execute(incidents.insert().from_select([c.name for c in incidents.c], complaints.select_from(letters)))
