"""Plans what coordinators asked for in the chat, beside the conversation, and has the count come to that chat.

What was asked for is a row of the schedule, which goes with the step that shows the count. A process that dies in
between finds it again: what was half planned is forgotten first, and then planned anew, under the same number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from bot.arrivals import DueArrival
from bot.broadcasts.desk import Desk, Rules
from bot.broadcasts.refusal import Refused
from bot.conversation import Clock, Conversation
from bot.review.signed import Signed
from bot.storage import broadcasts as stored
from bot.storage import deliveries, pilots, schedule
from bot.storage.database import Database, StoreUnavailable
from bot.storage.keystore import KeyStore
from bot.storage.schedule import Due
from bot.uncut import uncut
from bot.vault import Vault
from flows.broadcasts import Broadcast, BroadcastState
from flows.shelf import Shelf

log = structlog.get_logger()


class Planner:
    """Takes what is to be planned from the schedule, one after another."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        shelf: Shelf,
        rules: Rules,
        conversation: Conversation,
        clock: Clock,
        signed: Signed | None = None,
    ) -> None:
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._shelf = shelf
        self._rules = rules
        self._conversation = conversation
        self._clock = clock
        self._signed = signed or Signed({})
        self._waiting: asyncio.Queue[Due] = asyncio.Queue()
        self._in_hand: set[str] = set()

    def take(self, dues: Iterable[Due]) -> None:
        """These are due. What was given up has a smaller number than what was asked for after it, and goes first."""
        for due in sorted(dues, key=_number):
            if due.key not in self._in_hand:
                self._in_hand.add(due.key)
                self._waiting.put_nowait(due)

    async def run(self) -> None:
        """Plan until cancelled."""
        while True:
            await self._next(await self._waiting.get())

    async def work(self) -> None:
        """Everything that has been taken."""
        while not self._waiting.empty():
            await self._next(self._waiting.get_nowait())

    async def _next(self, due: Due) -> None:
        try:
            await self._carry_out(due)
        except StoreUnavailable:
            pass  # it is handed out again when its lease is over
        except Exception as error:  # noqa: BLE001  # one that cannot be planned must not hold up the rest
            log.warning("a broadcast was not planned", why=type(error).__name__)
        finally:
            self._in_hand.discard(due.key)

    async def _carry_out(self, due: Due) -> None:
        if not await self._plan(_number(due)):
            return
        chat = bytes.fromhex(due.key.partition("/")[0])
        if chat:
            await self._conversation.take([DueArrival(chat, due)])
            return
        async with self._database.write() as connection:
            await schedule.done(connection, [due])

    async def _plan(self, number: int) -> bool:
        """Plan what is asked for, and forget what was given up. False where another process is planning it still."""
        async with self._database.read() as connection:
            found = await stored.read(connection, number)
            shelf = await self._signed.on(self._shelf, await pilots.standing(connection), connection)
        if found is not None and found.state is BroadcastState.PLANNING and self._database.serves_several:
            return False  # whoever plans it says when it is there; what nobody goes on with is given up in an hour
        if found is not None and found.state in {BroadcastState.ASKED, BroadcastState.PLANNING}:
            desk = Desk(
                database=self._database,
                keystore=self._keystore,
                vault=self._vault,
                shelf=shelf,
                rules=self._rules,
                clock=self._clock,
            )
            await self._forget(number)
            try:
                await desk.plan_asked(number)
            except Refused as why:
                log.info("a broadcast could not be planned", broadcast=number)
                await self._end(found, str(why))
        async with self._database.read() as connection:
            found = await stored.read(connection, number)
        if found is not None and found.state is BroadcastState.CANCELLED:
            await self._forget(number)
        return True

    async def _end(self, asked: Broadcast, why: str) -> None:
        before = (BroadcastState.ASKED, BroadcastState.PLANNING)
        audience = {name: value for name, value in asked.audience.items() if name != stored.SEALED_ANSWER}
        async with self._database.write() as connection:
            await stored.move(
                connection, asked.id, before, BroadcastState.CANCELLED,
                ended_at=self._clock(), why=why, audience=audience,
            )  # fmt: skip

    async def _forget(self, number: int) -> None:
        """Nobody of it counts as invited."""
        while await uncut(self._forget_some(number)):
            pass

    async def _forget_some(self, number: int) -> bool:
        async with self._database.write() as connection:
            return await deliveries.discard_some(connection, number)


def _number(due: Due) -> int:
    return int(due.key.partition("/")[2])
