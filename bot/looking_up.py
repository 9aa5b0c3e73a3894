"""Looking up what is on record about a chat's contributions, for screens and files of what is held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import Chat
from bot.owed import owed_to
from bot.paying import thanked_in
from bot.storage import letters as letters_stored
from bot.storage import moves
from bot.storage.keystore import KeyStore
from bot.storage.on_record import Contributed, on_record, what_was_meant
from bot.team.sealing import letter_in
from bot.vault import CONTACT, Vault
from bot.work import Work
from flows.consent import hash_code
from flows.contact.letter import Letter
from flows.on_record import ASIDES_ON_RECORD, NOTHING_ON_RECORD, OnRecord, Records
from flows.renewal import between_consents
from flows.session import Passage, Session, Stage


async def look_up(connection: AsyncConnection, chat: Chat, vault: Vault, now: dt.datetime) -> Records:
    """What is on record about everything that was agreed to in a chat, and what was written there to a human."""
    records: dict[str, OnRecord] = {}
    for collection, part in chat.parts.items():
        if part.record is not None:
            found = await on_record(connection, Contributed(part.pseudonym, part.record))
            owed = await owed_to(connection, chat, collection, vault)
            passage = chat.session.passages.get(collection) if chat.session is not None else None
            records[collection] = replace(found, owed=owed, may_move=await _may_move(connection, passage, now))
    for letter in await _letters_of(connection, chat, vault, now):
        before = records.get(letter.collection, NOTHING_ON_RECORD)
        records[letter.collection] = replace(before, letters=(*before.letters, letter))
    return records


async def _letters_of(connection: AsyncConnection, chat: Chat, vault: Vault, now: dt.datetime) -> tuple[Letter, ...]:
    """When each was written, about what, and until when it is kept, oldest first; nothing is opened."""
    rows = await letters_stored.written_by(connection, vault.sender(chat.letterhead.chat_id), now)
    return tuple(letter_in(row, None) for row in rows)


async def opened_letters(
    connection: AsyncConnection, keystore: KeyStore, chat: Chat, vault: Vault, now: dt.datetime
) -> tuple[Letter, ...]:
    """What somebody has written to a human and what they were answered, of what still has its key."""
    rows = await letters_stored.written_by(connection, vault.sender(chat.letterhead.chat_id), now)
    wraps = await keystore.wraps([row.key_id for row in rows], (CONTACT,))
    return tuple(
        letter_in(row, vault.unwrap(CONTACT, row.key_id, wrapped))
        for row in rows
        if (wrapped := wraps.get((row.key_id, CONTACT))) is not None
    )


async def _may_move(connection: AsyncConnection, passage: Passage | None, now: dt.datetime) -> bool:
    """Whether a person has said that they may, where one is asked first."""
    if passage is None or passage.moving_code is None or passage.moving_to is None:
        return False
    return await moves.is_allowed(connection, hash_code(passage.moving_code), passage.moving_to, now)


def who_reads_records(works: Iterable[Work]) -> list[Chat]:
    """Chats that something has happened in, and whose open screen says what is on record."""
    return [work.chat for work in works if work.chat is not None and work.stepped and _reads_records(work.chat)]


def _reads_records(chat: Chat) -> bool:
    session = chat.session
    if session is None:
        return False
    # Whoever is asked again, or decides on another collection, can say that they are too young for what they agreed to,
    # and reads of what goes to whom it had been passed on.
    is_asked_again = session.passage is not None and between_consents(session.passage)
    decides = session.passage is not None and session.passage.stage is Stage.DECIDE and bool(session.consents)
    is_thanked = thanked_in(session) is not None
    submits = _submits_next(session) is not None
    return session.aside in ASIDES_ON_RECORD or is_asked_again or decides or submits or is_thanked


def _submits_next(session: Session) -> str | None:
    """The collection whose answers are in front of somebody: once they submit, its receipt is written anew, and says
    again what was agreed to; and how pay is to come is asked where that is not known."""
    passage = session.passage
    if session.aside is not None or passage is None or passage.stage is not Stage.REVIEW:
        return None
    return passage.collection


async def look_up_for(connection: AsyncConnection, chats: Iterable[Chat], vault: Vault, now: dt.datetime) -> None:
    """Look up what the open screens of these chats say."""
    for chat in chats:
        thanked = thanked_in(chat.session) if chat.session is not None else None
        submits = _submits_next(chat.session) if chat.session is not None else None
        if thanked is not None:
            chat.records = {thanked: OnRecord(owed=await owed_to(connection, chat, thanked, vault))}
        elif submits is not None:
            record = chat.parts[submits].record if submits in chat.parts else None
            meant = await what_was_meant(connection, record) if record is not None else NOTHING_ON_RECORD
            chat.records = {submits: replace(meant, owed=await owed_to(connection, chat, submits, vault))}
        else:
            chat.records = await look_up(connection, chat, vault, now)
