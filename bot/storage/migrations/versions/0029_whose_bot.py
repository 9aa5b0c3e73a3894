"""Which bot the data is for: no other one can write to the people in it

What is there says so from its next start on, by the token that it starts with.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("installation", sa.Column("bot", sa.BigInteger()))
