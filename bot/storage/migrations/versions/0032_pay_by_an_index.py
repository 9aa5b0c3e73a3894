"""A code that is nobody's yet is found without looking at all that are"""

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
