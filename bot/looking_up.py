"""Looking up what is on record about a chat's contributions, for screens and files of what is held."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import Chat
from bot.storage.on_record import Contributed, on_record
from bot.vault import Vault
from flows.on_record import ASIDES_ON_RECORD, Records


async def look_up(connection: AsyncConnection, chat: Chat, vault: Vault) -> Records:
    """What is on record about everything that was agreed to in a chat."""
    chat_id = chat.letterhead.chat_id
    return {
        collection: await on_record(
            connection, Contributed(part.pseudonym, part.record, vault.entitlement_hash(chat_id, collection))
        )
        for collection, part in chat.parts.items()
        if part.record is not None
    }


async def look_up_where_shown(connection: AsyncConnection, chats: Iterable[Chat | None], vault: Vault) -> None:
    """The same for those chats whose open screen says it."""
    for chat in chats:
        if chat is not None and chat.session is not None and chat.session.aside in ASIDES_ON_RECORD:
            chat.records = await look_up(connection, chat, vault)
