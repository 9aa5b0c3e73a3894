"""Languages of a collection in which nobody new is asked, since a card is not understood."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import tallies
from bot.storage.deliveries import DeliveryState
from bot.storage.tables import broadcasts, card_pauses, deliveries
from flows.grading import CardPause, Grading, counted_in, not_understood

COLUMNS = ("collection", "language", "card", "version", "off", "answers", "at")


async def every(connection: AsyncConnection) -> list[CardPause]:
    """All of them, in order."""
    query = select(card_pauses).order_by(card_pauses.c.collection, card_pauses.c.language)
    return [_pause(row) for row in (await connection.execute(query)).mappings()]


def _pause(row: Any) -> CardPause:  # noqa: ANN401  # a row of the table
    return CardPause(**{name: row[name] for name in COLUMNS})


async def look(
    connection: AsyncConnection, collection: str, version: int, rules: Grading, now: dt.datetime
) -> Sequence[CardPause]:
    """Pause the languages in which a card of a version is not understood; what has come of it, none twice.

    What was counted of a paused language begins anew.
    """
    counts = await tallies.tallied(connection, collection)
    known = {(each.collection, each.language) for each in await every(connection)}
    found = [
        pause
        for pause in not_understood(collection, version, counts.values(), rules, now)
        if (pause.collection, pause.language) not in known
    ]
    for pause in found:
        await connection.execute(insert(card_pauses), {name: getattr(pause, name) for name in COLUMNS})
        gone = Counter(
            {
                (collection, territory, what): -count
                for territory, tally in counts.items()
                for what, count in tally.items()
                if counted_in(pause, what)
            }
        )
        await tallies.add(connection, gone)
    return found


async def lift(connection: AsyncConnection, collection: str, language: str) -> bool:
    """Whether a pause was there to be lifted; invites that were held for it go on."""
    ours = (card_pauses.c.collection == collection, card_pauses.c.language == language)
    lifted = (await connection.execute(delete(card_pauses).where(*ours))).rowcount == 1
    its_broadcasts = select(broadcasts.c.id).where(broadcasts.c.collection == collection)
    held = (deliveries.c.broadcast.in_(its_broadcasts), deliveries.c.state == DeliveryState.HELD.value)
    await connection.execute(update(deliveries).where(*held).values(state=DeliveryState.PENDING.value))
    return lifted
