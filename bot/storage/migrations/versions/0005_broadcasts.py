"""Invites: broadcasts, and a delivery for each recipient"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant, Sealed

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_PENDING = sa.text("state = 'pending'")
_IN_HAND = sa.text("state in ('leased', 'sending')")


def upgrade() -> None:
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("collection", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("paragraphs", sa.JSON(), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("any_hour", sa.Boolean(), nullable=False),
        sa.Column("planned_by", sa.String(length=80), nullable=False),
        sa.Column("planned_at", Instant(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("fallen_out", sa.JSON(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("unreachable", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "deliveries",
        sa.Column("broadcast", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chat", Sealed(), nullable=True),
        sa.Column("region", sa.String(length=2), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("sealed", Sealed(), nullable=True),
        sa.PrimaryKeyConstraint("broadcast", "position", name=op.f("pk_deliveries")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_deliveries_chat", "deliveries", ["chat"])
    op.create_index(
        "ix_deliveries_pending",
        "deliveries",
        ["broadcast", "region", "state"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )
    op.create_index(
        "ix_deliveries_in_hand", "deliveries", ["broadcast"], sqlite_where=_IN_HAND, postgresql_where=_IN_HAND
    )
