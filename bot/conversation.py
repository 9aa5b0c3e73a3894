"""The step: load, advance, commit session and effects together; only then send.

Everything that arrives goes through one inbox. A loop takes whatever has come together, works on it in one
transaction, and says when it is committed: several people's steps share one commit, and an update is confirmed to
Telegram only after what it caused is on disk. A batch that fails is replayed person by person, so that one bad step
rolls back nobody else.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.arrivals import Arrival, DueArrival, Settled
from bot.chats import Chat, Part, new_chat, open_chat, seal_conversation, seal_passage
from bot.owing import Batch, Turnout, carry_out, erase_part, new_part
from bot.storage import consents, outbox, schedule, updates
from bot.storage import conversations as stored
from bot.storage.database import Database, StoreUnavailable
from bot.storage.keystore import KeyStore, Wrap
from bot.storage.outbox import OutboxRow
from bot.storage.schedule import Due
from bot.texts import Texts
from bot.tombstones import Tombstones
from bot.vault import CONTACT, SELF, Vault
from flows.engine import advance, current_screen
from flows.events import TOKEN_BYTES, Blocked, ConsentLapsed, Event, FoldingDue, SilenceDue, Unblocked
from flows.moves import SILENCE
from flows.screens import Screen
from flows.session import Aside, Session
from flows.shelf import Shelf
from flows.words import Text

log = structlog.get_logger()

Incoming = Arrival | DueArrival | Settled
Clock = Callable[[], dt.datetime]

MOST_TOGETHER = 400
"""Arrivals that share one commit at most: keeps the write lock short when a crowd comes at once."""


@dataclass(frozen=True, slots=True)
class Showing:
    """What is to be sent to one chat after a commit."""

    chat: bytes = field(repr=False)
    chat_id: int = field(repr=False)
    version: int
    language: str
    step: int
    card: int | None
    screen: Screen | None = field(repr=False)
    answers: tuple[tuple[str, str | None], ...] = field(default=(), repr=False)
    """Callbacks to answer, each with the words of a toast or none."""
    owed: tuple[tuple[OutboxRow, bytes], ...] = field(default=(), repr=False)
    """Outbox rows of this step, each with the contact key that opens it."""


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
        self._inbox: list[_Waiting] = []
        self._something = asyncio.Event()
        self._working = False
        self._show: Show = lambda _showing: None
        self.on_due: Callable[[], None] = lambda: None
        """Called when something was put onto the schedule."""

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
        """Remember what has been shown, with the next commit; nobody waits for it."""
        self._inbox.append(_Waiting([settled], None))
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
            while self._inbox:
                self._working = True
                try:
                    await self._work(self._next_together())
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
        for each in _by_chat(arrivals, self._vault).values():
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

    # --- one transaction -----------------------------------------------------------------------------------------

    async def _commit(self, arrivals: list[Incoming]) -> list[Showing]:
        batch = Batch(self._clock())
        async with self._database.write() as connection:
            work = await self._load(connection, arrivals, batch)
            finished = [self._advance(each, batch) for each in work]
            if batch.wraps:
                await self._keystore.put(batch.wraps)
            await self._write(connection, batch, finished)
        if batch.ledger.destructions:
            await self._destroy_now()
        if batch.dues:
            self.on_due()
        return [showing for each in finished if (showing := self._showing(each, batch)) is not None]

    async def _load(self, connection: AsyncConnection, arrivals: list[Incoming], batch: Batch) -> list[_Work]:
        update_ids = [a.update_id for a in arrivals if isinstance(a, Arrival) and a.update_id is not None]
        repeated = await updates.seen(connection, update_ids)
        fresh = list(dict.fromkeys(each for each in update_ids if each not in repeated))
        await updates.remember(connection, fresh, batch.now)
        by_chat = _by_chat(arrivals, self._vault)
        chats = sorted(by_chat)
        rows = await stored.read_conversations(connection, chats)
        parts: dict[bytes, list[stored.ContributionRow]] = {}
        opened = [chat for chat, row in rows.items() if not _needs_no_opening(row, by_chat[chat])]
        if opened:
            for part in await stored.read_contributions(connection, opened):
                parts.setdefault(part.chat, []).append(part)
        closed = {chat for chat in chats if _needs_no_opening(rows.get(chat), by_chat[chat])}
        key_ids = [row.key_id for row in rows.values() if row.chat not in closed]
        key_ids += [part.key_id for found in parts.values() for part in found if part.key_id is not None]
        wraps = await self._keystore.wraps(key_ids, (CONTACT, SELF)) if key_ids else {}
        owing = await outbox.owing(connection, [chat for chat, row in rows.items() if row.ending])
        work = []
        met = set(repeated)
        for chat_hash in chats:
            row = rows.get(chat_hash)
            mine = _first_time(by_chat[chat_hash], met)
            if row is None or chat_hash in closed:
                work.append(_Work(chat_hash, row, None, mine, by_chat[chat_hash], closed=chat_hash in closed))
            else:
                chat = open_chat(row, parts.get(chat_hash, []), wraps, self._vault)
                left = owing.get(chat_hash, set())
                of_lost = [] if chat is not None else parts.get(chat_hash, [])
                work.append(
                    _Work(chat_hash, row, chat, mine, by_chat[chat_hash], lost=chat is None, parts=of_lost, owing=left)
                )
        return work

    def _advance(self, work: _Work, batch: Batch) -> _Work:
        """Every arrival of one chat, in order."""
        self._read_as_withdrawn(work, batch)
        for arrival in work.arrivals:
            if isinstance(arrival, Settled):
                self._settle(work, arrival)
            elif isinstance(arrival, DueArrival):
                self._came_due(work, arrival, batch)
            else:
                self._happened(work, arrival, batch)
        return work

    def _read_as_withdrawn(self, work: _Work, batch: Batch) -> None:
        """Contributions whose keys are gone: a live consent without wraps reads as withdrawn."""
        for row in work.parts:
            closed = Part(row.pseudonym, row, row.key_id, None, row.record)
            erase_part(batch, work.hash, row.collection, closed, [], "withdrawn", batch.now)
        chat = work.chat
        if chat is None or chat.session is None:
            return
        for collection, part in chat.withdrawn:
            erase_part(batch, work.hash, collection, part, [], "withdrawn", batch.now)
            work.changed = True

    def _happened(self, work: _Work, arrival: Arrival, batch: Batch) -> None:
        chat = work.chat
        if chat is None:
            if isinstance(arrival.event, Blocked | Unblocked):
                return  # nothing is known of this chat, and this is no reason to begin
            chat = work.chat = new_chat(work.hash, arrival.chat_id, self._vault)
            work.is_new = True
            wrapped = self._vault.wrap(CONTACT, chat.key_id, chat.key)
            batch.wraps.append(Wrap(chat.key_id, CONTACT, wrapped, batch.now))
        # A second press on "I agree" comes from what has become the receipt: that is no card any more.
        if chat.letterhead.card is None and arrival.card not in {None, chat.letterhead.receipt}:
            chat.letterhead = replace(chat.letterhead, card=arrival.card)
        if arrival.message is not None:
            chat.letterhead = chat.letterhead.noting((arrival.message,), batch.now)
        chat.reachable = not isinstance(arrival.event, Blocked)
        self._step(work, chat, arrival.event, batch, arrival.callback)

    def _step(self, work: _Work, chat: Chat, event: Event, batch: Batch, callback: str | None = None) -> None:
        before = chat.session
        step = advance(before, event, self._shelf)
        if callback is not None:
            work.notices.append((callback, step.notice))
        work.changed = True
        if step.session is None:
            chat.session = None
            return
        # A second press on the way out does not bring back what is to be forgotten.
        chat.ending = chat.ending and step.session.aside is Aside.GOODBYE
        for effect in step.effects:
            carry_out(effect, self._turnout(chat, before, step.session, batch, event.at))
        if not step.session.consents and (before is None or before.consents or before.aside is Aside.GOODBYE):
            batch.dues.append(Due("silence", chat.hash.hex(), event.at + SILENCE))
        chat.session = step.session
        if step.shows:
            chat.owed = True

    def _turnout(self, chat: Chat, before: Session | None, after: Session, batch: Batch, at: dt.datetime) -> Turnout:
        return Turnout(chat, before, after, batch, self._vault, self._shelf, self._texts, at)

    def _came_due(self, work: _Work, arrival: DueArrival, batch: Batch) -> None:
        work.dues_done.append(arrival.due)
        chat, due = work.chat, arrival.due
        if chat is None or chat.session is None:
            return
        if due.kind == "show":
            return  # it is owed already, and so it is shown
        if due.kind == "forget":
            if chat.ending:
                chat.session = None
                work.changed = True
            return
        event = self._due_event(due, batch.now)
        if event is None:
            return
        self._step(work, chat, event, batch)
        _look_again_for_silence(chat, due, batch)

    def _due_event(self, due: Due, now: dt.datetime) -> Event | None:
        token = self._vault.randomness(TOKEN_BYTES)
        if due.kind == "fold":
            return FoldingDue(at=now, token=token, step=due.note)
        if due.kind == "silence":
            return SilenceDue(at=now, token=token)
        if due.kind == "lapse":
            return ConsentLapsed(at=now, token=token, collection=due.key.partition("/")[2])
        return None

    def _settle(self, work: _Work, settled: Settled) -> None:
        """Remember what has been shown."""
        work.delivered += settled.delivered
        work.postponed += settled.postponed
        chat, row = work.chat, work.row
        if row is not None and work.closed:
            work.shown_only = settled.shown and settled.version == row.version
        if chat is None or row is None:
            return
        if settled.unreachable:
            chat.reachable = False
            work.changed = True
        if settled.sent or settled.card is not None or settled.receipt is not None:
            head = chat.letterhead.noting(settled.sent, self._clock())
            card = settled.card if settled.card is not None else head.card
            receipt = settled.receipt if settled.receipt is not None else head.receipt
            chat.letterhead = replace(head, card=card, receipt=receipt)
            work.changed = True
        if settled.shown and settled.version == row.version and not work.stepped:
            chat.owed = False
            work.changed = True
        if chat.ending and not chat.owed and not work.stepped and work.owing <= set(work.delivered):
            # The goodbye is there, and what was promised with it is done.
            chat.session = None
            work.changed = True

    # --- writing -------------------------------------------------------------------------------------------------

    async def _write(self, connection: AsyncConnection, batch: Batch, finished: list[_Work]) -> None:
        writing = _Writing()
        for work in finished:
            self._gather(work, batch, writing)
        await stored.delete_contributions(connection, [*batch.erased_parts, *writing.parts_deleted])
        await consents.write_ledger(connection, batch.ledger)
        await stored.delete_conversations(connection, writing.deleted)
        await stored.insert_conversations(connection, writing.inserted)
        await stored.update_conversations(connection, writing.updated)
        await stored.insert_contributions(connection, writing.parts_inserted)
        await stored.update_contributions(connection, writing.parts_updated)
        await stored.mark_shown(connection, writing.shown)
        await schedule.done(connection, writing.dues_done)
        await schedule.cancel_for(connection, [chat.hex() for chat in writing.deleted])
        await schedule.put_due(connection, [d for d in batch.dues if d.key.partition("/")[0] not in writing.gone])
        await outbox.cancel_for(connection, writing.deleted)
        await outbox.cancel_broadcasts_for(connection, batch.quiet_chats)
        await outbox.done(connection, writing.delivered)
        for row_id, until in writing.postponed:
            await outbox.postpone(connection, [row_id], until)
        await outbox.put(connection, [row for row in batch.outbox if row.chat not in writing.deleted])

    def _gather(self, work: _Work, batch: Batch, writing: _Writing) -> None:
        writing.dues_done += work.dues_done
        writing.delivered += work.delivered
        writing.postponed += work.postponed
        if work.shown_only and work.row is not None:
            writing.shown.append((work.hash, work.row.version))
        chat = work.chat
        if work.row is not None and (work.lost or (chat is not None and chat.session is None)):
            self._gather_forgotten(work, batch, writing)
        if chat is None or chat.session is None:
            return
        if not work.changed:
            return
        sealed = seal_conversation(chat, chat.session, self._vault)
        work.version = 1 if work.row is None or work.lost else work.row.version + 1
        values = {
            "key_id": chat.key_id,
            "sealed": sealed,
            "version": work.version,
            "owed": chat.owed,
            "ending": chat.ending,
            "reachable": chat.reachable,
        }
        if work.row is None or work.lost:
            writing.inserted.append({"chat": work.hash, **values})
        else:
            writing.updated.append({"b_chat": work.hash, "b_version": work.row.version, **values})
        self._gather_parts(chat, chat.session, writing)

    def _gather_forgotten(self, work: _Work, batch: Batch, writing: _Writing) -> None:
        """Nothing of a chat is left: its row, its parts, and its contact key."""
        writing.deleted.append(work.hash)
        if work.chat is None or work.chat.session is None:
            writing.gone.add(work.hash.hex())
        if work.row is not None:
            batch.ledger.destructions.append({"key_id": work.row.key_id, "lock": None, "at": batch.now})
        if work.chat is not None:
            for collection in work.chat.parts:
                writing.parts_deleted.append((work.hash, collection))
                part = work.chat.parts[collection]
                if part.key_id is not None:
                    batch.ledger.destructions.append({"key_id": part.key_id, "lock": None, "at": batch.now})

    def _gather_parts(self, chat: Chat, session: Session, writing: _Writing) -> None:
        for collection, passage in session.passages.items():
            part = chat.parts.get(collection)
            if part is None:
                part = chat.parts[collection] = new_part(self._vault)
            if part.row is not None and part.passage is passage:
                continue
            values = {
                "pseudonym": part.pseudonym,
                "key_id": part.key_id,
                "sealed": seal_passage(chat, part, passage, self._vault),
                "record": part.record,
                "submitted_at": part.submitted_at,
            }
            if part.row is None:
                writing.parts_inserted.append({"chat": chat.hash, "collection": collection, **values})
            else:
                writing.parts_updated.append({"b_chat": chat.hash, "b_collection": collection, **values})
        for collection in set(chat.parts) - set(session.passages):
            writing.parts_deleted.append((chat.hash, collection))

    # --- after the commit ----------------------------------------------------------------------------------------

    def _showing(self, work: _Work, batch: Batch) -> Showing | None:
        chat = work.chat
        if chat is None or chat.session is None:
            return self._answers_only(work)
        session = chat.session
        owed = tuple((row, chat.key) for row in batch.outbox if row.chat == chat.hash)
        answers = self._answers(work, session.language)
        if not work.stepped and not work.asks_again:
            return None
        shows = chat.owed and chat.reachable
        screen = current_screen(session, self._shelf, batch.now) if shows else None
        if screen is None and not answers and not owed:
            return None
        version = work.version if work.changed else (work.row.version if work.row else 0)
        head = chat.letterhead
        return Showing(
            chat.hash, head.chat_id, version, session.language, session.step, head.card, screen, answers, owed
        )

    def _answers_only(self, work: _Work) -> Showing | None:
        answers = self._answers(work, "en")
        if not answers:
            return None
        return Showing(work.hash, 0, 0, "en", 0, None, None, answers)

    def _answers(self, work: _Work, language: str) -> tuple[tuple[str, str | None], ...]:
        noticed = dict(work.notices)
        callbacks = [a.callback for a in work.everything if isinstance(a, Arrival) and a.callback is not None]
        return tuple(
            (callback, self._texts.plain(notice, language) if (notice := noticed.get(callback)) else None)
            for callback in dict.fromkeys(callbacks)
        )

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


@dataclass(slots=True)
class _Work:
    """One chat's part of a batch."""

    hash: bytes
    row: stored.ConversationRow | None
    chat: Chat | None
    arrivals: list[Incoming]
    everything: list[Incoming]
    """With the arrivals that were met before: their taps are answered too."""
    closed: bool = False
    """Nothing of the chat had to be opened: only word came that its screen is there."""
    is_new: bool = False
    lost: bool = False
    """There is a row and its key is gone."""
    parts: Sequence[stored.ContributionRow] = ()
    """The contributions of a chat whose key is gone."""
    changed: bool = False
    shown_only: bool = False
    owing: set[str] = field(default_factory=set)
    """What a chat that is to be forgotten is still owed beside the goodbye."""
    version: int = 0
    notices: list[tuple[str, Text | None]] = field(default_factory=list)
    dues_done: list[Due] = field(default_factory=list)
    delivered: tuple[str, ...] = ()
    postponed: tuple[tuple[str, dt.datetime], ...] = ()

    @property
    def stepped(self) -> bool:
        """Whether anything but word of what was shown has come."""
        return any(not isinstance(arrival, Settled) for arrival in self.arrivals)

    @property
    def asks_again(self) -> bool:
        """Whether a repeated update came: its tap is answered, and the screen is not sent again."""
        return len(self.everything) > len(self.arrivals)


@dataclass(slots=True)
class _Writing:
    """Rows of conversations and contributions that a transaction writes."""

    inserted: list[dict[str, Any]] = field(default_factory=list)
    updated: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[bytes] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    parts_inserted: list[dict[str, Any]] = field(default_factory=list)
    parts_updated: list[dict[str, Any]] = field(default_factory=list)
    parts_deleted: list[tuple[bytes, str]] = field(default_factory=list)
    shown: list[tuple[bytes, int]] = field(default_factory=list)
    dues_done: list[Due] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    postponed: list[tuple[str, dt.datetime]] = field(default_factory=list)


def _look_again_for_silence(chat: Chat, due: Due, batch: Batch) -> None:
    """There was a word in the meantime: look again three days after it."""
    session = chat.session
    if due.kind == "silence" and session is not None and not session.consents:
        batch.dues.append(Due("silence", chat.hash.hex(), (session.heard_at or batch.now) + SILENCE))


def _by_chat(arrivals: Iterable[Incoming], vault: Vault) -> dict[bytes, list[Incoming]]:
    found: dict[bytes, list[Incoming]] = {}
    hashes: dict[int, bytes] = {}
    for arrival in arrivals:
        if isinstance(arrival, Arrival):
            chat = hashes.get(arrival.chat_id) or vault.chat_hash(arrival.chat_id)
            hashes[arrival.chat_id] = chat
        else:
            chat = arrival.chat
        found.setdefault(chat, []).append(arrival)
    return found


def _needs_no_opening(row: stored.ConversationRow | None, arrivals: list[Incoming]) -> bool:
    """Whether only word came that a screen is there, and nothing else of the chat changes by it."""
    return (
        row is not None
        and not row.ending
        and all(
            isinstance(a, Settled) and a.card is None and a.receipt is None and not a.sent and not a.unreachable
            for a in arrivals
        )
    )


def _first_time(arrivals: list[Incoming], met: set[int]) -> list[Incoming]:
    """Arrivals whose update has not been taken before, in this batch or an earlier one."""
    kept = []
    for arrival in arrivals:
        if isinstance(arrival, Arrival) and arrival.update_id is not None:
            if arrival.update_id in met:
                continue
            met.add(arrival.update_id)
        kept.append(arrival)
    return kept


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
