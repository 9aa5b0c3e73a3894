"""What a batch needs of the data before anybody is taken a step: everything is read in one go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.arrivals import Arrival
from bot.lanes import ALONE, Lanes
from bot.storage import conversations as stored
from bot.storage import outbox, pilots, updates
from bot.storage.pilots import Standing
from bot.work import Incoming, needs_no_opening


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rows of a batch's chats, by the chat's hash."""

    repeated: set[int]
    """Updates that were taken before."""
    rows: Mapping[bytes, stored.ConversationRow]
    closed: frozenset[bytes]
    """Chats of which nothing has to be opened."""
    parts: Mapping[bytes, list[stored.ContributionRow]]
    owing: Mapping[bytes, set[str]]
    """What is still owed to chats that are to be forgotten."""
    standing: Standing
    """What is halted, piloted, paused and signed off just now; another process may have said so a moment ago."""

    @property
    def key_ids(self) -> list[bytes]:
        """Keys that open what is to be opened."""
        contact = [row.key_id for chat, row in self.rows.items() if chat not in self.closed]
        return contact + [part.key_id for parts in self.parts.values() for part in parts if part.key_id is not None]


async def load(
    connection: AsyncConnection, arrived: Mapping[bytes, list[Incoming]], now: dt.datetime, lanes: Lanes = ALONE
) -> Loaded:
    """Remember the updates that have come, and read the rows of the chats that they are about."""
    ids = [a.update_id for each in arrived.values() for a in each if isinstance(a, Arrival) and a.update_id is not None]
    repeated = await updates.meet(connection, ids, now)
    rows = await stored.read_conversations(connection, sorted(arrived))
    closed = frozenset(chat for chat, row in rows.items() if needs_no_opening(row, arrived[chat], lanes))
    parts: dict[bytes, list[stored.ContributionRow]] = {}
    opened = [chat for chat in rows if chat not in closed]
    if opened:
        for part in await stored.read_contributions(connection, opened):
            parts.setdefault(part.chat, []).append(part)
    owing = await outbox.owing(connection, [chat for chat, row in rows.items() if row.ending])
    return Loaded(repeated, rows, closed, parts, owing, await pilots.standing(connection))
