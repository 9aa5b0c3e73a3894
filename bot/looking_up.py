"""Looking up what is on record about a chat's contributions, for screens and files of what is held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import Chat
from bot.storage import moves
from bot.storage.on_record import Contributed, on_record
from bot.vault import Vault
from flows.consent import hash_code
from flows.on_record import ASIDES_ON_RECORD, Records
from flows.session import Passage


async def look_up(connection: AsyncConnection, chat: Chat, vault: Vault, now: dt.datetime) -> Records:
    """What is on record about everything that was agreed to in a chat."""
    chat_id = chat.letterhead.chat_id
    records = {}
    for collection, part in chat.parts.items():
        if part.record is not None:
            holder = vault.entitlement_hash(chat_id, collection)
            found = await on_record(connection, Contributed(part.pseudonym, part.record, holder))
            passage = chat.session.passages.get(collection) if chat.session is not None else None
            records[collection] = replace(found, may_move=await _may_move(connection, passage, now))
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
        if chat is not None and chat.session is not None and chat.session.aside in ASIDES_ON_RECORD:
            chat.records = await look_up(connection, chat, vault, now)
