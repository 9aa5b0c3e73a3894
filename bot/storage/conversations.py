"""Conversations and contributions: reading a batch of chats and writing it back by compare-and-swap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import held, is_server
from bot.storage.tables import consent_records, contributions, conversations, letters, payout_numbers, rights


class Overtaken(Exception):
    """Somebody else wrote a conversation meanwhile; reload and advance again."""


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A chat as stored."""

    chat: bytes
    key_id: bytes
    sealed: bytes = field(repr=False)
    version: int
    owed: bool
    ending: bool
    reachable: bool
    shown_by: int | None = None
    """Of several processes, the one that has a screen under way to the chat: what others owe it, they leave to that."""


@dataclass(frozen=True, slots=True)
class ContributionRow:
    """One collection's part of a chat as stored."""

    chat: bytes
    collection: str
    pseudonym: str
    key_id: bytes | None
    sealed: bytes = field(repr=False)
    record: str | None
    submitted_at: dt.datetime | None
    submitted_under: str | None


_BY_CHATS = select(conversations).where(conversations.c.chat.in_(bindparam("chats", expanding=True)))
_PARTS_BY_CHATS = select(contributions).where(contributions.c.chat.in_(bindparam("chats", expanding=True)))


async def read_conversations(connection: AsyncConnection, chats: Sequence[bytes]) -> dict[bytes, ConversationRow]:
    """The conversations of some chats. In a writing transaction of PostgreSQL they are locked, in key order."""
    query = _BY_CHATS
    if is_server(connection):
        query = held(connection, query.order_by(conversations.c.chat))
    found = await connection.execute(query, {"chats": chats})
    return {row[0]: ConversationRow(*row) for row in found}


async def read_contributions(connection: AsyncConnection, chats: Sequence[bytes]) -> list[ContributionRow]:
    """Every contribution of some chats."""
    return [ContributionRow(*row) for row in await connection.execute(_PARTS_BY_CHATS, {"chats": chats})]


_INSERT = insert(conversations)
_UPDATE = (
    update(conversations)
    .where(conversations.c.chat == bindparam("b_chat"), conversations.c.version == bindparam("b_version"))
    .values(
        sealed=bindparam("sealed"),
        version=bindparam("version"),
        owed=bindparam("owed"),
        ending=bindparam("ending"),
        reachable=bindparam("reachable"),
        shown_by=bindparam("shown_by"),
    )
)


async def insert_conversations(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write conversations that are new."""
    if rows:
        await connection.execute(_INSERT, rows)


async def update_conversations(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write conversations over the version that was read (`b_chat`, `b_version`). Raises Overtaken."""
    if rows:
        written = await connection.execute(_UPDATE, rows)
        if written.rowcount not in {len(rows), -1}:
            raise Overtaken


_OWED = (
    update(conversations)
    .where(conversations.c.chat == bindparam("b_chat"))
    .values(owed=True, shown_by=func.coalesce(conversations.c.shown_by, bindparam("by")))
)


async def owe_screens(connection: AsyncConnection, chats: Sequence[bytes], by: int | None) -> None:
    """Chats that are written already are owed their screen as well, from a process among several."""
    if chats:
        await connection.execute(_OWED, [{"b_chat": chat, "by": by} for chat in chats])


_SHOWN = (
    update(conversations)
    .where(conversations.c.chat == bindparam("b_chat"), conversations.c.version == bindparam("b_version"))
    .values(owed=False, shown_by=None)
)


async def mark_shown(connection: AsyncConnection, shown: Sequence[tuple[bytes, int]]) -> None:
    """Nothing is owed any more to chats that still stand at the version that was shown."""
    if shown:
        await connection.execute(_SHOWN, [{"b_chat": chat, "b_version": version} for chat, version in shown])


async def delete_conversations(connection: AsyncConnection, chats: Sequence[bytes]) -> None:
    """Take chats out."""
    if chats:
        await connection.execute(delete(conversations).where(conversations.c.chat.in_(chats)))


async def owed_conversations(connection: AsyncConnection, limit: int, after: bytes) -> list[ConversationRow]:
    """Chats to which a screen is owed that nobody has under way, in key order: what a start looks after."""
    query = (
        select(conversations)
        .where(conversations.c.owed, conversations.c.reachable, conversations.c.chat > after)
        .where(conversations.c.shown_by.is_(None))
        .order_by(conversations.c.chat)
        .limit(limit)
    )
    return [ConversationRow(*row) for row in await connection.execute(query)]


async def shown_by(connection: AsyncConnection, process: int, limit: int) -> list[ConversationRow]:
    """Chats to which a screen is under way from one of several processes, by what their rows say."""
    query = select(conversations).where(
        conversations.c.owed, conversations.c.reachable, conversations.c.shown_by == process
    )
    return [
        ConversationRow(*row) for row in await connection.execute(query.order_by(conversations.c.chat).limit(limit))
    ]


_INSERT_PART = insert(contributions)
_UPDATE_PART = (
    update(contributions)
    .where(contributions.c.chat == bindparam("b_chat"), contributions.c.collection == bindparam("b_collection"))
    .values(
        sealed=bindparam("sealed"),
        record=bindparam("record"),
        submitted_at=bindparam("submitted_at"),
        submitted_under=bindparam("submitted_under"),
    )
)


_UPDATE_PART_AND_KEY = _UPDATE_PART.values(key_id=bindparam("key_id"))
"""A key that stays is not named: SQLite writes an index anew for every column that a statement sets, changed or not."""


async def insert_contributions(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write contributions that are new."""
    if rows:
        await connection.execute(_INSERT_PART, rows)


async def update_contributions(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write contributions over (`b_chat`, `b_collection`), which the conversation's version guards; `key_id` is among
    the values where it has changed."""
    if staying := [row for row in rows if "key_id" not in row]:
        await connection.execute(_UPDATE_PART, staying)
    if rekeyed := [row for row in rows if "key_id" in row]:
        await connection.execute(_UPDATE_PART_AND_KEY, rekeyed)


async def delete_contributions(connection: AsyncConnection, keys: Sequence[tuple[bytes, str]]) -> None:
    """Take contributions out, by chat and collection."""
    for chat, collection in keys:
        query = delete(contributions).where(contributions.c.chat == chat, contributions.c.collection == collection)
        await connection.execute(query)


_ASKED_FOR: BindParameter[Sequence[bytes]] = bindparam("key_ids", expanding=True)
_KEYS_IN_USE = (
    *(select(each).where(each.in_(_ASKED_FOR)) for each in (conversations.c.key_id, contributions.c.key_id)),
    select(consent_records.c.key_id)  # of earlier consents
    .join(contributions, contributions.c.pseudonym == consent_records.c.pseudonym)
    .where(consent_records.c.key_id.in_(_ASKED_FOR)),
    *(
        select(each).where(each.in_(_ASKED_FOR))
        for each in (letters.c.key_id, rights.c.key_id, payout_numbers.c.key_id)
    ),
)


async def known_key_ids(connection: AsyncConnection, key_ids: Sequence[bytes]) -> set[bytes]:
    """Which of some keys the data still uses."""
    known: set[bytes] = set()
    for query in _KEYS_IN_USE:
        known.update(each for each in await connection.scalars(query, {"key_ids": key_ids}) if each is not None)
    return known
