"""Data from a backup brought into line with the list of destroyed keys: what was closed since is taken out again.

Its keys are gone, so nothing of it would open. What stands in clear would stay, though, and nobody would be told that
earlier releases hold it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import deliveries, letters, notices, outbox, schedule, team
from bot.storage.broadcasts import stop_for_good
from bot.storage.consents import EarlierEnd, end_earlier, purposes_now
from bot.storage.conversations import ContributionRow, delete_contributions, delete_conversations
from bot.storage.notices import Stopped
from bot.storage.tables import (
    answers,
    consent_events,
    contact_permissions,
    contributions,
    conversations,
    payout_numbers,
    withdrawals,
)

_TOGETHER = 500

_PUT_BACK = "a backup was put back: who has got it since then is not known, and nobody gets it twice"

_Row = dict[str, Any]
Ended = tuple[ContributionRow, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Closed:
    """What was taken out."""

    chats: int
    contributions: int
    ended: tuple[Ended, ...]
    """Contributions that stay, with the purposes of theirs that were ended."""
    notices: tuple[Stopped, ...]
    """Notices of a breach that were being sent, and go on no more."""


async def close_destroyed(
    connection: AsyncConnection, destroyed: Sequence[tuple[bytes, str | None]], at: dt.datetime
) -> Closed:
    """Take out chats and contributions whose keys are destroyed, and end purposes whose locks are."""
    whole = [key_id for key_id, lock in destroyed if lock is None]
    chats = await _chats_of(connection, whole)
    parts = await _parts_of(connection, whole, chats)
    await _erase(connection, parts, at)
    await _forget(connection, chats, at)
    for some in _some(whole):
        await connection.execute(delete(payout_numbers).where(payout_numbers.c.key_id.in_(some)))
    await team.close_restored(connection, whole)
    await letters.close_restored(connection, whole)
    await stop_for_good(connection, _PUT_BACK, at)
    stopped = await notices.stop(connection, at)
    ended = await _end_purposes(connection, [(key_id, lock) for key_id, lock in destroyed if lock], at)
    return Closed(len(chats), len(parts), tuple(ended), tuple(stopped))


async def _chats_of(connection: AsyncConnection, key_ids: Sequence[bytes]) -> list[bytes]:
    found: list[bytes] = []
    for some in _some(key_ids):
        found += await connection.scalars(select(conversations.c.chat).where(conversations.c.key_id.in_(some)))
    return found


async def _parts_of(
    connection: AsyncConnection, key_ids: Sequence[bytes], chats: Sequence[bytes]
) -> list[ContributionRow]:
    """Contributions whose own key is destroyed, and those of chats that are."""
    found: dict[str, ContributionRow] = {}
    for column, values in ((contributions.c.key_id, key_ids), (contributions.c.chat, chats)):
        for some in _some(values):
            rows = await connection.execute(select(contributions).where(column.in_(some)))
            found |= {row.pseudonym: ContributionRow(*row) for row in rows}
    return list(found.values())


async def _erase(connection: AsyncConnection, parts: Sequence[ContributionRow], at: dt.datetime) -> None:
    """As leaving does (`bot.owing.consent.erase_part`): rows out, the decision noted, the pseudonym onto the list."""
    for part in parts:
        await connection.execute(delete(answers).where(answers.c.pseudonym == part.pseudonym))
        await _end_contact(connection, part)
    await _note(connection, [(part, ()) for part in parts if part.record is not None], at)
    gone = [(part.chat, part.collection) for part in parts]
    await delete_contributions(connection, gone)
    await schedule.cancel_for_parts(connection, gone)


async def _forget(connection: AsyncConnection, chats: Sequence[bytes], at: dt.datetime) -> None:
    for some in _some(chats):
        await delete_conversations(connection, some)
        await schedule.cancel_for(connection, [chat.hex() for chat in some])
        await outbox.cancel_for(connection, some)
        await deliveries.forget(connection, some, at)


async def _end_purposes(
    connection: AsyncConnection, locks: Sequence[tuple[bytes, str]], at: dt.datetime
) -> list[Ended]:
    destroyed: dict[bytes, set[str]] = {}
    for key_id, lock in locks:
        destroyed.setdefault(key_id, set()).add(lock)
    ended: list[Ended] = []
    for some in _some(list(destroyed)):
        rows = await connection.execute(select(contributions).where(contributions.c.key_id.in_(some)))
        parts = [ContributionRow(*row) for row in rows]
        live = await purposes_now(connection, [part.record for part in parts if part.record is not None])
        for part in parts:
            gone = _gone(part, live.get(part.record or "", set()), destroyed[part.key_id or b""])
            if gone:
                ended.append((part, gone))
                await _end_contact(connection, part, gone)
    await _note(connection, ended, at)
    return ended


def _gone(part: ContributionRow, live: Iterable[str], locks: set[str]) -> tuple[str, ...]:
    """Purposes whose lock is destroyed. A lock is named after collection and purpose (`bot.vault.purpose_lock`)."""
    return tuple(sorted(purpose for purpose in live if f"purpose:{part.collection}/{purpose}" in locks))


async def _end_contact(connection: AsyncConnection, part: ContributionRow, purposes: Sequence[str] = ()) -> None:
    """Take back the permission to write; where purposes are named, only if it was given for one of them."""
    columns = contact_permissions.c
    query = delete(contact_permissions).where(columns.chat == part.chat, columns.collection == part.collection)
    await connection.execute(query.where(or_(*(columns.purpose == each for each in purposes))) if purposes else query)


async def _note(connection: AsyncConnection, ended: Iterable[Ended], at: dt.datetime) -> None:
    events: list[_Row] = []
    listed: list[_Row] = []
    earlier: list[EarlierEnd] = []
    for part, purposes in ended:
        common = {"pseudonym": part.pseudonym, "purposes": list(purposes), "at": at}
        events.append({**common, "record": part.record, "event": "withdrawn"})
        listed.append({**common, "collection": part.collection})
        earlier.append(EarlierEnd(part.pseudonym, part.record or "", "withdrawn", at, purposes))
    if events:
        await connection.execute(insert(consent_events), events)
        await end_earlier(connection, earlier)
        await connection.execute(insert(withdrawals), listed)


def _some(values: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    """A few hundred at a time: SQLite takes only so many values in a statement."""
    return (values[start : start + _TOGETHER] for start in range(0, len(values), _TOGETHER))
