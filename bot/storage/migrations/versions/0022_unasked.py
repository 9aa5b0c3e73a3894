"""What nobody has asked for, apart from what somebody waits for"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_DUE = ("remind", "pay", "halted", "again")
_OWED = ("gone", "gone_begun")


def upgrade() -> None:
    op.add_column("schedule", sa.Column("lane", sa.String(10), nullable=False, server_default="reply"))
    for table, kinds in (("schedule", _DUE), ("outbox", _OWED)):
        rows = sa.table(table, sa.column("kind", sa.String()), sa.column("lane", sa.String()))
        op.execute(rows.update().where(rows.c.kind.in_(kinds)).values(lane="unasked"))
        op.drop_index(f"ix_{table}_due_at", table_name=table)
        op.create_index(f"ix_{table}_lane_due_at", table, ["lane", "due_at"])
