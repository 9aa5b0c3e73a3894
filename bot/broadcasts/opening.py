"""Opening what is taken in hand: each delivery with everything that it takes to send it, or why it does not leave."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bot.broadcasts.letters import Letters, Writer
from bot.broadcasts.quiet_hours import is_awake
from bot.chats import Addressee, open_addressee
from bot.clock import Clock
from bot.messenger import Letter
from bot.review.signed import Signed
from bot.storage import card_pauses, deliveries
from bot.storage.database import Database
from bot.storage.deliveries import Leased
from bot.storage.keystore import KeyStore
from bot.vault import CONTACT, CannotOpen, Vault
from flows.broadcasts import Broadcast
from flows.collection import Region
from flows.shelf import Shelf

_OPENED_TOGETHER = 25
"""Chats that are opened without a breath in between: less than a millisecond, so that nobody's tap waits for it."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A delivery in hand, with everything that it takes to send it."""

    broadcast: int
    position: int
    chat: bytes = field(repr=False)
    addressee: Addressee = field(repr=False)
    letter: Letter
    paid: bool
    region: str
    newest_word: int
    """A reviewer's, that was known when it was taken in hand."""
    since: dt.datetime
    """When it was taken in hand."""
    hours: Region | None
    """Whose waking hours it keeps; None where it may leave at any hour."""

    @property
    def key(self) -> tuple[int, int]:
        """Broadcast and position."""
        return self.broadcast, self.position


class Opener:
    """Opens chats, puts letters together and keeps them, and knows who may be written to now."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        shelf: Shelf,
        write: Writer,
        signed: Signed,
        nobody_real: bool,
        clock: Clock,
        me: Callable[[], int | None],
    ) -> None:
        """`write` makes letters, ready to leave."""
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._shelf = shelf
        self._write = write
        self._signed = signed
        self._nobody_real = nobody_real
        self._clock = clock
        self._me = me
        self._letters: dict[int, Letters] = {}

    def forget(self, broadcast: int) -> None:
        """A broadcast is over, and its letters are needed no more."""
        self._letters.pop(broadcast, None)

    def at_any_hour(self, broadcast: Broadcast) -> bool:
        """Whether it goes by no waking hours: nobody real is written to."""
        return broadcast.any_hour and self._nobody_real

    def awake(self, broadcast: Broadcast, waiting: Iterable[str], shelf: Shelf) -> Region | None:
        """The first of some regions where people may be written to now.

        That is where somebody can begin now: where one has closed or is halted, its people wait.
        """
        collection, now = shelf.collections.get(broadcast.collection), self._clock()
        if collection is None:
            return None
        regions = {region.territory: region for region in shelf.beginning(collection, now.date())}
        open_now = [regions[name] for name in sorted(waiting) if name in regions]
        if not self.at_any_hour(broadcast):
            open_now = [region for region in open_now if is_awake(region, now)]
        return open_now[0] if open_now else None

    async def opened(self, broadcast: Broadcast, leased: list[Leased], region: Region) -> AsyncIterator[list[Ready]]:
        """A few at a time, those that may leave. The rest is given up or held once all have been opened."""
        wraps = {}
        for start in range(0, len(leased), 500):
            key_ids = [each.key_id for each in leased[start : start + 500]]
            wraps.update(await self._keystore.wraps(key_ids, (CONTACT,)))
        letters = self._letters_of(broadcast)
        paused = await self._paused_in(broadcast)
        closed: list[int] = []
        held: list[int] = []
        for start in range(0, len(leased), _OPENED_TOGETHER):
            some: list[Ready] = []
            for each in leased[start : start + _OPENED_TOGETHER]:
                ready = self._opened(broadcast, each, wraps, letters, region)
                if ready is None:
                    closed.append(each.position)
                elif not self._is_signed(broadcast, region, ready.addressee.language) or (
                    letters.read_as(ready.addressee.language) in paused
                ):
                    held.append(each.position)
                else:
                    some.append(ready)
            yield some
            await asyncio.sleep(0)
        if closed or held:
            async with self._database.write_beside() as connection:
                await deliveries.cancel_leased(connection, broadcast.id, closed, self._clock(), self._me())
                await deliveries.hold(connection, broadcast.id, held, self._clock(), self._me())

    def _is_signed(self, broadcast: Broadcast, region: Region, language: str) -> bool:
        """Whether a reader's language is open in an open region, or is none that it offers."""
        known = self._shelf.collections[broadcast.collection].region(region.territory)
        return language in region.languages or known is None or language not in known.languages

    async def _paused_in(self, broadcast: Broadcast) -> frozenset[str]:
        """Languages in which nobody new is asked just now."""
        async with self._database.read() as connection:
            pauses = await card_pauses.every(connection)
        return frozenset(each.language for each in pauses if each.collection == broadcast.collection)

    def _letters_of(self, broadcast: Broadcast) -> Letters:
        if broadcast.id not in self._letters:
            collection = self._shelf.collections[broadcast.collection]
            self._letters[broadcast.id] = Letters(
                collection, broadcast.paragraphs, self._write, has_finished=broadcast.has_finished
            )
        return self._letters[broadcast.id]

    def _opened(
        self,
        broadcast: Broadcast,
        leased: Leased,
        wraps: Mapping[tuple[bytes, str], bytes],
        letters: Letters,
        region: Region,
    ) -> Ready | None:
        """One delivery, ready to leave; None where the person has left or has stopped messages."""
        try:
            addressee = open_addressee(leased.chat, leased.key_id, leased.sealed, wraps, self._vault)
        except CannotOpen:
            return None
        if addressee is None or addressee.stopped:
            return None
        letter = letters.for_reader(leased.region, addressee.language)
        if letter is None:
            return None
        return Ready(
            broadcast.id, leased.position, leased.chat, addressee, letter, broadcast.paid, leased.region,
            self._signed.newest_word, self._clock(), None if self.at_any_hour(broadcast) else region,
        )  # fmt: skip
