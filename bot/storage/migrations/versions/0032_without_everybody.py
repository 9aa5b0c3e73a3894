"""Codes that are nobody's yet, pay that is over, and who waits for a notice are found without looking at everybody"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_free = sa.text("holder is null")
    op.create_index(
        "ix_voucher_codes_free",
        "voucher_codes",
        ["collection", "territory", "id"],
        sqlite_where=is_free,
        postgresql_where=is_free,
    )
    is_no_mark = sa.text("state <> 'paid_before'")
    op.create_index(
        "ix_entitlements_kept_until",
        "entitlements",
        ["kept_until"],
        sqlite_where=is_no_mark,
        postgresql_where=is_no_mark,
    )
    op.create_index(
        "ix_entitlements_sent",
        "entitlements",
        ["state_on"],
        sqlite_where=sa.text("\"left\" = 1 and state = 'sent'"),
        postgresql_where=sa.text("\"left\" and state = 'sent'"),
    )
    is_mark = sa.text("state = 'paid_before'")
    op.create_index(
        "ix_entitlements_marks", "entitlements", ["collection"], sqlite_where=is_mark, postgresql_where=is_mark
    )
    op.create_index("ix_payout_numbers_kept_until", "payout_numbers", ["kept_until"])
    op.drop_index("ix_notice_deliveries_state", "notice_deliveries")
    op.create_index("ix_notice_deliveries_state", "notice_deliveries", ["notice", "state", "position"])
