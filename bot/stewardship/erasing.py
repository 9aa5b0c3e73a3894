"""Taking contributions out from outside the chat, as leaving does from within: rows, keys, and the word to recipients.

A contributor who has lost their account names their receipt. Closing a collection, and the end of what may be kept, go
the same way.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import Chat, Part, open_chat
from bot.clock import Clock
from bot.destroying import try_to_destroy_decided
from bot.owing.batch import Batch
from bot.owing.chat import Gone
from bot.owing.consent import erase_part
from bot.parting import Parting
from bot.stewardship.archive import Archive
from bot.stewardship.export import Refused
from bot.stewardship.taking_leave import TakingLeave
from bot.storage import audit, letters, releases
from bot.storage import contributions as found_by
from bot.storage import conversations as stored
from bot.storage.consents import pending_destructions, purposes_now
from bot.storage.conversations import ContributionRow, ConversationRow
from bot.storage.database import StoreUnavailable
from bot.tombstones import Tombstones
from bot.uncut import uncut
from bot.vault import CONTACT, SELF
from bot.writing import Writing, put
from flows.on_record import Owed

TOGETHER = 100

Note = Callable[[Sequence[ContributionRow], Sequence[tuple[bytes, str | None]]], list[dict[str, object]]]
"""The audit entries of contributions that go, and of keys whose destruction that decides."""


@dataclass(frozen=True, slots=True)
class StillOwed:
    """Pay of somebody who is gone, as whoever pays is asked for it."""

    amount: str
    currency: str
    reference: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Erased:
    """What went. The report of an erasure names what was done at once, and what follows."""

    contributions: int = 0
    chats: int = 0
    """Chats of which nothing is left, so that the bot knows of them no more."""
    keys: int = 0
    """Destroyed, and on the list of destroyed keys, or to be."""
    keys_wait: bool = False
    """Whether the key store, or that list, could not be reached: the bot destroys them as soon as it can."""
    recipients: tuple[str, ...] = ()
    """Who was given rows of them; `surveybot withdrawals` tells each which ones."""
    told: int = 0
    """People to whom the bot writes that it is gone."""
    files: int = 0
    """Files that the bot takes out of their chats."""
    owed: tuple[StillOwed, ...] = ()
    """What is still owed to whoever asked by their receipt: they may not read the chat any more."""
    log_emptied: bool = True
    """Whether the database's write-ahead log was written back and emptied."""
    on_server: bool = False
    """Whether a server keeps the data: it lets go of what was deleted in its own time."""

    def __add__(self, other: Erased) -> Erased:
        return Erased(
            self.contributions + other.contributions,
            self.chats + other.chats,
            self.keys + other.keys,
            self.keys_wait or other.keys_wait,
            tuple(sorted({*self.recipients, *other.recipients})),
            self.told + other.told,
            self.files + other.files,
            self.owed + other.owed,
            self.log_emptied and other.log_emptied,
            self.on_server or other.on_server,
        )


def receipt_id(record: str) -> str:
    """What a receipt's file calls itself, by its consent record (`flows.receipts`)."""
    return str(uuid.uuid5(uuid.UUID(record), "receipt"))


async def by_receipt(connection: AsyncConnection, receipt: str) -> ContributionRow:
    """The contribution of a receipt, by the id in its file, or by that of the consent record in it. Raises Refused."""
    wanted = receipt.strip().lower().removeprefix("urn:uuid:")
    async for record, pseudonym in found_by.every_record(connection):
        if wanted in {record, receipt_id(record)}:
            row = await found_by.of_pseudonym(connection, pseudonym)
            if row is None:
                raise Refused("nothing is held under this receipt any more: it was taken back, or its time was over")
            return row
    raise Refused(
        f"no receipt is called {receipt!r}; its file names it as `dpv:hasIdentifier`: 36 letters, digits and dashes"
    )


async def erase(
    archive: Archive, tombstones: Tombstones, rows: Sequence[ContributionRow], why: Gone, note: Note, clock: Clock
) -> Erased:
    """Take contributions out, some at a time, each time whole; their people are told why, once.

    What came of it is handed back also where the keys, or the log, cannot be reached afterwards: it is erased by then.
    Raises StoreUnavailable where the data cannot be reached before that.
    """
    erased = await take_out(archive, tombstones, rows, why, note, clock)
    return erased + await emptied_log(archive) if rows else erased


async def take_out(
    archive: Archive, tombstones: Tombstones, rows: Sequence[ContributionRow], why: Gone, note: Note, clock: Clock
) -> Erased:
    """Erase contributions and leave the log as it is: among many, it is emptied once they are all gone."""
    erased = Erased()
    for start in range(0, len(rows), TOGETHER):
        erased += await uncut(_erase_some(archive, rows[start : start + TOGETHER], why, note, clock()))
        erased += Erased(keys_wait=not await try_to_destroy_decided(archive.database, archive.keystore, tombstones))
    return erased


async def emptied_log(archive: Archive) -> Erased:
    """Empty the log after what went; what came of that."""
    on_server = archive.database.serves_several
    try:
        emptied = await archive.database.empty_log()
    except StoreUnavailable:
        emptied = False
    return Erased(log_emptied=emptied or on_server, on_server=on_server)


async def _erase_some(
    archive: Archive, rows: Sequence[ContributionRow], why: Gone, note: Note, now: dt.datetime
) -> Erased:
    batch, writing = Batch(now), Writing()
    event = "expired" if why is Gone.KEPT else "withdrawn"
    async with archive.database.write() as connection:
        # Held on a server, so that nobody agrees anew between this look and the commit.
        await stored.read_conversations(connection, sorted({row.chat for row in rows}))
        rows = await _still_to_go(connection, rows, why)
        chats = await _open(archive, connection, rows)
        before = {each for each, _, _ in await pending_destructions(connection)}
        live = await purposes_now(connection, [row.record for row in rows if row.record is not None])
        going = {(row.chat, row.collection) for row in rows}
        for row in rows:
            chat = chats.get(row.chat)
            part = chat.parts.get(row.collection) if chat is not None else None
            _give_back_promise(batch, row, part)
            purposes = sorted(live.get(row.record or "", ()))
            erase_part(batch, row.chat, row.collection, part or _closed(row), purposes, event, now)
            if chat is not None:
                await letters.erase_of(connection, archive.vault.sender(chat.letterhead.chat_id), row.collection, now)
        empty = await _empty_chats(connection, rows, going)
        # Who has lost their account gets no code there: it would be whose the account is by now.
        parting = Parting(connection, batch, archive.vault, is_theirs=why is not Gone.ERASED)
        taking_leave = TakingLeave(parting, writing, why)
        for each in chats.values():
            await taking_leave.of(
                each, [row.collection for row in rows if row.chat == each.hash], over=each.hash in empty
            )
            if each.hash in empty:
                sender = archive.vault.sender(each.letterhead.chat_id)
                await letters.erase_of(connection, sender, None, now)
        _forget(empty, taking_leave.going_on, batch, writing)
        given = await releases.recipients_of(connection, [row.pseudonym for row in rows])
        await put(connection, batch, writing)
        keys = [(key, lock) for each, key, lock in await pending_destructions(connection) if each not in before]
        await audit.append(connection, note(rows, keys) if rows else [])
    owed = _named(taking_leave.owed) if why is Gone.ERASED else ()
    return Erased(
        len(rows),
        len(empty),
        len(keys),
        recipients=tuple(given),
        told=taking_leave.told,
        files=taking_leave.files,
        owed=owed,
    )


def _named(owed: Sequence[Owed]) -> tuple[StillOwed, ...]:
    return tuple(StillOwed(str(each.amount), each.currency, each.reference) for each in owed)


async def _still_to_go(
    connection: AsyncConnection, rows: Sequence[ContributionRow], why: Gone
) -> Sequence[ContributionRow]:
    """Who has left meanwhile is gone; and whoever has agreed anew meanwhile is not among those whose time is over."""
    found = await found_by.still_there(connection, rows)
    if why is not Gone.KEPT:
        return found
    looked_up = {(row.pseudonym, row.record) for row in rows}
    return [row for row in found if (row.pseudonym, row.record) in looked_up]


def _closed(row: ContributionRow) -> Part:
    return Part(row.pseudonym, row, row.key_id, None, row.record)


def _give_back_promise(batch: Batch, row: ContributionRow, part: Part | None) -> None:
    """Who had earned nothing yet leaves their place in the region's budget."""
    passage = part.passage if part is not None else None
    if passage is not None and passage.consented is not None and not passage.accrued:
        batch.promises[row.collection, passage.consented.territory or passage.territory or ""] -= 1


async def _open(archive: Archive, connection: AsyncConnection, rows: Sequence[ContributionRow]) -> Mapping[bytes, Chat]:
    """The chats of contributions, as far as their keys are there."""
    hashes = sorted({row.chat for row in rows})
    conversations = await stored.read_conversations(connection, hashes)
    parts: dict[bytes, list[ContributionRow]] = {}
    for part in await stored.read_contributions(connection, hashes):
        parts.setdefault(part.chat, []).append(part)
    ids = [row.key_id for row in conversations.values()]
    ids += [part.key_id for each in parts.values() for part in each if part.key_id is not None]
    wraps = await archive.keystore.wraps(ids, (CONTACT, SELF))
    opened = {each: open_chat(row, parts.get(each, []), wraps, archive.vault) for each, row in conversations.items()}
    return {each: chat for each, chat in opened.items() if chat is not None}


async def _empty_chats(
    connection: AsyncConnection, rows: Sequence[ContributionRow], going: set[tuple[bytes, str]]
) -> dict[bytes, ConversationRow]:
    """Chats of which nothing is left."""
    hashes = sorted({row.chat for row in rows})
    staying = {each.chat for each in await stored.read_contributions(connection, hashes)
               if (each.chat, each.collection) not in going}  # fmt: skip
    return {each: row for each, row in (await stored.read_conversations(connection, hashes)).items()
            if each not in staying}  # fmt: skip


def _forget(empty: Mapping[bytes, ConversationRow], going_on: set[bytes], batch: Batch, writing: Writing) -> None:
    """They go whole, with their contact key; but those that something is still sent to, once that is done."""
    for each, row in empty.items():
        if each not in going_on:
            writing.deleted.append(each)
            batch.ledger.destructions.append({"key_id": row.key_id, "lock": None, "at": batch.now})
