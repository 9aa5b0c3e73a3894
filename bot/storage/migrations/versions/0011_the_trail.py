"""Audit entries that are authenticated and have a place in a log, and purposes with a time of their own

What was written before stays, with an empty mac: the keys are not at hand here. The next start authenticates it.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant, Sealed

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_CONSENTS = sa.text("action in ('consent given', 'consent renewed')")


def upgrade() -> None:
    with op.batch_alter_table("audit") as table:
        table.add_column(sa.Column("entry", sa.String(32)))
        table.add_column(sa.Column("mac", Sealed()))
        table.add_column(sa.Column("leaf", sa.Integer()))
        table.add_column(sa.Column("seal", Sealed()))
    connection = op.get_bind()
    audit = sa.table("audit", sa.column("id"), sa.column("at", Instant), sa.column("entry"), sa.column("mac"))
    earlier = connection.execute(sa.select(audit.c.id, audit.c.at)).all()
    for row_id, at in earlier:
        name = f"{int(at.timestamp() * 1000):012x}{os.urandom(10).hex()}"
        connection.execute(sa.update(audit).where(audit.c.id == row_id).values(entry=name, mac=b""))
    with op.batch_alter_table("audit") as table:
        table.alter_column("entry", existing_type=sa.String(32), nullable=False)
        table.alter_column("mac", existing_type=Sealed(), nullable=False)
        table.create_unique_constraint("uq_audit_entry", ["entry"])
    op.create_index("ix_audit_leaf", "audit", ["leaf"])
    op.create_index("ix_audit_consents", "audit", ["pseudonym"], sqlite_where=_CONSENTS, postgresql_where=_CONSENTS)
    with op.batch_alter_table("consent_records") as table:
        table.add_column(sa.Column("kept", sa.JSON()))
    op.create_table(
        "audit_tiles",
        sa.Column("tile", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", Sealed(), nullable=False),
        sa.PrimaryKeyConstraint("tile", name=op.f("pk_audit_tiles")),
    )
