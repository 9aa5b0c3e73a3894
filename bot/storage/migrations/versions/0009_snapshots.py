"""What is published of each region's counts"""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant, Sealed

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "snapshots",
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("territory", sa.String(2), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("sealed", Sealed(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "territory", name=op.f("pk_snapshots")),
    )
