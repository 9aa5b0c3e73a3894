"""Whoever is half-way where something is halted is told at once, and once, that it is not about them.

A halt puts one row onto the schedule. It spreads into rows of people some at a time, so that they are written to at a
gentle rate and nobody twice: what a process that died had spread is done, and the rest goes on from there.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import schedule, sign_offs, team
from bot.storage.asking import HALT_NEWS
from bot.storage.schedule import Due, key_of

HALT = "halt"
"""Due when people are to be told of a halt. Its key is the halt, and behind a slash the last chat that was reached."""

REFUSAL = "refused-"
"""Before the number of a reviewer's refusal, which stops people as a halt does."""

TOGETHER = 500

PACE = dt.timedelta(milliseconds=100)
"""Between two people, at most: where the token's pace has no room for ten a second, it goes slower."""


async def spread(connection: AsyncConnection, due: Due, now: dt.datetime) -> None:
    """Put some people onto the schedule, and what follows them. Where it was reopened meanwhile, nobody."""
    halt, _, after = due.key.partition("/")
    await schedule.done(connection, [due])
    behind = bytes.fromhex(after)
    if halt.startswith(REFUSAL):
        people = await sign_offs.half_way(connection, int(halt.removeprefix(REFUSAL)), behind, TOGETHER)
    else:
        people = await team.half_way(connection, halt, behind, TOGETHER)
    dues = [
        Due(HALT_NEWS, key_of(chat, collection), now + PACE * place) for place, (chat, collection) in enumerate(people)
    ]
    if len(people) == TOGETHER:
        dues.append(Due(HALT, f"{halt}/{people[-1][0].hex()}", now + PACE * TOGETHER))
    await schedule.put_due(connection, dues)
