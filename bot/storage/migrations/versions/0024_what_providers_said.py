"""How often pay went to a provider, and which of a provider's answers were settled"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant, Sealed

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("entitlements") as table:
        table.add_column(sa.Column("given", sa.Integer(), nullable=False, server_default="0"))
    entitlements = sa.table("entitlements", *map(sa.column, ("state", "way", "given")))
    # Of what is owed nothing says whether it ever came back.
    by_number = entitlements.c.state.in_(["under_way", "sent", "not_arrived"]) & (entitlements.c.way != "voucher")
    op.execute(sa.update(entitlements).where(by_number).values(given=1))
    with op.batch_alter_table("entitlements") as table:
        table.alter_column("given", existing_type=sa.Integer(), server_default=None)
    op.create_table(
        "settled_answers",
        sa.Column("digest", Sealed(), nullable=False),
        sa.Column("settled_on", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_settled_answers")),
    )
