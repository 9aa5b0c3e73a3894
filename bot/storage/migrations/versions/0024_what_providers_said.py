"""How often pay went to a provider and in which file, and which of a provider's answers were settled"""

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
        table.add_column(sa.Column("export", sa.Integer()))
    columns = ("collection", "state", "state_on", "way", "given", "export")
    entitlements = sa.table("entitlements", *map(sa.column, columns))
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
    exports = op.create_table(
        "payout_exports",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("made_on", Instant(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_exports")),
        sqlite_autoincrement=True,
    )
    # What is under way was in files that nobody has counted: they are one.
    under_way = entitlements.c.state == "under_way"
    given = sa.select(entitlements.c.collection, sa.func.max(entitlements.c.state_on), sa.func.count())
    given = given.where(under_way).group_by(entitlements.c.collection)
    op.execute(sa.insert(exports).from_select(["collection", "made_on", "rows"], given))
    of = sa.select(exports.c.id).where(exports.c.collection == entitlements.c.collection).scalar_subquery()
    op.execute(sa.update(entitlements).where(under_way).values(export=of))
