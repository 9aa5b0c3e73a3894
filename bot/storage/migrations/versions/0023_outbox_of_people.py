"""The outbox names no broadcast: what goes to many has deliveries of its own, and none was ever written here"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("outbox", "broadcast")
