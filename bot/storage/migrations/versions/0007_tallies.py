"""Bare counters of how far people get in a collection"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("territory", sa.String(2), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "territory", "what", name=op.f("pk_tallies")),
    )
