"""Links to a collection, counts of who got how far by each, and what was posted into channels"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("supplier", sa.String(40)),
        sa.Column("territory", sa.String(2)),
        sa.Column("daily", sa.Integer()),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("why", sa.String(12), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("consented", sa.Integer(), nullable=False),
        sa.Column("submitted", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("day_consented", sa.Integer(), nullable=False),
        sa.Column("since", Instant()),
        sa.Column("since_opened", sa.Integer(), nullable=False),
        sa.Column("busiest", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    op.create_table(
        "posts",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("link", sa.String(16), nullable=False),
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("place", sa.String(80), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("territory", sa.String(2), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("why", sa.String(24), nullable=False),
        sa.Column("asked_by", sa.String(80), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
