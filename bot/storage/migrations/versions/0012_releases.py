"""Recipients on file, orders that wait for a second steward, withdrawal lists and what recipients say of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("releases") as table:
        table.add_column(sa.Column("smallest_group", sa.Integer(), nullable=False, server_default="1"))
        # What left before went with own words and under nobody's name.
        table.add_column(sa.Column("own_words", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("tables", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("stewards", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("manifest", sa.String(64), nullable=False, server_default=""))
    with op.batch_alter_table("releases") as table:
        for name in ("smallest_group", "own_words", "tables", "stewards", "manifest"):
            table.alter_column(name, server_default=None)
    op.create_table(
        "recipients",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("purposes", sa.JSON(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("delete_within", sa.Integer(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_recipients")),
    )
    op.create_table(
        "withdrawal_lists",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("recipient", sa.String(80), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("up_to", sa.Integer(), nullable=False),
        sa.Column("releases", sa.JSON(), nullable=False),
        sa.Column("acknowledged_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal_lists")),
    )
    op.create_index("ix_withdrawal_lists_recipient", "withdrawal_lists", ["recipient"])
    op.create_table(
        "acknowledgements",
        sa.Column("list", sa.String(36), nullable=False),
        sa.Column("release", sa.String(36), nullable=False),
        sa.Column("file", sa.String(255), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("list", "release", "file", name=op.f("pk_acknowledgements")),
    )
    op.create_table(
        "release_orders",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("ordered_by", sa.String(80), nullable=False),
        sa.Column("ordered_at", Instant(), nullable=False),
        sa.Column("release", sa.String(36)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_orders")),
    )
