"""Writing a batch: every row of one transaction, gathered from the chats that it is about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import Chat, open_message, seal_conversation, seal_passage
from bot.lanes import Lanes
from bot.owing.batch import BY_WORKER, SAID_UNASKED, Batch, new_part, owe
from bot.storage import consents, deliveries, letters, outbox, pilots, promises, schedule, tallies
from bot.storage import conversations as stored
from bot.storage.asking import PAY_DUE
from bot.storage.outbox import OutboxRow
from bot.storage.schedule import Due
from bot.team.desk import Desk, write_desk
from bot.vault import Vault
from bot.work import Work
from flows.session import Session


@dataclass(slots=True)
class Writing:
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
    out_of_reach: list[bytes] = field(default_factory=list)
    postponed: list[tuple[str, dt.datetime]] = field(default_factory=list)
    handed_back: list[OutboxRow] = field(default_factory=list)
    shown_elsewhere: dict[bytes, int] = field(default_factory=dict)
    """Chats to which another process has a screen under way, and which: it sends what is owed beside the next."""


async def write(
    connection: AsyncConnection, batch: Batch, finished: list[Work], vault: Vault, desk: Desk | None
) -> None:
    """Write everything that a batch came to."""
    writing = gathered(batch, finished, vault)
    await _clean_invites(connection, batch, vault)
    await _erase_letters(connection, batch, finished, writing, vault)
    if desk is not None:
        await write_desk(connection, desk)
    await put(connection, batch, writing)


def gathered(batch: Batch, finished: list[Work], vault: Vault) -> Writing:
    """Every row of conversations and contributions that chats came to, sealed."""
    writing = Writing()
    for work in finished:
        _gather(work, batch, writing, vault)
    return writing


async def put(connection: AsyncConnection, batch: Batch, writing: Writing) -> None:
    """Write rows in an order in which none stands in another's way."""
    await stored.delete_contributions(connection, [*batch.erased_parts, *writing.parts_deleted])
    await consents.write_ledger(connection, batch.ledger)
    await promises.add(connection, batch.promises)
    await tallies.add(connection, batch.tallies)
    await pilots.agree(connection, batch.agreed, batch.pilots, batch.now)
    await stored.delete_conversations(connection, writing.deleted)
    await stored.insert_conversations(connection, writing.inserted)
    await stored.update_conversations(connection, writing.updated)
    await stored.insert_contributions(connection, writing.parts_inserted)
    await stored.update_contributions(connection, writing.parts_updated)
    await stored.mark_shown(connection, writing.shown)
    await schedule.done(connection, writing.dues_done)
    await schedule.cancel_for(connection, [chat.hex() for chat in writing.deleted])
    await schedule.cancel_for_parts(connection, batch.erased_parts)
    # Who declines may have gone from there before, and still be owed word of their pay.
    await schedule.cancel_for_parts(connection, writing.parts_deleted, but=PAY_DUE)
    await schedule.put_due(connection, [d for d in batch.dues if d.key.partition("/")[0] not in writing.gone])
    await outbox.cancel_for(connection, writing.deleted)
    await outbox.cancel_unasked_for(connection, batch.quiet_chats, SAID_UNASKED)
    await _end_invites(connection, batch, writing)
    await outbox.done(connection, writing.delivered)
    for row_id, until in writing.postponed:
        await outbox.postpone(connection, [row_id], until)
    await outbox.hand_back(connection, writing.handed_back, batch.now)
    owed = [row for row in batch.outbox if row.chat not in writing.deleted]
    await outbox.put(connection, [_in_hand(row, batch, writing) for row in owed])


def _in_hand(row: OutboxRow, batch: Batch, writing: Writing) -> OutboxRow:
    """A row, with the process that is to send it where several serve: nobody else takes it as long as that lives."""
    if batch.lanes.me is None or row.kind in BY_WORKER:
        return row
    other = writing.shown_elsewhere.get(row.chat)
    return replace(row, holder=batch.lanes.me) if other is None else replace(row, left_to=other)


async def _erase_letters(
    connection: AsyncConnection, batch: Batch, finished: list[Work], writing: Writing, vault: Vault
) -> None:
    """What somebody wrote to a human goes with what they leave, decline, or are silent on."""
    left: dict[bytes, set[str | None]] = {chat: {None} for chat in writing.deleted}
    for chat, collection in (*batch.erased_parts, *writing.parts_deleted):
        left.setdefault(chat, set()).add(collection)
    for work in finished:
        if work.chat is None:
            continue
        sender = vault.sender(work.chat.letterhead.chat_id)
        for which in left.get(work.hash, ()):
            batch.destroys |= await letters.erase_of(connection, sender, which, batch.now)


async def _clean_invites(connection: AsyncConnection, batch: Batch, vault: Vault) -> None:
    """Invites stand in the chat beside what the letterhead knows of; cleaning it takes them too."""
    if not batch.cleaned:
        return
    chats = {chat.hash: chat for chat in batch.cleaned}
    found: dict[bytes, list[int]] = {}
    for chat, sealed in await deliveries.messages_of(connection, list(chats)):
        found.setdefault(chat, []).append(open_message(sealed, chat, chats[chat].key))
    for chat, messages in found.items():
        owe("delete", {"messages": sorted(messages)}, chats[chat], batch, vault)


async def _end_invites(connection: AsyncConnection, batch: Batch, writing: Writing) -> None:
    """Who has stopped, taken the last yes back or blocked gets none of what was to be sent; who is forgotten, is."""
    await consents.end_contact(connection, batch.quiet_chats)
    await deliveries.cancel_for(connection, sorted({*batch.quiet_chats, *writing.out_of_reach}), batch.now)
    await follow_permissions(connection, batch.ledger, batch.now)
    await deliveries.forget(connection, writing.deleted, batch.now)


async def follow_permissions(connection: AsyncConnection, ledger: consents.Ledger, now: dt.datetime) -> None:
    """What is to be sent goes by the yes to being written to that is the newest, now that the ledger is written."""
    ended = {chat for chat, _ in ledger.permissions_ended}
    given = {row["chat"] for row in ledger.permissions}
    await deliveries.follow(connection, sorted(ended | given), now)


def _gather(work: Work, batch: Batch, writing: Writing, vault: Vault) -> None:
    writing.dues_done += work.dues_done
    writing.delivered += work.delivered
    writing.postponed += work.postponed
    writing.handed_back += work.handed_back
    if work.shown_only and work.row is not None:
        writing.shown.append((work.hash, work.row.version))
    chat = work.chat
    if not work.lost and (other := batch.lanes.elsewhere(work.row)) is not None:
        writing.shown_elsewhere[work.hash] = other
    if work.row is not None and (work.lost or (chat is not None and chat.is_empty)):
        _gather_forgotten(work, batch, writing)
    if chat is None or chat.is_empty:
        return
    if not work.changed:
        return
    if not chat.reachable and work.row is not None and work.row.reachable:
        writing.out_of_reach.append(work.hash)
    sealed = seal_conversation(chat, vault)
    work.version = 1 if work.row is None or work.lost else work.row.version + 1
    values = {
        "sealed": sealed,
        "version": work.version,
        "owed": chat.owed,
        "ending": chat.ending,
        "reachable": chat.reachable,
        "shown_by": _shown_by(work, chat, batch.lanes),
    }
    if work.row is None or work.lost:
        writing.inserted.append({"chat": work.hash, "key_id": chat.key_id, **values})
    else:
        writing.updated.append({"b_chat": work.hash, "b_version": work.row.version, **values})
    _gather_parts(chat, chat.session, writing, vault)


def _shown_by(work: Work, chat: Chat, lanes: Lanes) -> int | None:
    """Of several processes, the one that has a screen under way to the chat once this is committed.

    What this one had under way when the batch began may have arrived meanwhile. Word of that is still to come, and has
    to find the row as this process's; otherwise nobody would look whether something newer is owed by now.
    """
    if lanes.me is None or not (chat.owed and chat.reachable):
        return None
    row = None if work.lost else work.row
    if (other := lanes.elsewhere(row)) is not None:
        return other
    goes_on = row is not None and lanes.is_mine(row) and not work.gives_up
    return lanes.me if work.shows or goes_on or lanes.is_under_way(work.hash) else None


def _gather_forgotten(work: Work, batch: Batch, writing: Writing) -> None:
    """Nothing of a chat is left: its row, its parts, and its contact key."""
    writing.deleted.append(work.hash)
    if work.chat is None or work.chat.is_empty:
        writing.gone.add(work.hash.hex())
    if work.row is not None:
        batch.ledger.destructions.append({"key_id": work.row.key_id, "lock": None, "at": batch.now})
    if work.chat is not None:
        for collection in work.chat.parts:
            writing.parts_deleted.append((work.hash, collection))
            part = work.chat.parts[collection]
            if part.key_id is not None:
                batch.ledger.destructions.append({"key_id": part.key_id, "lock": None, "at": batch.now})


def _gather_parts(chat: Chat, session: Session | None, writing: Writing, vault: Vault) -> None:
    passages = session.passages if session is not None else {}
    for collection, passage in passages.items():
        part = chat.parts.get(collection)
        if part is None:
            part = chat.parts[collection] = new_part(vault)
        if part.row is not None and part.passage is passage:
            continue
        values = {
            "sealed": seal_passage(chat, part, passage, vault),
            "record": part.record,
            "submitted_at": part.submitted_at,
            "submitted_under": part.submitted_under,
        }
        if part.row is None:
            names = {"chat": chat.hash, "collection": collection, "pseudonym": part.pseudonym, "key_id": part.key_id}
            writing.parts_inserted.append({**names, **values})
            continue
        if part.key_id != part.row.key_id:
            values["key_id"] = part.key_id
        writing.parts_updated.append({"b_chat": chat.hash, "b_collection": collection, **values})
    for collection in set(chat.parts) - set(passages):
        writing.parts_deleted.append((chat.hash, collection))
