"""Reviewers' words, what they were shown, and incidents"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant

revision = "0015"
down_revision = "0012"
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
