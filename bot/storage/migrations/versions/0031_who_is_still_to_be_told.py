"""Whoever has gone without being told what becomes of their pay is found without looking at everybody"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_entitlements_untold",
        "entitlements",
        ["collection"],
        sqlite_where=sa.text('"left" = 1 and told = 0'),
        postgresql_where=sa.text('"left" and not told'),
    )
