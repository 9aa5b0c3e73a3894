"""The one pace of the token, for all processes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("free_at", Instant(), nullable=False),
        sa.Column("pace", sa.Float(), nullable=False),
        sa.Column("paced_at", Instant(), nullable=False),
        sa.Column("waits_until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paces")),
    )
