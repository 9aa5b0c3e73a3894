"""Paying: codes are handed out in the transaction of the step that asks for them, or later, once there are some.

What is owed stands under a hash that no pseudonym leads to, and nothing here reads an answer. A code is handed out and
its message owed in one commit: a process that dies leaves both or neither, and a message that is sent twice says the
same code twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.owed import owed_of
from bot.owing.batch import PAY, Batch, Payee, owe
from bot.parting import (
    LOOKS_AGAIN,
    WHERE_A_PERSON_PAYS,
    Parting,
    hand_out,
    is_left_alone,
    look_again,
    who_waits_for_word,
)
from bot.storage import conversations, numbers, outbox, schedule
from bot.storage.entitlements import Entitlement, change, collections_untold, day_of, entitlement
from bot.storage.schedule import Due
from bot.texts import Texts
from bot.vault import Vault
from flows.asides.paying import news_message, voucher_message
from flows.collection import Collection, PayWay
from flows.on_record import PayState
from flows.pay import ways_of
from flows.screens import Screen
from flows.session import Aside, Session, Stage
from flows.shelf import Shelf

_DONE = frozenset({PayState.SENT, PayState.PAID_BEFORE})


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
        here = [payee for payee in self.batch.payees if not payee.has_gone]
        gone = [*(payee for payee in self.batch.payees if payee.has_gone), *await self._who_is_back()]
        if gone:
            gone = await who_waits_for_word(self.connection, self.vault, gone)
        dues = [self._look_again(each) for each in (*here, *gone) if await self._see_to(each)]
        await conversations.owe_screens(self.connection, self.batch.refreshed, self.batch.lanes.me)
        await outbox.put(self.connection, self.batch.outbox[before:])
        await schedule.put_due(self.connection, dues)

    async def _who_is_back(self) -> list[Payee]:
        """Who writes again, for whatever they may have gone from: its folder may be there no more."""
        if not self.batch.back:
            return []
        collections = await collections_untold(self.connection)
        here = [(chat, chat.session.language) for chat in self.batch.back if chat.session is not None]
        return [
            Payee(chat, collection, None, language, asks=True, has_gone=True)
            for chat, language in here
            for collection in collections
        ]

    def _look_again(self, payee: Payee) -> Due:
        collection = self.shelf.collections.get(payee.collection)
        paid_by_a_person = collection is not None and not ways_of(collection.region(payee.territory))
        return look_again(payee, self.batch.now, WHERE_A_PERSON_PAYS if paid_by_a_person else LOOKS_AGAIN)

    async def _see_to(self, payee: Payee) -> bool:
        """See to one; whether they have to be looked after again."""
        parting = Parting(self.connection, self.batch, self.vault)
        if payee.has_gone:
            return await parting.tell_later(payee)
        if payee.leaves:
            return await parting.see_off(payee) is not None and not payee.asks and is_left_alone(payee.chat)
        return await self._pay(payee)

    async def _pay(self, payee: Payee) -> bool:
        """See to somebody who takes part; whether they have to be looked after again."""
        collection = self.shelf.collections.get(payee.collection)
        holder = self.vault.entitlement_hash(payee.chat.letterhead.chat_id, payee.collection)
        found = await entitlement(self.connection, holder)
        if collection is None or found is None:
            return False
        found = found._replace(territory=found.territory or payee.territory)
        if found.left and found.state is not PayState.PAID_BEFORE:
            await change(self.connection, holder, left=False)  # they take part anew, and what they got is kept for them
        if not payee.asks and is_left_alone(payee.chat):
            return found.state not in _DONE or not found.told
        found = await self._tell(payee, found, collection)
        if found.state in {PayState.OWED, PayState.NOT_ARRIVED} and ways_of(collection.region(found.territory)):
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
        return not (by_code and await self._hand_out(payee, found, collection))

    async def _hand_out(self, payee: Payee, found: Entitlement, collection: Collection) -> bool:
        """Hand a code out, if there is one."""
        code = await hand_out(self.connection, self.vault, payee.chat, found, self.batch.now)
        if code is not None:
            self._say(payee, voucher_message(owed_of(found, code), collection.organisation.contact))
            self._refresh(payee)
        return code is not None

    def _refresh(self, payee: Payee) -> None:
        """Show the card anew where it says how pay stands."""
        chat, session = payee.chat, payee.chat.session
        if session is None or session.passage is None or session.passage.collection != payee.collection:
            return
        if not chat.owed and (session.aside is Aside.PAY or thanked_in(session) is not None):
            chat.owed = True
            self.batch.refreshed.append(chat.hash)

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


def thanked_in(session: Session) -> str | None:
    """The collection whose thanks are in front of somebody: they say how pay stands."""
    passage = session.passage
    if session.aside is not None or passage is None or passage.stage is not Stage.THANKS:
        return None
    return passage.collection
