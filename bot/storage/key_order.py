"""Rows written anew in the order of their keys, so that how they lie tells no more who came after whom.

Whoever has the files reads more than rows: on SQLite where in its page each was put, on PostgreSQL also which
transaction wrote it (`xmin`). That order, or that transaction, is the one of a submission or a leaving that stands in
clear beside a pseudonym. Keys are keyed hashes, or random: their order says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.carrying import name_in, read_of, written_to
from bot.storage.tables import entitlements, letters, payout_numbers, voucher_codes

_TOGETHER = 200
"""Rows of one transaction."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Rows that stand under a hash of somebody, and whose order would tell whose."""

    table: Table
    which: ColumnElement[bool]

    @property
    def key(self) -> Column[Any]:
        """What they are ordered by."""
        return self.table.primary_key.columns[0]


TELLING = (
    Telling(entitlements, true()),
    Telling(payout_numbers, true()),
    Telling(voucher_codes, voucher_codes.c.holder.is_not(None)),
    Telling(letters, true()),
)


async def write_anew(connection: AsyncConnection, some: Telling, after: Any) -> Any:  # noqa: ANN401  # a key of any table
    """Write the next few rows behind a key anew, None for the first; the last one's key, None where no more follow.

    On a server nobody else may write them meanwhile (`Database.write`): who waited for a row would not find it.
    """
    beyond = some.which if after is None else some.which & (some.key > after)
    columns = some.table.columns
    names = [name_in(each) for each in columns]
    query = select(*(read_of(connection, each) for each in columns)).where(beyond).order_by(some.key).limit(_TOGETHER)
    rows = (await connection.execute(query)).all()
    if not rows:
        return None
    last = rows[-1][names.index(name_in(some.key))]
    await connection.execute(delete(some.table).where(beyond, some.key <= last))
    await connection.execute(written_to(connection, some.table), [dict(zip(names, row, strict=True)) for row in rows])
    return last if len(rows) == _TOGETHER else None
