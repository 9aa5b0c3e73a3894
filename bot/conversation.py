"""The step: load, advance, commit session and effects together; only then send.

Everything that arrives goes through one inbox. A loop takes whatever has come together, works on it in one
transaction, and says when it is committed: several people's steps share one commit, and an update is confirmed to
Telegram only after what it caused is on disk. A batch that fails is replayed person by person, so that one bad step
rolls back nobody else.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.arrivals import Arrival, DueArrival, Settled
from bot.budgets import Budgets
from bot.chats import open_chat
from bot.clock import Clock
from bot.destroying import destroy_decided
from bot.lanes import ALONE, Lanes
from bot.links.doors import Doors
from bot.loading import Loaded, load
from bot.looking_up import look_up_for, who_reads_records
from bot.owing.batch import BY_WORKER, IN_HAND, Batch
from bot.paying import Paying
from bot.review.saying import keep
from bot.review.signed import Signed
from bot.showing import Showing, showing_of
from bot.stepping import Stepper
from bot.storage import card_pauses, outbox, schedule, updates
from bot.storage import conversations as stored
from bot.storage.contention import met_another
from bot.storage.database import Database, SchemaFault, StoreUnavailable
from bot.storage.keystore import KeyStore, Wrap
from bot.storage.releases import note_act
from bot.storage.schedule import Due
from bot.storage.together import together
from bot.team.desk import Desk, TeamSettings
from bot.team.opening import Wanted, open_desk
from bot.team.reception import concerns_the_team
from bot.team.rows import ANSWER, CONFIRM, KNOCK, PLAN, POST, RELEASE
from bot.texts import Texts
from bot.tombstones import Tombstones
from bot.vault import CONTACT, SELF, Vault
from bot.vitals.counts import Steps
from bot.work import Incoming, Work, by_chat, first_time
from bot.writing import write
from flows.contact.correspondence import ContactAsked
from flows.grading import Grading, is_off
from flows.links import CollectionLink
from flows.records import replace
from flows.shelf import Shelf
from flows.team.visit import Page

log = structlog.get_logger()


_A_MOMENT, _A_WHILE = 0.02, 0.2
"""Seconds that word of what was shown waits for company, rather than take a commit of its own each time: longer where
forgetting it would only have the same screen put in its own place."""

_AGAIN = (0.0, 0.02, 0.1)
"""Seconds before a batch is tried again that met another process's."""

MOST_TOGETHER = 400
"""Arrivals that share one commit at most: keeps the write lock short when a crowd comes at once."""


Show = Callable[[Showing], None]


@dataclass(slots=True)
class _Waiting:
    arrivals: Sequence[Incoming]
    committed: asyncio.Future[Mapping[bytes, int]] | None
    """None where nobody waits: word of what was shown may be lost, and the screen is then shown once more."""
    since: float = 0.0
    """When it came, by the monotonic clock."""


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
        team: TeamSettings,
        remind_after: dt.timedelta | None = None,
        signed: Signed | None = None,
        grading: Grading = Grading(),  # noqa: B008  # frozen
    ) -> None:
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._tombstones = tombstones
        self._shelf = shelf
        self._texts = texts
        self._clock = clock
        self._team = team
        self._remind_after = remind_after
        self._signed = signed or Signed({})
        self._grading = grading
        self.steps = Steps()
        """Counts of what became of arrivals, added to once a batch."""
        self.keys_are_left = False
        """Whether keys that are to be destroyed could not be."""
        self._inbox: list[_Waiting] = []
        self._something = asyncio.Event()
        self._working = False
        self._flush: asyncio.TimerHandle | None = None
        self._show: Show = lambda _showing: None
        self.lanes: Callable[[], Lanes] = lambda: ALONE
        """This process's lanes, where several serve."""
        self.on_due: Callable[[dt.datetime], None] = lambda _due_at: None
        """Called when something was put onto the schedule, with the time at which the first of it comes due."""

    def show_with(self, show: Show) -> None:
        """Who is handed what is to be shown."""
        self._show = show

    async def take(self, arrivals: Sequence[Incoming]) -> None:
        """Take arrivals; returns when what they caused is committed. Raises StoreUnavailable when it cannot be."""
        await self.calls_of(arrivals)

    async def calls_of(self, arrivals: Sequence[Incoming]) -> Mapping[bytes, int]:
        """Take arrivals; by chat, how often something is sent or edited now that what they caused is committed."""
        committed: asyncio.Future[Mapping[bytes, int]] = asyncio.get_running_loop().create_future()
        self._inbox.append(_Waiting(arrivals, committed, time.monotonic()))
        self._something.set()
        return await committed

    def note(self, settled: Settled) -> None:
        """Remember what has been shown, with the next commit; nobody waits for it.

        It rides along with what arrives next. Where nothing arrives, it is committed after a moment.
        """
        self._inbox.append(_Waiting([settled], None))
        # Where several serve, others leave a chat's screens to this process until it has said that its own is there.
        self._flush_within(_A_WHILE if settled.is_harmless and not self._is_among_others() else _A_MOMENT)

    def _is_among_others(self) -> bool:
        try:
            return self.lanes().me is not None
        except StoreUnavailable:  # it is, and has not been able to say that it is alive; its word is kept all the same
            return True

    @property
    def words_wait(self) -> frozenset[bytes]:
        """Chats of which word of what was shown has not been committed yet."""
        arrivals = (arrival for waiting in self._inbox for arrival in waiting.arrivals)
        return frozenset(arrival.chat for arrival in arrivals if isinstance(arrival, Settled))

    def _word_waits(self, chat: bytes) -> bool:
        """Whether word of a screen's end waits for the next batch; a file has no version, and nothing is owed by it."""
        arrivals = (arrival for waiting in self._inbox for arrival in waiting.arrivals)
        return any(isinstance(a, Settled) and a.version > 0 and a.chat == chat for a in arrivals)

    def _note_again(self, together: list[_Waiting]) -> None:
        """Word of what was shown is all that there is of it; what somebody waits for, they send again."""
        self._inbox[:0] = [waiting for waiting in together if waiting.committed is None]
        if self._inbox:
            self._flush_within(_A_MOMENT)

    def _flush_within(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + seconds
        if self._flush is not None:
            if self._flush.when() <= due:
                return
            self._flush.cancel()
        self._flush = loop.call_at(due, self._flush_notes)

    def _flush_notes(self) -> None:
        self._flush = None
        self._something.set()

    @property
    def waiting(self) -> int:
        """How many arrivals wait for the next batch."""
        return sum(len(waiting.arrivals) for waiting in self._inbox)

    async def drain(self) -> None:
        """Wait until nothing is left in the inbox; `run` has to be running."""
        while self._inbox or self._working:
            self._something.set()
            await asyncio.sleep(0.001)

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
                        # Nobody waits: word of what was shown rides along with what arrives next.
                        if self._inbox:
                            self._flush_within(_A_MOMENT)
                        break
            finally:
                self._working = False

    def _next_together(self) -> list[_Waiting]:
        together: list[_Waiting] = []
        count = 0
        while self._inbox and (not together or count + len(self._inbox[0].arrivals) <= MOST_TOGETHER):
            waiting = self._inbox.pop(0)
            together.append(waiting)
            count += len(waiting.arrivals)
        if not self._inbox and self._flush is not None:
            self._flush.cancel()
            self._flush = None
        return together

    async def _work(self, together: list[_Waiting]) -> None:
        arrivals = [arrival for waiting in together for arrival in waiting.arrivals]
        self.steps.begin()
        showings: list[Showing] = []
        try:
            await self._commit_all(arrivals, showings)
        except StoreUnavailable as unavailable:
            log.warning("the store is not available; nothing was confirmed", why=str(unavailable))
            _finish(together, unavailable)
            self.steps.fail()
            self.look_for_keys()
            self._show_all(showings)  # of chats whose step was committed before the store failed
            await asyncio.sleep(1)
            self._note_again(together)
            return
        except asyncio.CancelledError:
            _finish(together, StoreUnavailable("stopping"))
            raise
        _finish(together, {each.chat: each.calls for each in showings})
        waited = [waiting for waiting in together if waiting.committed is not None]
        first = waited[0].since if waited else None
        self.steps.end(sum(len(waiting.arrivals) for waiting in waited), first)
        self._show_all(showings)

    def _show_all(self, showings: list[Showing]) -> None:
        for showing in showings:
            self._show(showing)

    async def _commit_all(self, arrivals: list[Incoming], showings: list[Showing]) -> None:
        """One transaction for all; where that fails, one a chat, and what still fails is passed over.

        What is to be sent is added to `showings` as it is committed.
        """
        try:
            showings += await self._commit_beside_others(arrivals)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # a bad step must not stop the rest
            log.warning("a batch is replayed chat by chat", why=type(error).__name__)
            self.steps.replayed += 1
        else:
            return
        for each in by_chat(arrivals, self._vault).values():
            showings += await self._commit_one(each)

    async def _commit_beside_others(self, arrivals: list[Incoming]) -> list[Showing]:
        """Try again where another process was writing just there, which then it has done.

        A server that lets this role not write any more is one that cannot be reached: whoever set it up can mend that,
        and until then nothing may be taken for a step that failed.
        """
        try:
            for pause in _AGAIN:
                try:
                    return await self._commit(arrivals)
                except Exception as error:
                    if not met_another(error):
                        raise
                    self.steps.contended += 1
                await asyncio.sleep(pause)
            return await self._commit(arrivals)
        except SchemaFault as fault:
            raise StoreUnavailable(str(fault)) from None

    async def _commit_one(self, arrivals: list[Incoming]) -> list[Showing]:
        try:
            return await self._commit_beside_others(arrivals)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001
            # The type and the place alone: an exception's text could carry an answer.
            log.warning("a step was passed over", why=type(error).__name__, where=_place(error))
            self.steps.passed_over += 1
        await self._pass_over(arrivals)
        words: list[Incoming] = [each for each in arrivals if isinstance(each, Settled)]
        # What has been shown and sent is there, whatever came beside word of it.
        showings = await self._commit_one(words) if words and len(words) < len(arrivals) else []
        return showings + [
            Showing(self._hash(a), a.chat_id, 0, "", 0, None, None, ((a.callback, None),))
            for a in arrivals
            if isinstance(a, Arrival) and a.callback is not None
        ]

    async def _pass_over(self, arrivals: list[Incoming]) -> None:
        """Remember updates whose step failed, so that they are not met again, and free what came due."""
        async with self._database.write_beside() as connection:
            ids = [a.update_id for a in arrivals if isinstance(a, Arrival) and a.update_id is not None]
            fresh = sorted(set(ids) - await updates.seen(connection, ids))
            await updates.remember(connection, fresh, self._clock())
            await schedule.done(connection, [a.due for a in arrivals if isinstance(a, DueArrival)])

    def _hash(self, arrival: Incoming) -> bytes:
        return self._vault.chat_hash(arrival.chat_id) if isinstance(arrival, Arrival) else arrival.chat

    async def _commit(self, arrivals: list[Incoming]) -> list[Showing]:
        batch = Batch(
            self._clock(), remind_after=self._remind_after, lanes=replace(self.lanes(), word_waits=self._word_waits)
        )
        async with self._database.write_in_two_goes() as goes:
            connection = goes.connection
            arrived = by_chat(arrivals, self._vault)
            loaded = await goes.first(load, arrived, batch.now, batch.lanes)
            work = await self._open_all(connection, arrived, loaded, batch)
            desk = await self._desk(connection, work)
            batch.pilots = loaded.standing.pilots
            shelf = await self._signed.on(self._shelf, loaded.standing, connection)
            budgets = Budgets(shelf.pausing(loaded.standing.paused), loaded.standing.pilots)
            await budgets.read(connection)
            doors = Doors(self._team.link_burst, batch.now)
            await doors.read(connection, work)
            finished = [self._advance(each, batch, budgets, doors, desk) for each in work]
            await self._take_the_lanes(connection, finished, batch)
            doors.note(batch.links)
            shelf = budgets.shelf_now(batch.promises, batch.agreed)
            if doors.paused:
                batch.dues += await self._knocks(connection, doors.paused, desk)
            if desk is not None:
                batch.wraps += desk.wraps
                batch.dues += desk.dues
            if batch.wraps:
                async with self._putting(batch.wraps):
                    await together(connection, self._write_down, batch, finished, doors, desk)
            else:
                await goes.last(self._write_down, batch, finished, doors, desk)
        if desk is not None and desk.reviewed:
            shelf = shelf.reviewed(self._signed.after(desk.reviewed))
        budgets.say_what_closed(batch.promises)
        if _destroys_keys(batch, desk):
            await self._destroy_now()
            if self.keys_are_left:
                self.on_due(batch.now)
        come_due = [*(due.due_at for due in batch.dues), *(r.due_at for r in batch.outbox if r.kind in BY_WORKER)]
        come_due += [row.created_at for each in finished for row in each.handed_back]
        come_due += [batch.now] if desk is not None and (desk.asked or desk.reviewed) else []
        if come_due:
            self.on_due(min(come_due))
        return [
            showing for each in finished if (showing := showing_of(each, batch, shelf, self._texts, desk)) is not None
        ]

    async def _write_down(
        self, connection: AsyncConnection, batch: Batch, finished: list[Work], doors: Doors, desk: Desk | None
    ) -> None:
        """Everything that a batch came to, and what the screens that it leads to say of it."""
        await write(connection, batch, finished, self._vault, desk)
        await doors.write(connection)
        if desk is not None and desk.reviewed:
            await keep(connection, desk.reviewed, self._signed.shown_to(desk.reviewed), "reviewer")
        await self._look_at_cards(connection, batch)
        await Paying(connection, batch, self._vault, self._shelf, self._texts).pay_all()
        await look_up_for(connection, who_reads_records(finished), self._vault, batch.now)

    async def _take_the_lanes(self, connection: AsyncConnection, finished: list[Work], batch: Batch) -> None:
        """Of several processes: note for each chat that is shown something that it is from here; and where others have
        left this one their screens, what they owe beside them."""
        me = batch.lanes.me
        if me is None:
            return
        for each in finished:
            if each.chat is not None and each.row is not None and each.shows and each.chat.owed:
                each.changed = each.changed or each.row.shown_by is None
        left = [each for each in finished if each.shows_newest or _shows_behind_its_own(each, batch.lanes)]
        if left:
            rows = await outbox.take_left(connection, [each.hash for each in left], me, batch.now + IN_HAND)
            for each in left:
                each.left = tuple(row for row in rows if row.chat == each.hash)

    async def _look_at_cards(self, connection: AsyncConnection, batch: Batch) -> None:
        """Where somebody has just answered a card off the mark: whether too many have."""
        for name in sorted({collection for collection, _, what in batch.tallies if is_off(what)}):
            version = self._shelf.collections[name].consent.version
            for pause in await card_pauses.look(connection, name, version, self._grading, batch.now):
                detail = {"language": pause.language, "card": pause.card, "off": pause.off, "answers": pause.answers}
                await note_act(connection, batch.now, "language paused", name, detail, actor="program")
                log.warning("a card is not understood", collection=name, language=pause.language, card=pause.card)

    async def _knocks(
        self, connection: AsyncConnection, paused: Sequence[CollectionLink], desk: Desk | None
    ) -> list[Due]:
        """Word to the team of links that this batch has paused, which needs the team wherever the batch is about."""
        if desk is None:
            desk = await open_desk(connection, self._keystore, self._vault, self._team)
        return desk.knocks_about(paused, self._clock())

    def _advance(self, work: Work, batch: Batch, budgets: Budgets, doors: Doors, desk: Desk | None) -> Work:
        """One chat's arrivals, on what is on offer once the chats before it in the batch have had their steps."""
        shelf = doors.shelf_now(budgets.shelf_now(batch.promises, batch.agreed), batch.links)
        return Stepper(self._vault, shelf, self._texts, desk).advance(work, batch)

    @asynccontextmanager
    async def _putting(self, wraps: Sequence[Wrap]) -> AsyncIterator[None]:
        """New wraps, on disk before this ends: what is sealed with their keys is committed after them.

        The key store syncs a file of its own, which takes longer than to write the batch's rows meanwhile.
        """
        putting = asyncio.create_task(self._keystore.put(wraps))
        try:
            yield
        finally:
            await putting

    async def _desk(self, connection: AsyncConnection, work: list[Work]) -> Desk | None:
        """The team, where somebody of it may be among the chats; contributors' steps do not wait for it."""
        if not any(_concerns_the_team(each) for each in work):
            return None
        wanted = _letters_wanted(work, self._vault)
        return await open_desk(connection, self._keystore, self._vault, self._team, wanted)

    async def _open_all(
        self, connection: AsyncConnection, arrived: Mapping[bytes, list[Incoming]], loaded: Loaded, batch: Batch
    ) -> list[Work]:
        wraps = await self._keystore.wraps(loaded.key_ids, (CONTACT, SELF))
        met = set(loaded.repeated)
        work = []
        for chat in sorted(arrived):
            row, everything = loaded.rows.get(chat), arrived[chat]
            each = Work(chat, row, None, first_time(everything, met), everything, closed=chat in loaded.closed)
            if row is not None and not each.closed:
                self._open(each, row, loaded.parts.get(chat, []), wraps)
                each.owing = loaded.owing.get(chat, set())
            work.append(each)
        if readers := who_reads_records(work):
            await together(connection, look_up_for, readers, self._vault, batch.now)
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
        """What was decided is committed, so a key store that cannot be reached stops nothing: it is tried again."""
        try:
            await self.destroy_keys()
        except StoreUnavailable as unavailable:
            log.warning("keys are to be destroyed and the key store is not available", why=str(unavailable))
            self.keys_are_left = True

    def look_for_keys(self) -> None:
        """Have whatever was decided on destroyed soon: a commit that nobody heard of may have decided it, or a process
        that ended before it came to it."""
        self.keys_are_left = True

    async def destroy_what_is_left(self) -> None:
        """Destroy what could not be destroyed when it was decided, if there is any. What cannot be yet is left."""
        if self.keys_are_left:
            self.keys_are_left = False
            await self._destroy_now()

    async def tell_of_lapses(self, dues: Sequence[Due]) -> None:
        """Have owners and coordinators told that sign-offs end soon; whether they do still is looked at then."""
        for due in dues:
            async with self._database.write() as connection:
                desk = await open_desk(connection, self._keystore, self._vault, self._team)
                await schedule.put_due(connection, desk.knocks_about_lapses(due.key, self._clock()))
                await schedule.done(connection, [due])

    async def destroy_keys(self) -> None:
        """Carry out every destruction that has been decided: tombstones first, then wraps, then the note of it."""
        await destroy_decided(self._database, self._keystore, self._tombstones)


def _destroys_keys(batch: Batch, desk: Desk | None) -> bool:
    """Whether the transaction has decided that keys are to be destroyed."""
    ledger = batch.ledger
    of_the_team = desk is not None and bool(desk.notes.destructions)
    of_numbers = any(each.way for each in batch.payees)
    return bool(batch.destroys or ledger.destructions or ledger.earlier_destructions or of_numbers or of_the_team)


def _shows_behind_its_own(work: Work, lanes: Lanes) -> bool:
    """Whether a screen is shown behind one that this process has under way: others may have left something beside it,
    and of the one under way it is not said any more that it was not the newest."""
    return work.shows and work.row is not None and lanes.is_mine(work.row)


def _concerns_the_team(work: Work) -> bool:
    """Whether the team, or what is written to it, is looked at in this chat."""
    chat = work.chat
    if chat is not None and (chat.visit or chat.rehearsing or chat.correspondence) is not None:
        return True
    return any(
        concerns_the_team(arrival.event) or isinstance(arrival.event, ContactAsked)
        if isinstance(arrival, Arrival)
        else isinstance(arrival, DueArrival) and arrival.due.kind in {ANSWER, CONFIRM, KNOCK, PLAN, POST, RELEASE}
        for arrival in work.arrivals
    )


def _letters_wanted(works: list[Work], vault: Vault) -> Wanted:
    """Letters that are answered just now, or written; and the inbox, where somebody of the team is about."""
    about: set[str] = set()
    senders: set[bytes] = set()
    reads_inbox = False
    for work in works:
        due = [a.due.key.partition("/")[2] for a in work.arrivals if isinstance(a, DueArrival) and a.due.kind == ANSWER]
        about.update(due)
        if work.chat is not None and work.chat.correspondence is not None:
            senders.add(vault.sender(work.chat.letterhead.chat_id))
        visit = work.chat.visit if work.chat is not None else None
        if visit is not None:
            about.add(visit.about)
            reads_inbox = reads_inbox or visit.page is Page.INBOX
    return Wanted(frozenset(about), frozenset(senders), reads_inbox)


def _finish(together: list[_Waiting], came_to: Mapping[bytes, int] | Exception) -> None:
    """What is sent to the chats of a batch, or why nothing was committed."""
    for waiting in together:
        if waiting.committed is None or waiting.committed.done():
            continue
        if isinstance(came_to, Exception):
            waiting.committed.set_exception(came_to)
        else:
            waiting.committed.set_result(came_to)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "?"
