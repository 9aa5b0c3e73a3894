"""Consents that follow one another: which keys each has, and which one a submission stands under"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant, Sealed

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "move_permissions",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("territory", sa.String(length=2), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_move_permissions")),
    )
    with op.batch_alter_table("contributions") as table:
        table.add_column(sa.Column("submitted_under", sa.String(36)))
    with op.batch_alter_table("consent_records") as table:
        table.add_column(sa.Column("key_id", Sealed()))
    with op.batch_alter_table("releases") as table:
        table.add_column(sa.Column("withdrawals_before", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("releases") as table:
        table.alter_column("withdrawals_before", server_default=None)
    # Until now each contribution had one consent, and no purpose that was withdrawn was ever agreed to again.
    contributions = sa.table("contributions", *map(sa.column, ("record", "key_id", "submitted_at", "submitted_under")))
    records = sa.table("consent_records", sa.column("id"), sa.column("key_id"))
    submitted = sa.update(contributions).where(contributions.c.submitted_at.is_not(None))
    op.execute(submitted.values(submitted_under=contributions.c.record))
    of_record = sa.select(contributions.c.key_id).where(contributions.c.record == records.c.id).scalar_subquery()
    op.execute(sa.update(records).values(key_id=of_record))
