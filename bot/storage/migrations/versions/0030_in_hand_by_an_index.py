"""What a process that died had in hand, found without looking at everything that is not in anybody's"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    holders = [("outbox", "holder"), ("outbox", "left_to"), ("schedule", "holder"), ("notice_deliveries", "holder")]
    for table, column in holders:
        is_held = sa.text(f"{column} is not null")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=is_held, postgresql_where=is_held)
