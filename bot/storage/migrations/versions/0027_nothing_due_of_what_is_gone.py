"""Nothing comes due of a collection that a chat has left

Where somebody took back one of several, the schedule went on saying which, and when that consent would have ended.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_OF_PARTS = ("again", "halted", "lapse", "pay", "remind")
"""What is keyed by a chat and a collection."""


def upgrade() -> None:
    schedule = sa.table("schedule", sa.column("kind", sa.String), sa.column("key", sa.String))
    contributions = sa.table("contributions", sa.column("chat", sa.LargeBinary), sa.column("collection", sa.String))
    on_server = op.get_bind().dialect.name == "postgresql"
    chat = (
        sa.func.encode(contributions.c.chat, "hex") if on_server else sa.func.lower(sa.func.hex(contributions.c.chat))
    )
    held = sa.select(chat.op("||")("/").op("||")(contributions.c.collection))
    op.execute(sa.delete(schedule).where(schedule.c.kind.in_(_OF_PARTS), schedule.c.key.not_in(held)))
