"""Whoever has submitted is looked after for their pay, also where a person pays and no program does

Nobody there was, and so nobody was told of what became of their pay. Of who waits for nothing the row goes at the first
look. When a collection was closed is found by an index, for marks of who was paid.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant, Sealed

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_PAY = "pay"

_PARTS = sa.table(
    "contributions", sa.column("chat", Sealed), sa.column("collection", sa.String()), sa.column("submitted_at", Instant)
)
_DUE = sa.table(
    "schedule",
    *(sa.column(name, sa.String()) for name in ("kind", "key", "lane")),
    sa.column("note", sa.Integer()),
    sa.column("due_at", Instant),
)


def upgrade() -> None:
    on_server = op.get_bind().dialect.name == "postgresql"
    chat = sa.func.encode(_PARTS.c.chat, "hex") if on_server else sa.func.lower(sa.func.hex(_PARTS.c.chat))
    key = chat + sa.literal("/") + _PARTS.c.collection
    known = sa.select(_DUE.c.key).where(_DUE.c.kind == _PAY, _DUE.c.key == key).exists()
    now = sa.literal(dt.datetime.now(dt.UTC), Instant())
    rows = sa.select(sa.literal(_PAY), key, sa.literal("unasked"), sa.literal(0), now)
    rows = rows.where(_PARTS.c.submitted_at.is_not(None), ~known)
    is_closing = sa.text("action = 'collection closed'")
    op.create_index("ix_audit_closed", "audit", ["collection"], sqlite_where=is_closing, postgresql_where=is_closing)
    op.execute(sa.insert(_DUE).from_select(["kind", "key", "lane", "note", "due_at"], rows))
