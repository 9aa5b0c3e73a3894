"""Whose a key is, what is about a chat, what is leased, and who is owed a screen, each found without looking at all"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("conversations", "contributions", "consent_records", "letters", "payout_numbers"):
        op.create_index(f"ix_{table}_key_id", table, ["key_id"])
    op.drop_index("ix_conversations_owed", table_name="conversations")
    op.create_index(
        "ix_conversations_owed",
        "conversations",
        ["chat"],
        sqlite_where=sa.text("owed = 1"),
        postgresql_where=sa.text("owed"),
    )
    op.create_index("ix_schedule_key", "schedule", ["key"], postgresql_ops={"key": "text_pattern_ops"})
    is_leased = sa.text("leased_until is not null")
    op.create_index(
        "ix_schedule_leased_until", "schedule", ["leased_until"], sqlite_where=is_leased, postgresql_where=is_leased
    )
