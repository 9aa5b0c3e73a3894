"""Whose a key is, found by the key; and chats that are owed a screen, without those that are owed none"""

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
