"""What is owed, and numbers that it goes to, in the order of their keys

SQLite numbers rows as they come, so that the n-th of these was the n-th submission's. These tables are made without
such numbers, and filled in the order of keys. On a server the day's retention writes them anew (bot.storage.key_order).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant, Sealed

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    _make_anew(
        "entitlements",
        sa.Column("holder", Sealed(), nullable=False),
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("amount", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("accrued_on", Instant(), nullable=False),
        sa.Column("kept_until", Instant(), nullable=False),
        sa.Column("territory", sa.String(2)),
        sa.Column("reference", sa.String(16), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("state_on", Instant(), nullable=False),
        sa.Column("way", sa.String(12)),
        sa.Column("reason", sa.Text()),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("left", sa.Boolean(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("export", sa.Integer()),
        sa.UniqueConstraint("reference", name="uq_entitlements_reference"),
    )
    _make_anew(
        "payout_numbers",
        sa.Column("holder", Sealed(), nullable=False),
        sa.Column("key_id", Sealed(), nullable=False),
        sa.Column("sealed", Sealed(), nullable=False),
        sa.Column("kept_until", Instant(), nullable=False),
    )
    op.create_index("ix_payout_numbers_key_id", "payout_numbers", ["key_id"])


def _make_anew(name: str, *columns: sa.Column[object] | sa.UniqueConstraint) -> None:
    """Indexes of the old table go with it."""
    before = f"{name}_as_they_came"
    op.rename_table(name, before)
    key = sa.PrimaryKeyConstraint("holder", name=op.f(f"pk_{name}"))
    made = op.create_table(name, *columns, key, sqlite_with_rowid=False)
    names = [column.name for column in made.columns]
    old = sa.table(before, *map(sa.column, names))
    op.execute(sa.insert(made).from_select(names, sa.select(*old.columns).order_by(old.c.holder)))
    op.drop_table(before)
