"""Paying: codes are handed out in the transaction of the step that asks for them, or later, once there are some.

What is owed stands under a hash that no pseudonym leads to, and nothing here reads an answer. A code is handed out and
its message owed in one commit: a process that dies leaves both or neither, and a message that is sent twice says the
same code twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import Chat
from bot.owing.batch import PAY, Batch, Payee, owe
from bot.storage import numbers, outbox, schedule, vouchers
from bot.storage.asking import PAY_DUE
from bot.storage.entitlements import Entitlement, change, day_of, entitlement, keep_mark
from bot.storage.schedule import Due, key_of
from bot.texts import Texts
from bot.vault import CODE_STEP, CannotOpen, Vault, code_place, seal, unseal
from flows.asides.paying import news_message, still_owed_message, voucher_message
from flows.collection import Collection, PayWay
from flows.on_record import Owed, PayState
from flows.pay import ways_of
from flows.screens import Screen
from flows.session import Aside, Session, Stage
from flows.shelf import Shelf

log = structlog.get_logger()

_DONE = frozenset({PayState.SENT, PayState.PAID_BEFORE})

LOOKS_AGAIN = dt.timedelta(days=1)
"""How often somebody who waits is looked after, even where nobody has loaded anything."""


@dataclass(frozen=True, slots=True)
class Paying:
    """What paying needs beside the batch."""

    connection: AsyncConnection
    batch: Batch
    vault: Vault
    shelf: Shelf
    texts: Texts

    async def pay_all(self) -> None:
        """See to everybody of the batch whose pay can be collected. What is owed to their chats is put down too."""
        before = len(self.batch.outbox)
        dues: list[Due] = []
        for payee in self.batch.payees:
            waits = await self._pay(payee)
            if waits and (payee.chat.hash, payee.collection) not in self.batch.erased_parts:
                key = key_of(payee.chat.hash, payee.collection)
                dues.append(Due(PAY_DUE, key, self.batch.now + LOOKS_AGAIN))
        await outbox.put(self.connection, self.batch.outbox[before:])
        await schedule.put_due(self.connection, dues)

    async def _pay(self, payee: Payee) -> bool:
        """See to one; whether they have to be looked after again."""
        collection = self.shelf.collections.get(payee.collection)
        holder = self.vault.entitlement_hash(payee.chat.letterhead.chat_id, payee.collection)
        found = await entitlement(self.connection, holder)
        if collection is None or found is None:
            return False
        found = found._replace(territory=found.territory or payee.territory)
        if payee.leaves:
            await self._note_leaving(payee, found, collection)
            return False
        if not ways_of(collection.region(found.territory)):
            return False
        if not payee.asks and _is_left_alone(payee.chat):
            return found.state not in _DONE or not found.told
        found = await self._tell(payee, found, collection)
        if found.state in {PayState.OWED, PayState.NOT_ARRIVED}:
            found = await self._choose(payee, found)
            return not _is_through(payee) or await self._get_it_to(payee, found, collection)
        return found.state not in _DONE

    async def _tell(self, payee: Payee, found: Entitlement, collection: Collection) -> Entitlement:
        """Say what has become of it; to who looks at it just now, the screen says so."""
        if found.told:
            return found
        if not payee.asks:
            self._say(payee, news_message(owed_of(found), collection))
        await change(self.connection, found.holder, told=True)
        self._refresh(payee)
        return found._replace(told=True)

    async def _choose(self, payee: Payee, found: Entitlement) -> Entitlement:
        """Keep how somebody wants to get it, and where to."""
        if payee.way is None:
            return found
        if payee.number is not None:
            await numbers.put(self.connection, payee.number, self.batch.now)
        else:
            await numbers.drop(self.connection, [found.holder], self.batch.now)
        chosen: dict[str, Any] = {"way": payee.way.value}
        if found.state is PayState.NOT_ARRIVED:
            chosen |= {"state": PayState.OWED.value, "state_on": day_of(self.batch.now), "reason": None}
        await change(self.connection, found.holder, **chosen)
        return (await entitlement(self.connection, found.holder)) or found

    async def _get_it_to(self, payee: Payee, found: Entitlement, collection: Collection) -> bool:
        """A code, where it is to be one; whether somebody has to be looked after again."""
        ways = ways_of(collection.region(found.territory))
        by_code = ways == (PayWay.VOUCHER,) or found.way == PayWay.VOUCHER
        return not (by_code and await self._hand_out(payee, found))

    async def _note_leaving(self, payee: Payee, found: Entitlement, collection: Collection) -> None:
        """Give who leaves what they have earned, or say how to come by it; of who was paid a mark is kept."""
        await change(self.connection, found.holder, left=True)
        ways = ways_of(collection.region(found.territory))
        by_code = PayWay.VOUCHER in ways and found.way in {None, PayWay.VOUCHER}
        paid = found.state is PayState.SENT and found.way == PayWay.VOUCHER
        if found.state in {PayState.OWED, PayState.NOT_ARRIVED} and ways:
            paid = by_code and await self._hand_out(payee, found)
            if not paid and not await numbers.of(self.connection, [found.holder]):
                self._say(payee, still_owed_message(owed_of(found), collection))
        if paid:
            await keep_mark(self.connection, [found.holder])

    async def _hand_out(self, payee: Payee, found: Entitlement) -> bool:
        """Hand a code out, if there is one."""
        place = (payee.collection, found.territory or "")
        code = await vouchers.draw(self.connection, *place, self.vault.randomness(16).hex())
        if code is not None:
            try:
                await self._give(payee, found, code)
            except CannotOpen:  # nobody's step is to fail of it
                log.warning("a voucher code does not open", collection=place[0], region=place[1])
                return False
        stock = await vouchers.stock(self.connection, *place)
        if stock.runs_low:
            log.warning("voucher codes run low", collection=place[0], region=place[1], left=stock.left)
        return code is not None

    async def _give(self, payee: Payee, found: Entitlement, code: vouchers.Code) -> None:
        words = self.vault.open_code(code.id, code.sealed)
        sealed = seal(payee.chat.key, words.encode(), code_place(code.id), self.vault.randomness, step=CODE_STEP)
        await vouchers.hand_over(self.connection, code.id, found.holder, sealed)
        paid = {"state": PayState.SENT.value, "state_on": day_of(self.batch.now), "reason": None}
        await change(self.connection, found.holder, way=PayWay.VOUCHER.value, **paid)
        self._say(payee, voucher_message(owed_of(found, words), self.shelf.collections[payee.collection]))
        self._refresh(payee)

    def _refresh(self, payee: Payee) -> None:
        """Show the card anew where it says how pay stands."""
        session = payee.chat.session
        if session is None or session.passage is None or session.passage.collection != payee.collection:
            return
        if session.aside is Aside.PAY or thanked_in(session) is not None:
            payee.chat.owed = True

    def _say(self, payee: Payee, screen: Screen) -> None:
        """Owe a message of its own."""
        words = self.texts.screen(screen, payee.language)
        payload = {"message": None, "words": words}
        owe(PAY, payload, payee.chat, self.batch, self.vault, unasked=not payee.asks)


def _is_through(payee: Payee) -> bool:
    """Whether somebody has submitted: a code that came before would say to them that they are done."""
    session = payee.chat.session
    passage = session.passages.get(payee.collection) if session is not None else None
    return passage is not None and passage.submitted_at is not None


def _is_left_alone(chat: Chat) -> bool:
    """Whether nothing is to be sent that was not asked for just now."""
    return not chat.reachable or chat.session is None or chat.session.stopped


def thanked_in(session: Session) -> str | None:
    """The collection whose thanks are in front of somebody: they say how pay stands."""
    passage = session.passage
    if session.aside is not None or passage is None or passage.stage is not Stage.THANKS:
        return None
    return passage.collection


def owed_of(found: Entitlement, code: str | None = None) -> Owed:
    """What is owed, as screens say it."""
    return Owed(
        amount=Decimal(found.amount),
        currency=found.currency,
        on=found.accrued_on,
        kept_until=found.kept_until,
        territory=found.territory or "",
        state=found.state,
        state_on=found.state_on,
        way=PayWay(found.way) if found.way is not None else None,
        reference=found.reference,
        reason=found.reason,
        code=code,
    )


async def owed_to(connection: AsyncConnection, chat: Chat, collection: str, vault: Vault) -> Owed | None:
    """What a chat is owed for a collection, with the code that it was paid with where that still opens."""
    holder = vault.entitlement_hash(chat.letterhead.chat_id, collection)
    found = await entitlement(connection, holder)
    if found is None:
        return None
    code = await vouchers.code_of(connection, holder) if found.way == PayWay.VOUCHER else None
    owed = owed_of(found, _opened(code, chat) if code is not None else None)
    return replace(owed, has_number=bool(await numbers.of(connection, [holder])))


def _opened(code: vouchers.Code, chat: Chat) -> str | None:
    """The code; who left since it was handed out, and came back, has another key."""
    try:
        return unseal(chat.key, code.sealed, code_place(code.id)).decode()
    except CannotOpen:
        return None
