"""What holds rows for a transaction on PostgreSQL, where several write side by side. On SQLite there is one writer.

Whoever reads a row to write it holds it. What is only added, and told in the order of its numbers afterwards, is added
in turn: a number is given out before it is committed, and whoever had seen a higher one would never meet it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, TypeVar

from sqlalchemy import Select, Table, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

_Query = TypeVar("_Query", bound=Select[Any])

READS_ONLY = "postgresql_readonly"
"""The option of connections that read: they hold nothing."""


class Turn(IntEnum):
    """What is done in turn: numbers of the server's advisory locks, which every version of this program shares."""

    ALONE = 7_402_001
    """Tables are made or upgraded, or the key store's own rows are replaced."""
    SERVING = 7_402_002
    """Bots that serve share it; a restore wants it for itself."""
    ARRIVING = 7_402_003
    """A process begins to serve: two that fetch updates would not see each other."""
    WITHDRAWALS = 7_402_004
    SIGN_OFFS = 7_402_005
    PROMISES = 7_402_006
    INVITED = 7_402_007
    """Who is to be invited is written down: two plans at the same time count each other's invites."""


def is_server(connection: AsyncConnection) -> bool:
    """Whether others may write while this transaction does."""
    return connection.dialect.name == "postgresql"


async def wait_at_most(connection: AsyncConnection, seconds: int) -> None:
    """So long at most this transaction waits for what others have locked; on a server, where others can."""
    if is_server(connection):
        await connection.exec_driver_sql(f"set local lock_timeout = '{seconds}s'")


def held(connection: AsyncConnection, query: _Query, *, skip_others: bool = False) -> _Query:
    """A query whose rows are this transaction's until it ends; with `skip_others`, without those that are another's.

    Where a connection only reads, the query as it is.
    """
    options = connection.sync_connection.get_execution_options() if connection.sync_connection else {}
    if not is_server(connection) or options.get(READS_ONLY):
        return query
    return query.with_for_update(skip_locked=skip_others)


async def in_turn(connection: AsyncConnection, turn: Turn) -> None:
    """Wait until whoever does the same has ended their transaction."""
    if is_server(connection):
        await connection.execute(select(func.pg_advisory_xact_lock(int(turn))))


async def in_turn_however_long(connection: AsyncConnection, turn: Turn) -> None:
    """As `in_turn`, behind who may take many minutes over it: a server ends whoever hangs, and none that works."""
    await wait_at_most(connection, 0)  # which is without end
    await in_turn(connection, turn)
    if is_server(connection):
        await connection.exec_driver_sql("set local lock_timeout to default")


def inserting(connection: Any, table: Table) -> Any:  # noqa: ANN401  # two dialects, one shape
    """An insert that can say what becomes of a row that is there already."""
    return postgresql_insert(table) if connection.dialect.name == "postgresql" else sqlite_insert(table)
