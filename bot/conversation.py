"""The step: load, advance, commit session and effects together; only then send.

Everything that arrives goes through one inbox. A loop takes whatever has come together, works on it in one
transaction, and says when it is committed: several people's steps share one commit, and an update is confirmed to
Telegram only after what it caused is on disk. A batch that fails is replayed person by person, so that one bad step
rolls back nobody else.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.arrivals import Arrival, DueArrival, Settled
from bot.budgets import Budgets
from bot.chats import open_chat
from bot.looking_up import look_up_where_shown
from bot.owing import BY_WORKER, Batch
from bot.paying import Paying
from bot.showing import Showing, showing_of
from bot.stepping import Stepper
from bot.storage import consents, outbox, schedule, updates
from bot.storage import conversations as stored
from bot.storage.database import Database, StoreUnavailable
from bot.storage.keystore import KeyStore
from bot.storage.schedule import Due
from bot.texts import Texts
from bot.tombstones import Tombstones
from bot.vault import CONTACT, SELF, Vault
from bot.work import Incoming, Work, by_chat, first_time, needs_no_opening
from bot.writing import write
from flows.shelf import Shelf

log = structlog.get_logger()

Clock = Callable[[], dt.datetime]

_A_MOMENT = 0.02
"""Seconds that word of what was shown waits for company, rather than take a commit of its own each time."""

MOST_TOGETHER = 400
"""Arrivals that share one commit at most: keeps the write lock short when a crowd comes at once."""


Show = Callable[[Showing], None]


@dataclass(slots=True)
class _Waiting:
    arrivals: Sequence[Incoming]
    committed: asyncio.Future[None] | None
    """None where nobody waits: word of what was shown may be lost, and the screen is then shown once more."""


class Conversation:
    """Takes arrivals, commits what they cause, and hands what is to be shown to `show`."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        tombstones: Tombstones,
        shelf: Shelf,
        texts: Texts,
        clock: Clock,
    ) -> None:
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._tombstones = tombstones
        self._shelf = shelf
        self._texts = texts
        self._clock = clock
        self._stepper = Stepper(vault, shelf, texts)
        self._inbox: list[_Waiting] = []
        self._something = asyncio.Event()
        self._working = False
        self._flush: asyncio.TimerHandle | None = None
        self._show: Show = lambda _showing: None
        self.on_due: Callable[[dt.datetime], None] = lambda _due_at: None
        """Called when something was put onto the schedule, with the time at which the first of it comes due."""

    def show_with(self, show: Show) -> None:
        """Who is handed what is to be shown."""
        self._show = show

    async def take(self, arrivals: Sequence[Incoming]) -> None:
        """Take arrivals; returns when what they caused is committed. Raises StoreUnavailable when it cannot be."""
        committed = asyncio.get_running_loop().create_future()
        self._inbox.append(_Waiting(arrivals, committed))
        self._something.set()
        await committed

    def note(self, settled: Settled) -> None:
        """Remember what has been shown, with the next commit; nobody waits for it.

        It rides along with what arrives next. Where nothing arrives, it is committed after a moment.
        """
        self._inbox.append(_Waiting([settled], None))
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(_A_MOMENT, self._flush_notes)

    def _flush_notes(self) -> None:
        self._flush = None
        self._something.set()

    async def drain(self) -> None:
        """Wait until nothing is left in the inbox; `run` has to be running."""
        while self._inbox or self._working:  # noqa: ASYNC110  # at the very end only, and then for a moment
            await asyncio.sleep(0.005)

    async def run(self) -> None:
        """Work on the inbox until cancelled."""
        while True:
            await self._something.wait()
            self._something.clear()
            self._working = True
            try:
                while self._inbox:
                    await self._work(self._next_together())
                    if not any(waiting.committed is not None for waiting in self._inbox):
                        break  # nobody waits: word of what was shown rides along with what arrives next
            finally:
                self._working = False

    def _next_together(self) -> list[_Waiting]:
        together: list[_Waiting] = []
        count = 0
        while self._inbox and (not together or count + len(self._inbox[0].arrivals) <= MOST_TOGETHER):
            waiting = self._inbox.pop(0)
            together.append(waiting)
            count += len(waiting.arrivals)
        return together

    async def _work(self, together: list[_Waiting]) -> None:
        arrivals = [arrival for waiting in together for arrival in waiting.arrivals]
        try:
            showings = await self._commit_all(arrivals)
        except StoreUnavailable as unavailable:
            log.warning("the store is not available; nothing was confirmed", why=str(unavailable))
            _finish(together, unavailable)
            await asyncio.sleep(1)
            return
        except asyncio.CancelledError:
            _finish(together, StoreUnavailable("stopping"))
            raise
        _finish(together, None)
        for showing in showings:
            self._show(showing)

    async def _commit_all(self, arrivals: list[Incoming]) -> list[Showing]:
        """One transaction for all; where that fails, one a chat, and what still fails is passed over."""
        try:
            return await self._commit(arrivals)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # a bad step must not stop the rest
            log.warning("a batch is replayed chat by chat", why=type(error).__name__)
        showings: list[Showing] = []
        for each in by_chat(arrivals, self._vault).values():
            showings += await self._commit_one(each)
        return showings

    async def _commit_one(self, arrivals: list[Incoming]) -> list[Showing]:
        try:
            return await self._commit(arrivals)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001
            # The type and the place alone: an exception's text could carry an answer.
            log.warning("a step was passed over", why=type(error).__name__, where=_place(error))
        await self._pass_over(arrivals)
        return [
            Showing(self._hash(a), a.chat_id, 0, "", 0, None, None, ((a.callback, None),))
            for a in arrivals
            if isinstance(a, Arrival) and a.callback is not None
        ]

    async def _pass_over(self, arrivals: list[Incoming]) -> None:
        """Remember updates whose step failed, so that they are not met again, and free what came due."""
        async with self._database.write() as connection:
            ids = [a.update_id for a in arrivals if isinstance(a, Arrival) and a.update_id is not None]
            fresh = sorted(set(ids) - await updates.seen(connection, ids))
            await updates.remember(connection, fresh, self._clock())
            await schedule.done(connection, [a.due for a in arrivals if isinstance(a, DueArrival)])

    def _hash(self, arrival: Incoming) -> bytes:
        return self._vault.chat_hash(arrival.chat_id) if isinstance(arrival, Arrival) else arrival.chat

    async def _commit(self, arrivals: list[Incoming]) -> list[Showing]:
        batch = Batch(self._clock())
        async with self._database.write() as connection:
            work = await self._load(connection, arrivals, batch)
            budgets = Budgets(self._shelf)
            await budgets.read(connection)
            finished = [self._stepper_on(budgets.shelf_now(batch.promises)).advance(each, batch) for each in work]
            shelf = budgets.shelf_now(batch.promises)
            if batch.wraps:
                await self._keystore.put(batch.wraps)
            await write(connection, batch, finished, self._vault)
            await Paying(connection, batch, self._vault, self._shelf, self._texts).pay_all()
            await look_up_where_shown(connection, [each.chat for each in finished], self._vault, batch.now)
        budgets.say_what_closed(batch.promises)
        if batch.ledger.destructions or batch.ledger.earlier_destructions or any(each.way for each in batch.payees):
            await self._destroy_now()
        come_due = [*(due.due_at for due in batch.dues), *(r.due_at for r in batch.outbox if r.kind in BY_WORKER)]
        if come_due:
            self.on_due(min(come_due))
        return [showing for each in finished if (showing := showing_of(each, batch, shelf, self._texts)) is not None]

    def _stepper_on(self, shelf: Shelf) -> Stepper:
        return self._stepper if shelf is self._shelf else Stepper(self._vault, shelf, self._texts)

    async def _load(self, connection: AsyncConnection, arrivals: list[Incoming], batch: Batch) -> list[Work]:
        update_ids = [a.update_id for a in arrivals if isinstance(a, Arrival) and a.update_id is not None]
        repeated = await updates.seen(connection, update_ids)
        fresh = list(dict.fromkeys(each for each in update_ids if each not in repeated))
        await updates.remember(connection, fresh, batch.now)
        arrived = by_chat(arrivals, self._vault)
        chats = sorted(arrived)
        rows = await stored.read_conversations(connection, chats)
        parts: dict[bytes, list[stored.ContributionRow]] = {}
        opened = [chat for chat, row in rows.items() if not needs_no_opening(row, arrived[chat])]
        if opened:
            for part in await stored.read_contributions(connection, opened):
                parts.setdefault(part.chat, []).append(part)
        closed = {chat for chat in chats if needs_no_opening(rows.get(chat), arrived[chat])}
        key_ids = [row.key_id for row in rows.values() if row.chat not in closed]
        key_ids += [part.key_id for found in parts.values() for part in found if part.key_id is not None]
        wraps = await self._keystore.wraps(key_ids, (CONTACT, SELF)) if key_ids else {}
        owing = await outbox.owing(connection, [chat for chat, row in rows.items() if row.ending])
        met = set(repeated)
        work = []
        for chat in chats:
            row = rows.get(chat)
            each = Work(chat, row, None, first_time(arrived[chat], met), arrived[chat], closed=chat in closed)
            if row is not None and not each.closed:
                self._open(each, row, parts.get(chat, []), wraps)
                each.owing = owing.get(chat, set())
            work.append(each)
        await look_up_where_shown(connection, [each.chat for each in work], self._vault, batch.now)
        return work

    def _open(
        self,
        work: Work,
        row: stored.ConversationRow,
        parts: list[stored.ContributionRow],
        wraps: Mapping[tuple[bytes, str], bytes],
    ) -> None:
        work.chat = open_chat(row, parts, wraps, self._vault)
        if work.chat is None:
            work.lost, work.parts = True, parts

    async def _destroy_now(self) -> None:
        """What was decided is committed, so a key store that cannot be reached stops nothing: the sweep comes back."""
        try:
            await self.destroy_keys()
        except StoreUnavailable as unavailable:
            log.warning("keys are to be destroyed and the key store is not available", why=str(unavailable))

    async def destroy_keys(self) -> None:
        """Carry out every destruction that has been decided: tombstones first, then wraps, then the note of it."""
        async with self._database.read() as connection:
            pending = await consents.pending_destructions(connection)
        if not pending:
            return
        keys = [(key_id, lock) for _, key_id, lock in pending]
        await asyncio.to_thread(self._tombstones.append, keys)
        await self._keystore.destroy(keys)
        async with self._database.write() as connection:
            await consents.destructions_done(connection, [row_id for row_id, _, _ in pending])

    async def show_owed(self) -> None:
        """Show again what was owed when the process before this one ended."""
        after = b""
        while True:
            async with self._database.read() as connection:
                rows = await stored.owed_conversations(connection, 200, after)
            if not rows:
                return
            after = rows[-1].chat
            await self.take([DueArrival(row.chat, Due("show", row.chat.hex(), self._clock())) for row in rows])


def _finish(together: list[_Waiting], failure: Exception | None) -> None:
    for waiting in together:
        if waiting.committed is None or waiting.committed.done():
            continue
        if failure is None:
            waiting.committed.set_result(None)
        else:
            waiting.committed.set_exception(failure)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "?"
