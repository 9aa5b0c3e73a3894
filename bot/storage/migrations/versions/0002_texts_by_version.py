"""Every version keeps its texts, also where two say the same"""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ("sha256", "collection", "version", "language", "territory")
    # SQLite changes a key only by making the table anew; elsewhere names of keys are taken while both are there.
    how: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("documents", recreate=how) as batch:
        batch.drop_constraint("pk_documents", type_="primary")
        batch.create_primary_key("pk_documents", list(columns))
    # What was agreed to under a text that another version, collection or place had first was not written down.
    documents = sa.table("documents", *map(sa.column, (*columns, "text")))
    records = sa.table("consent_records", *map(sa.column, columns))
    identity = [documents.c[name] for name in columns]
    missing = (
        sa.select(*(records.c[name] for name in columns), documents.c.text)
        .distinct()
        .select_from(records.join(documents, documents.c.sha256 == records.c.sha256))
        .where(~sa.exists().where(*(column == records.c[column.name] for column in identity)).correlate(records))
    )
    op.execute(documents.insert().from_select([*columns, "text"], missing))
