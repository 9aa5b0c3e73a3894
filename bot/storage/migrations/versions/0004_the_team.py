"""Rights, links that grant them, halts, and letters to a human"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant, Sealed

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rights",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("member", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("key_id", Sealed(), nullable=False),
        sa.Column("sealed", Sealed(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("granted_by", sa.String(length=32), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("trained_on", sa.Date(), nullable=True),
        sa.Column("code_version", sa.Integer(), nullable=False),
        sa.Column("code_accepted_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights")),
        sa.UniqueConstraint("member", "role", name="uq_rights_member"),
    )
    op.create_table(
        "team_links",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("secret_hash", Sealed(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_links")),
        sa.UniqueConstraint("secret_hash"),
    )
    op.create_table(
        "halts",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("collection", sa.String(length=40), nullable=True),
        sa.Column("territory", sa.String(length=2), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("agreed", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halts")),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("sender", Sealed(), nullable=False),
        sa.Column("key_id", Sealed(), nullable=False),
        sa.Column("sealed", Sealed(), nullable=False),
        sa.Column("collection", sa.String(length=40), nullable=False),
        sa.Column("territory", sa.String(length=2), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("keep_until", Instant(), nullable=False),
        sa.Column("for_owner", sa.Boolean(), nullable=False),
        sa.Column("not_right", sa.Boolean(), nullable=False),
        sa.Column("claimed_by", sa.String(length=32), nullable=False),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index("ix_letters_sender", "letters", ["sender"])
    op.create_index("ix_letters_keep_until", "letters", ["keep_until"])
