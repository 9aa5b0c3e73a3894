"""Data that is being moved to another database, or has been: neither side is ever served by mistake.

A copy that was not finished says so in itself, and so does data that was moved away. Whoever opens either for serving,
or for a command, is told what to do instead.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import MetaData, delete, insert, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database, SchemaFault
from bot.storage.tables import metadata
from bot.storage.tables import transfers as table


class State(StrEnum):
    """What a database is in a move."""

    BEGUN = "begun"
    """A copy into which nothing is carried yet, or not all of it."""
    CARRIED = "carried"
    """A copy that was whole once; what has changed since is missing."""
    DONE = "done"
    """A copy that was found to be level with its source, and is served from now on."""
    LEFT = "left"
    """The source: everything is in its copy."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A move, as one side of it tells."""

    state: State
    installation: str
    other: str
    """The other side, without its password."""
    at: dt.datetime


async def transfer_of(connection: AsyncConnection) -> Transfer | None:
    """What a database says of a move; None where there was none."""
    row = (await connection.execute(select(table))).first()
    return Transfer(State(row.state), row.installation, row.other, row.at) if row is not None else None


async def note(connection: AsyncConnection, transfer: Transfer | None) -> None:
    """Say it, in place of what was said before; None takes that away."""
    await connection.execute(delete(table))
    if transfer is not None:
        values = {"state": transfer.state.value, "installation": transfer.installation, "other": transfer.other}
        await connection.execute(insert(table), {"id": 1, **values, "at": transfer.at})


async def refuse_moved(database: Database) -> None:
    """Raise SchemaFault where a database is half of a copy, or was moved away."""
    async with database.look() as connection:
        await _refuse(connection)


async def refuse_once_moved(database: Database) -> None:
    """As `refuse_moved`, and again at the beginning of each transaction that writes, from now on.

    For whoever holds no mark that keeps a move from finishing: what is written after that would be in the source alone.
    A bot that serves holds one, and its steps do not pay for the look. Only files are moved away.
    """
    await refuse_moved(database)
    if not database.serves_several:
        database.look_before_writing(_refuse)


async def _refuse(connection: AsyncConnection) -> None:
    found = await transfer_of(connection)
    if found is None or found.state is State.DONE:
        return
    if found.state is State.LEFT:
        raise SchemaFault(
            f"this data was moved to {found.other} on {found.at:%Y-%m-%d}, and goes on there",
            "set SURVEYBOT_DATABASE_URL to it. To go on here all the same, without what was done there: surveybot db "
            "stay",
            between=": ",
        )
    raise SchemaFault(
        f"this database is a copy of {found.other} that was not finished",
        "run surveybot db copy again, with the settings of what it is copied from",
    )


@lru_cache(maxsize=1)
def carried_tables() -> MetaData:
    """The tables that a move carries: all but the one that tells of the move."""
    found = MetaData()
    for each in metadata.sorted_tables:
        if each is not table:
            each.to_metadata(found)
    return found


async def has_tables(database: Database) -> bool:
    """Whether there are tables at all, of whatever program."""
    async with database.look() as connection:
        return bool(await connection.run_sync(lambda each: inspect(each).get_table_names()))


async def is_empty(connection: AsyncConnection) -> bool:
    """Whether no table has a row."""
    for each in metadata.sorted_tables:
        if (await connection.execute(select(each).limit(1))).first() is not None:
            return False
    return True
