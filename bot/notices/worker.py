"""Sending notices: at the token's pace, each once. That some are about to leave is committed before they do.

A process that dies then, or a request without an answer, leaves notices that may be there: they are *unknown*, and not
sent again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

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

_LOOKS_AGAIN = 2.0
_NOT_TAKEN = 60.0
"""Seconds after which a message is tried again that Telegram did not take from us."""

_LONGEST_PAUSE = 60.0


class Worker:
    """Sends what notices have for people, one notice after another."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        messenger: Inviter,
        pace: AnyPace,
        clock: Callable[[], dt.datetime],
        ticks: Callable[[], float] = time.monotonic,
        me: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._messenger = messenger
        self._pace = pace
        self._clock = clock
        self._ticks = ticks
        self._me = me
        self._unanswered = 0
        self._letters: dict[tuple[int, str], Letter] = {}

    async def run(self) -> None:
        """Send until cancelled. What has begun to leave is settled first."""
        while True:
            try:
                busy = await uncut(self.work())
            except StoreUnavailable:
                busy = False
            wait = self._pace.wait(self._ticks()) if busy else _LOOKS_AGAIN
            await asyncio.sleep(min(max(wait, 0.01), _LOOKS_AGAIN))

    async def work(self) -> bool:
        """Some of the first notice that has any for now; whether there is more to do."""
        async with self._database.look() as connection:
            found = await notices.going_on(connection)
        for notice in found:
            if await self._finish(notice):
                continue
            await self._send_some(notice)
            return True
        return False

    async def _send_some(self, notice: Notice) -> None:
        most = 1 if self._unanswered else window_of(self._pace.rate)
        may = self._pace.take(self._ticks(), most)
        if not may:
            return
        async with self._database.write_beside() as connection:
            taken = await notices.take(connection, notice.id, may, self._me())
        self._pace.give_back(may - len(taken))
        addressees = await self._opened([each for _, each in taken if each is not None])
        states = await asyncio.gather(
            *(self._send(notice, addressees.get(each.chat) if each is not None else None) for _, each in taken)
        )
        async with self._database.write_beside() as connection:
            await notices.settle(connection, notice.id, dict(zip([place for place, _ in taken], states, strict=True)))

    async def _opened(self, people: Sequence[Somebody]) -> Mapping[bytes, Addressee]:
        wraps = await self._keystore.wraps([each.key_id for each in people], (CONTACT,))
        found: dict[bytes, Addressee] = {}
        for each in people:
            try:
                addressee = open_addressee(each.chat, each.key_id, each.sealed, wraps, self._vault)
            except CannotOpen:
                continue
            if addressee is not None:
                found[each.chat] = addressee
        return found

    async def _send(self, notice: Notice, addressee: Addressee | None) -> NoticeState:
        if addressee is None:
            return NoticeState.GONE
        try:
            letter = self._letter(notice, addressee.language)
            return self._state(await self._messenger.invite(addressee.chat_id, letter, paid=False))
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

    async def _finish(self, notice: Notice) -> bool:
        """Whether it is over; what it came to is in the audit then."""
        async with self._database.write_beside() as connection:
            now = self._clock()
            states = await notices.end(connection, notice.id, now)
            if states is None:
                return False
            entry = {"at": now, "actor": "bot", "action": ENDED, "collection": notice.concerns.get("collection")}
            detail = {"notice": notice.id, **states}
            await audit.append(connection, [{**entry, "pseudonym": None, "detail": detail}])
        self._letters = {key: letter for key, letter in self._letters.items() if key[0] != notice.id}
        return True
