"""The one pace of the token, as it is kept for several processes; what it means is in `bot.broadcasts.shared`."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import held, inserting
from bot.storage.tables import paces

_THE_ONE = 1


class KeptPace(NamedTuple):
    """How fast messages leave, all processes together."""

    free_at: dt.datetime
    """Until then, everything is handed out."""
    pace: float
    """Messages a second."""
    paced_at: dt.datetime
    """When the pace was that."""
    waits_until: dt.datetime
    """Nothing leaves before, since Telegram asked for it."""


async def read(connection: AsyncConnection, first: KeptPace) -> KeptPace:
    """As it stands, which is `first` where nothing ever left. On PostgreSQL it is locked for the transaction."""
    query = select(paces.c.free_at, paces.c.pace, paces.c.paced_at, paces.c.waits_until).where(paces.c.id == _THE_ONE)
    query = held(connection, query)
    row = (await connection.execute(query)).first()
    if row is None:
        row_of_first = inserting(connection, paces).values(id=_THE_ONE, **first._asdict())
        await connection.execute(row_of_first.on_conflict_do_nothing())
        row = (await connection.execute(query)).one()
    return KeptPace(*row)


async def write(connection: AsyncConnection, kept: KeptPace) -> None:
    """Write it down, over what was `read` in this transaction."""
    await connection.execute(update(paces).where(paces.c.id == _THE_ONE).values(**kept._asdict()))
