"""Looking up what is on record about a chat's contributions, for screens and files of what is held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import Chat
from bot.paying import owed_to, thanked_in
from bot.storage import moves
from bot.storage.on_record import Contributed, on_record
from bot.vault import Vault
from flows.consent import hash_code
from flows.on_record import ASIDES_ON_RECORD, OnRecord, Records
from flows.session import Passage


async def look_up(connection: AsyncConnection, chat: Chat, vault: Vault, now: dt.datetime) -> Records:
    """What is on record about everything that was agreed to in a chat."""
    records = {}
    for collection, part in chat.parts.items():
        if part.record is not None:
            found = await on_record(connection, Contributed(part.pseudonym, part.record))
            owed = await owed_to(connection, chat, collection, vault)
            passage = chat.session.passages.get(collection) if chat.session is not None else None
            records[collection] = replace(found, owed=owed, may_move=await _may_move(connection, passage, now))
    return records


async def _may_move(connection: AsyncConnection, passage: Passage | None, now: dt.datetime) -> bool:
    """Whether a person has said that they may, where one is asked first."""
    if passage is None or passage.moving_code is None or passage.moving_to is None:
        return False
    return await moves.is_allowed(connection, hash_code(passage.moving_code), passage.moving_to, now)


async def look_up_where_shown(
    connection: AsyncConnection, chats: Iterable[Chat | None], vault: Vault, now: dt.datetime
) -> None:
    """The same for those chats whose open screen says it."""
    for chat in chats:
        if chat is None or chat.session is None:
            continue
        if chat.session.aside in ASIDES_ON_RECORD:
            chat.records = await look_up(connection, chat, vault, now)
        elif thanked_in(chat.session) is not None:
            collection = thanked_in(chat.session) or ""
            chat.records = {collection: OnRecord(owed=await owed_to(connection, chat, collection, vault))}
