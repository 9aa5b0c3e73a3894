"""Plans what coordinators asked for in the chat, beside the conversation, and has the count come to that chat.

What was asked for is a row of the schedule, which goes with the step that shows the count (`bot.errands`). Whoever has
it in hand after a process that died finds it half planned: that is forgotten first, and then it is planned anew, under
the same number. Whoever only was slow, and goes on, writes nothing any more.
"""

from __future__ import annotations

from functools import partial

import structlog

from bot.broadcasts.desk import CheckMine, Desk, Rules
from bot.broadcasts.refusal import Refused
from bot.clock import Clock
from bot.errands import check_in_hand
from bot.review.signed import Signed
from bot.storage import broadcasts as stored
from bot.storage import deliveries, pilots
from bot.storage.database import Database
from bot.storage.keystore import KeyStore
from bot.storage.schedule import Due
from bot.uncut import uncut
from bot.vault import Vault
from flows.broadcasts import Broadcast, BroadcastState
from flows.shelf import Shelf

log = structlog.get_logger()


class Planner:
    """Plans what the schedule has."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        shelf: Shelf,
        rules: Rules,
        clock: Clock,
        signed: Signed | None = None,
    ) -> None:
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._shelf = shelf
        self._rules = rules
        self._clock = clock
        self._signed = signed or Signed({})

    async def carry_out(self, due: Due) -> None:
        """Plan what is asked for, and forget what was given up. Raises TakenForDead."""
        number = int(due.key.rpartition("/")[2])
        await self._plan(number, partial(check_in_hand, due=due))

    async def _plan(self, number: int, check_mine: CheckMine) -> None:
        async with self._database.read() as connection:
            found = await stored.read(connection, number)
            shelf = await self._signed.on(self._shelf, await pilots.standing(connection), connection)
        if found is not None and found.state in {BroadcastState.ASKED, BroadcastState.PLANNING}:
            desk = Desk(
                database=self._database,
                keystore=self._keystore,
                vault=self._vault,
                shelf=shelf,
                rules=self._rules,
                clock=self._clock,
                check_mine=check_mine,
            )
            await self._forget(number, check_mine)
            try:
                await desk.plan_asked(number)
            except Refused as why:
                log.info("a broadcast could not be planned", broadcast=number)
                await self._end(found, str(why), check_mine)
        async with self._database.read() as connection:
            found = await stored.read(connection, number)
        if found is not None and found.state is BroadcastState.CANCELLED:
            await self._forget(number, check_mine)

    async def _end(self, asked: Broadcast, why: str, check_mine: CheckMine) -> None:
        before = (BroadcastState.ASKED, BroadcastState.PLANNING)
        async with self._database.write() as connection:
            await check_mine(connection)
            await stored.move(connection, asked.id, before, BroadcastState.CANCELLED, ended_at=self._clock(), why=why)

    async def _forget(self, number: int, check_mine: CheckMine) -> None:
        """Nobody of it counts as invited."""
        while await uncut(self._forget_some(number, check_mine)):
            pass

    async def _forget_some(self, number: int, check_mine: CheckMine) -> bool:
        async with self._database.write() as connection:
            await check_mine(connection)
            return await deliveries.discard_some(connection, number)
