"""Pay of whoever goes, whichever way that is: they get their code, or read how to come by what is owed.

By the time that they ask for it, nobody knows their chat any more. All that it can be found by is its reference, so
that is told before the chat is forgotten. Somebody who cannot be written to just then is told once they write again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import Chat
from bot.owed import owed_of, owed_to_json
from bot.owing.batch import PARTING, Batch, Payee, owe
from bot.storage import numbers, outbox, vouchers
from bot.storage.asking import PAY_DUE
from bot.storage.entitlements import (
    MAY_COME_BACK,
    Entitlement,
    change,
    day_of,
    entitlement,
    gone_untold,
    keep_mark,
    next_day_of,
)
from bot.storage.schedule import Due, key_of
from bot.storage.vouchers import Code
from bot.vault import CODE_STEP, CannotOpen, Vault, code_place, seal
from flows.asides.paying import still_owed_message, voucher_message
from flows.collection import PayWay
from flows.on_record import Owed, PayState
from flows.screens import Screen
from flows.shelf import Shelf

log = structlog.get_logger()

LOOKS_AGAIN = dt.timedelta(days=1)
"""How often somebody who waits is looked after, even where nobody has loaded anything."""

WHERE_A_PERSON_PAYS = dt.timedelta(days=7)
"""The same, where nothing comes by itself: what a person does has everybody looked after at once."""

_OPEN = frozenset({PayState.OWED, PayState.NOT_ARRIVED})


@dataclass(frozen=True, slots=True)
class Parting:
    """What seeing somebody off needs beside the batch."""

    connection: AsyncConnection
    batch: Batch
    vault: Vault
    is_theirs: bool = True
    """Whether the account is theirs still. Otherwise somebody else may have it by now: no code goes into the chat, and
    whoever has it is not told later either. Who asked by their receipt has the reference from the steward."""

    async def see_off(self, payee: Payee) -> Owed | None:
        """Note that somebody has gone, and owe them word of their pay; what they may still have to ask for.

        Of who has been paid for good a mark is kept, and nothing is said.
        """
        found = await self._found(payee)
        if found is None:
            return None
        await change(self.connection, found.holder, left=True, told=not self.is_theirs)
        if _is_paid_for_good(found, self.batch.now):
            await keep_mark(self.connection, [found.holder])
            return None
        if not payee.asks and is_left_alone(payee.chat):
            return owed_of(found)
        return await self._tell(payee, found)

    async def tell_later(self, payee: Payee) -> bool:
        """Tell somebody who could not be told as they went; whether they have to be looked after again."""
        found = await self._found(payee)
        if found is None or not found.left or found.told or _is_paid_for_good(found, self.batch.now):
            return False
        is_under_way = await outbox.waits(self.connection, payee.chat.hash, PARTING)
        if is_under_way or (not payee.asks and is_left_alone(payee.chat)):
            return True
        await self._tell(payee, found)
        return False

    async def _found(self, payee: Payee) -> Entitlement | None:
        holder = self.vault.entitlement_hash(payee.chat.letterhead.chat_id, payee.collection)
        found = await entitlement(self.connection, holder)
        return found._replace(territory=found.territory or payee.territory) if found is not None else None

    async def _tell(self, payee: Payee, found: Entitlement) -> Owed:
        """Owe them word of it. Whether they have been told is decided by whether it arrives (`has_arrived`)."""
        code = await self._code(found)
        has_number = code is None and bool(await numbers.of(self.connection, [found.holder]))
        said = replace(owed_of(found, code), has_number=has_number)
        words = {"owed": owed_to_json(said), "collection": payee.collection, "language": payee.language}
        owe(PARTING, words, payee.chat, self.batch, self.vault, unasked=not payee.asks)
        return said

    async def _code(self, found: Entitlement) -> str | None:
        """A code, held for them until it has arrived, where it may be one and codes are loaded for the place: whoever
        erases may not have its folder."""
        if not self.is_theirs or found.state not in _OPEN or found.way not in {None, PayWay.VOUCHER}:
            return None
        if not await vouchers.are_loaded(self.connection, found.collection, found.territory or ""):
            return None
        drawn = await _draw(self.connection, self.vault, found)
        if drawn is None:
            return None
        code, words = drawn
        await vouchers.hold_for(self.connection, code.id, found.holder)
        await _warn_where_few_are_left(self.connection, found)
        return words


def _is_paid_for_good(found: Entitlement, now: dt.datetime) -> bool:
    """What was transferred may still come back for a while, and then it has to be asked for."""
    if found.state is PayState.PAID_BEFORE:
        return True
    return found.state is PayState.SENT and (found.way == PayWay.VOUCHER or found.state_on < now - MAY_COME_BACK)


def is_left_alone(chat: Chat) -> bool:
    """Whether nothing is to be sent that was not asked for just now."""
    return not chat.reachable or chat.session is None or chat.session.stopped


def look_again(payee: Payee, now: dt.datetime, pause: dt.timedelta = LOOKS_AGAIN) -> Due:
    """When somebody who waits is looked after next.

    Of who has gone that is a day: by the moment it would lead to when a pseudonym was taken back.
    """
    since = next_day_of(now) if payee.leaves or payee.has_gone else now
    return Due(PAY_DUE, key_of(payee.chat.hash, payee.collection), since + pause)


async def who_waits_for_word(connection: AsyncConnection, vault: Vault, payees: Sequence[Payee]) -> list[Payee]:
    """Those of some people who went before, and could not be told then what becomes of their pay."""
    by_holder = {vault.entitlement_hash(each.chat.letterhead.chat_id, each.collection): each for each in payees}
    return [by_holder[holder] for holder in await gone_untold(connection, list(by_holder))]


async def has_arrived(connection: AsyncConnection, holder: bytes, *, with_code: bool) -> None:
    """Word of their pay is there: they have been told, and of who got a code a mark alone is kept.

    Not where they take part anew by now: then what they are owed stands in their chat.
    """
    found = await entitlement(connection, holder)
    if found is None or not found.left:
        return
    if with_code:
        await keep_mark(connection, [holder])
    else:
        await change(connection, holder, told=True)


async def hand_out(
    connection: AsyncConnection, vault: Vault, chat: Chat, found: Entitlement, now: dt.datetime
) -> str | None:
    """Hand a code out, if there is one; what it says."""
    drawn = await _draw(connection, vault, found)
    if drawn is None:
        return None
    code, words = drawn
    sealed = seal(chat.key, words.encode(), code_place(code.id), vault.randomness, step=CODE_STEP)
    await vouchers.hand_over(connection, code.id, found.holder, sealed)
    paid = {"state": PayState.SENT.value, "state_on": day_of(now), "reason": None}
    await change(connection, found.holder, way=PayWay.VOUCHER.value, **paid)
    await _warn_where_few_are_left(connection, found)
    return words


async def _warn_where_few_are_left(connection: AsyncConnection, found: Entitlement) -> None:
    stock = await vouchers.stock(connection, found.collection, found.territory or "")
    if stock.runs_low:
        log.warning("voucher codes run low", collection=stock.collection, region=stock.territory, left=stock.left)


async def _draw(connection: AsyncConnection, vault: Vault, found: Entitlement) -> tuple[Code, str] | None:
    """The code that is held for somebody already, or one that is nobody's, and what it says."""
    place = (found.collection, found.territory or "")
    code = await vouchers.code_of(connection, found.holder)
    if code is None:
        code = await vouchers.draw(connection, *place, vault.randomness(16).hex())
    if code is None:
        await _warn_where_few_are_left(connection, found)
        return None
    try:
        return code, vault.open_code(code.id, code.sealed)
    except CannotOpen:  # nobody's step is to fail of it
        log.warning("a voucher code does not open", collection=place[0], region=place[1])
        return None


def parting_message(owed: Owed, collection: str, shelf: Shelf) -> Screen:
    """What is said to somebody who goes: their code, or how to come by what is owed.

    Where the collection's own folder has gone, those who answer for the others are whom to write to.
    """
    known = shelf.collections.get(collection)
    of = [known] if known is not None else shelf.collections.values()
    contact = ", ".join(dict.fromkeys(each.organisation.contact for each in of))
    message = still_owed_message if owed.code is None else voucher_message
    return message(owed, contact)
