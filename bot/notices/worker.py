"""Sending notices: at the token's pace, each once. Chats are opened; that they are about to be told is committed; only
then they are, and what became of each is committed in turn.

A process that dies in between, or a request without an answer, leaves notices that may be there: they are *unknown*,
and not sent again. A store that is away for a while leaves none: nothing leaves until what became of those before is
written, and what only says that it is leaving waits again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice

import structlog

from bot.arrivals import Settled
from bot.broadcasts.rate import AnyPace, hear
from bot.broadcasts.worker import window_of
from bot.chats import Addressee, open_addressee
from bot.messenger import Delivered, Inviter, Letter, NotTaken, Sent, TryLater, Unreachable
from bot.notices.desk import ENDED
from bot.notices.wording import notice_screen
from bot.storage import audit, notices
from bot.storage.database import Database, StoreUnavailable
from bot.storage.keystore import KeyStore
from bot.storage.notices import Notice, NoticeState, Somebody
from bot.uncut import uncut
from bot.vault import CONTACT, CannotOpen, Vault
from flows.negotiation import negotiate

log = structlog.get_logger()

_LOOKS_AGAIN, _AT_ONCE = 2.0, 0.01
"""Seconds between two looks: where nothing is to do or a store is away, and where some may leave at once."""

_NOT_TAKEN = 60.0
"""Seconds after which a message is tried again that Telegram did not take from us."""

_LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class _Group:
    """Some that are about to leave together."""

    holder: int | None = None
    """As which process they are in hand."""
    addressees: Mapping[int, Addressee | None] = field(default_factory=dict, repr=False)
    """By position; None for who is gone."""


@dataclass(frozen=True, slots=True)
class _Left:
    """What became of some that left together, by position."""

    notice: int
    holder: int | None
    states: Mapping[int, NoticeState]


class NoticeWorker:
    """Sends what notices have for people, one notice after another."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        messenger: Inviter,
        note: Callable[[Settled], None],
        pace: AnyPace,
        clock: Callable[[], dt.datetime],
        ticks: Callable[[], float] = time.monotonic,
        me: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`note` is told of each message that stands in a chat now, so that cleaning the chat takes it."""
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._messenger = messenger
        self._note = note
        self._pace = pace
        self._clock = clock
        self._ticks = ticks
        self._me = me
        self._unanswered = 0
        self._letters: dict[tuple[int, str], Letter] = {}
        self._left: _Left | None = None
        """What is not written yet."""
        self._in_doubt: set[tuple[int, int | None]] = set()
        """Notices of which something may say that it is leaving, and never does; and in hand of which process."""

    async def run(self) -> None:
        """Send until cancelled. What has begun to leave is settled first."""
        try:
            while True:
                pause = self._pause(busy=await self._look())
                await asyncio.sleep(pause)
        finally:
            await self._part()

    async def _look(self) -> bool:
        """As `work`; nothing is to do while a store is away."""
        try:
            return await uncut(self.work())
        except StoreUnavailable:
            return False

    def _pause(self, *, busy: bool) -> float:
        """Seconds until the next look."""
        return min(max(self._pace.wait(self._ticks()), _AT_ONCE), _LOOKS_AGAIN) if busy else _LOOKS_AGAIN

    async def _part(self) -> None:
        """Write what the last look could not."""
        try:
            await uncut(self._settle())
        except StoreUnavailable as unavailable:
            log.warning("what became of the last notices was not written; they are unknown", why=str(unavailable))

    async def work(self) -> bool:
        """Some of the first notice for which somebody waits; whether there is more to do. Raises StoreUnavailable."""
        await self._settle()
        async with self._database.look() as connection:
            found = await notices.going_on(connection)
        for notice in found:
            if await self._send_some(notice):
                return True
            await self._finish(notice)
        return False

    async def _settle(self) -> None:
        """Write what became of those that left, and have wait again what only says that it is leaving.

        Nothing of this process is under way meanwhile. Raises StoreUnavailable; the next one writes it then.
        """
        if self._left is None and not self._in_doubt:
            return
        async with self._database.write_beside() as connection:
            if self._left is not None:
                await notices.settle(connection, self._left.notice, self._left.states, self._left.holder)
            for notice, holder in self._in_doubt:
                await notices.bring_back(connection, notice, holder)
        self._left = None
        self._in_doubt.clear()

    async def _send_some(self, notice: Notice) -> bool:
        """Send to some who wait for it, as many as may leave now; whether anybody waited."""
        most = 1 if self._unanswered else window_of(self._pace.rate)
        async with self._database.look() as connection:
            waiting = await notices.waiting(connection, notice.id, most)
        if not waiting:
            return False
        may = self._pace.take(self._ticks(), len(waiting))
        group = _Group()
        try:
            if may:
                group = await self._take(notice, dict(islice(waiting.items(), may)))
        except StoreUnavailable as unavailable:
            log.warning("the store is not available; no notice leaves", why=str(unavailable))
            raise
        finally:
            self._pace.give_back(may - len(group.addressees))
        await self._send_to(notice, group)
        return True

    async def _take(self, notice: Notice, people: Mapping[int, Somebody | None]) -> _Group:
        """Open chats, and say of them that they are about to be told; those that may be. Raises StoreUnavailable."""
        # Keys first: whoever is said to be told just now is told once at most, so that nothing may be missing then.
        addressees = await self._opened(people)
        holder = self._me()
        # A commit whose answer was lost may have been carried out.
        self._in_doubt.add((notice.id, holder))
        async with self._database.write_beside() as connection:
            taken = await notices.take(connection, notice.id, list(people), holder)
        self._in_doubt.discard((notice.id, holder))
        return _Group(holder, {each: addressees.get(each) if is_there else None for each, is_there in taken.items()})

    async def _opened(self, people: Mapping[int, Somebody | None]) -> Mapping[int, Addressee]:
        """Who they are, by position, as far as their keys are there. Raises StoreUnavailable."""
        there = {position: each for position, each in people.items() if each is not None}
        wraps = await self._keystore.wraps([each.key_id for each in there.values()], (CONTACT,))
        found: dict[int, Addressee] = {}
        for position, each in there.items():
            try:
                addressee = open_addressee(each.chat, each.key_id, each.sealed, wraps, self._vault)
            except CannotOpen:
                continue
            if addressee is not None:
                found[position] = addressee
        return found

    async def _send_to(self, notice: Notice, group: _Group) -> None:
        states = await asyncio.gather(*(self._send(notice, each) for each in group.addressees.values()))
        if states:
            self._left = _Left(notice.id, group.holder, dict(zip(group.addressees, states, strict=True)))
            await self._settle()

    async def _send(self, notice: Notice, addressee: Addressee | None) -> NoticeState:
        if addressee is None:
            return NoticeState.GONE
        try:
            letter = self._letter(notice, addressee.language)
            sent = await self._messenger.invite(addressee.chat_id, letter, paid=False)
            if isinstance(sent, Delivered) and sent.message:
                self._note(Settled(addressee.chat, 0, shown=False, sent=(sent.message,)))
            return self._state(sent)
        except Exception as error:  # noqa: BLE001  # a fault of ours while it was under way: it may have arrived
            log.warning("a notice came to no clear end", why=type(error).__name__)
            return NoticeState.UNKNOWN

    def _letter(self, notice: Notice, language: str) -> Letter:
        language = negotiate(language, tuple(notice.texts))
        key = (notice.id, language)
        if key not in self._letters:
            self._letters[key] = self._messenger.letter(notice_screen(notice.texts[language]), language)
        return self._letters[key]

    def _state(self, sent: Sent | NotTaken) -> NoticeState:
        now = self._ticks()
        match sent:
            case Delivered():
                self._unanswered = 0
                return NoticeState.DELIVERED
            case Unreachable():
                self._unanswered = 0
                return NoticeState.UNREACHABLE
            case TryLater():
                hear(self._pace, now, sent)
                return NoticeState.PENDING
            case NotTaken(why):
                log.warning("Telegram does not take a notice; it is tried again", why=why)
                self._pace.hold(now, _NOT_TAKEN)
                return NoticeState.PENDING
        self._unanswered += 1
        self._pace.hold(now, min(_LONGEST_PAUSE, 2.0 ** min(self._unanswered, 10)))
        return NoticeState.UNKNOWN

    async def _finish(self, notice: Notice) -> None:
        """Nobody waits for it: it is over, unless something is being sent. What it came to is in the audit then."""
        async with self._database.write_beside() as connection:
            now = self._clock()
            states = await notices.end(connection, notice.id, now)
            if states is not None:
                entry = {"at": now, "actor": "bot", "action": ENDED, "collection": notice.concerns.get("collection")}
                detail = {"notice": notice.id, **states}
                await audit.append(connection, [{**entry, "pseudonym": None, "detail": detail}])
        if states is None:
            # Another process sends it. If none does, a commit that nobody waited for any more came after all.
            self._in_doubt.add((notice.id, self._me()))
            return
        self._letters = {key: letter for key, letter in self._letters.items() if key[0] != notice.id}
