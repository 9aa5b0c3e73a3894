"""What has become of pay that is owed, voucher codes to pay it with, and numbers to send it to"""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant, Sealed
from flows.consent import pay_reference

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("entitlements") as table:
        table.add_column(sa.Column("territory", sa.String(2)))
        table.add_column(sa.Column("reference", sa.String(16)))
        table.add_column(sa.Column("state", sa.String(12), nullable=False, server_default="owed"))
        table.add_column(sa.Column("state_on", Instant()))
        table.add_column(sa.Column("way", sa.String(12)))
        table.add_column(sa.Column("reason", sa.Text()))
        table.add_column(sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("left", sa.Boolean(), nullable=False, server_default=sa.false()))
    columns = ("holder", "accrued_on", "state_on", "reference")
    entitlements = sa.table("entitlements", *map(sa.column, columns))
    op.execute(sa.update(entitlements).values(state_on=entitlements.c.accrued_on))
    connection = op.get_bind()
    for holder in list(connection.scalars(sa.select(entitlements.c.holder))):
        named = sa.update(entitlements).where(entitlements.c.holder == holder)
        connection.execute(named.values(reference=pay_reference(os.urandom(5))))
    with op.batch_alter_table("entitlements") as table:
        table.alter_column("reference", existing_type=sa.String(16), nullable=False)
        table.alter_column("state_on", existing_type=Instant(), nullable=False)
        table.alter_column("state", server_default=None)
        table.alter_column("told", server_default=None)
        table.alter_column("left", server_default=None)
        table.create_unique_constraint("uq_entitlements_reference", ["reference"])
    op.create_table(
        "voucher_codes",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("territory", sa.String(2), nullable=False),
        sa.Column("digest", Sealed(), nullable=False),
        sa.Column("sealed", Sealed(), nullable=False),
        sa.Column("holder", Sealed()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_codes")),
        sa.UniqueConstraint("digest", name="uq_voucher_codes_digest"),
        sa.UniqueConstraint("holder", name="uq_voucher_codes_holder"),
    )
    op.create_index(
        "ix_voucher_codes_collection_territory_holder", "voucher_codes", ["collection", "territory", "holder"]
    )
    op.create_table(
        "payout_numbers",
        sa.Column("holder", Sealed(), nullable=False),
        sa.Column("key_id", Sealed(), nullable=False),
        sa.Column("sealed", Sealed(), nullable=False),
        sa.Column("kept_until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_payout_numbers")),
    )
    promises = op.create_table(
        "pay_promises",
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("territory", sa.String(2), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "territory", name=op.f("pk_pay_promises")),
    )
    # Whoever takes part by now has been promised pay; of who has left, nothing says where they lived.
    contributions = sa.table("contributions", sa.column("collection"), sa.column("record"))
    records = sa.table("consent_records", sa.column("id"), sa.column("territory"))
    joined = sa.select(contributions.c.collection, records.c.territory, sa.func.count())
    joined = joined.join_from(contributions, records, records.c.id == contributions.c.record)
    counted = joined.group_by(contributions.c.collection, records.c.territory)
    op.execute(sa.insert(promises).from_select(["collection", "territory", "people"], counted))
