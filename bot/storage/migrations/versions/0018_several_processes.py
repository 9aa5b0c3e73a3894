"""Processes that serve the same data, and which of them has what in hand"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("fetches", sa.Boolean(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("alive_until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processes")),
        sqlite_autoincrement=True,
    )
    op.add_column("conversations", sa.Column("shown_by", sa.Integer()))
    op.add_column("schedule", sa.Column("holder", sa.Integer()))
    op.add_column("outbox", sa.Column("holder", sa.Integer()))
    op.add_column("outbox", sa.Column("left_to", sa.Integer()))
    op.add_column("deliveries", sa.Column("holder", sa.Integer()))
    op.add_column("notice_deliveries", sa.Column("holder", sa.Integer()))
