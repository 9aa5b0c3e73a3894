"""Numbers that grow beyond 2^31 where a server keeps them; SQLite's are of 64 bits as they are"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_COUNTED = (("consent_events", "id"), ("withdrawals", "id"), ("key_destructions", "id"), ("audit", "id"))
"""Columns that the server counts by itself."""

_OTHERS = (
    ("audit", "leaf"),
    ("audit_tiles", "tile"),
    ("seen_updates", "update_id"),
    ("releases", "withdrawals_before"),
    ("withdrawal_lists", "up_to"),
    ("tallies", "count"),
    ("schedule", "note"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column in (*_COUNTED, *_OTHERS):
        op.alter_column(table, column, existing_type=sa.Integer(), type_=sa.BigInteger())
    for table, column in _COUNTED:
        op.execute(f"ALTER SEQUENCE {table}_{column}_seq AS bigint")
