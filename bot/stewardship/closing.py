"""Closing a collection: nobody is asked any more, and what was given goes by the rule that its consent named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.owing.chat import Gone
from bot.settings import Settings
from bot.stewardship.archive import Archive, open_archive
from bot.stewardship.erasing import Erased, emptied_log, take_out
from bot.storage import audit, broadcasts, entitlements, releases
from bot.storage import contributions as found_by
from bot.storage import team as stored_team
from bot.storage.conversations import ContributionRow
from bot.team import office
from bot.tombstones import Tombstones
from flows.collection import Collection
from flows.halts import Scope


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing a collection comes to."""

    collection: str
    rule: str
    """`erase`: everything goes now. `keep`: everything goes when its own consent comes to its end."""
    contributions: int
    last_end: dt.datetime | None
    """Where answers are kept: when the last consent comes to its end."""
    invites: int
    """Broadcasts that had not come to their end."""


async def plan(archive: Archive, collection: Collection) -> Closing:
    """What closing it would come to."""
    async with archive.database.read() as connection:
        count = await found_by.count_of_collection(connection, collection.id)
        last = await found_by.last_end(connection, collection.id)
        going_on = await broadcasts.going_on(connection, collection.id)
    rule = collection.retention.when_closed
    return Closing(collection.id, rule, count, last if rule == "keep" else None, going_on)


async def close(
    settings: Settings, collections: Sequence[Collection], collection: Collection, reason: str, clock: Clock
) -> tuple[Closing, Erased]:
    """Close it. Raises what `open_archive` does. Whatever is interrupted is finished by saying it again."""
    await _halt(settings, collection, clock())
    async with open_archive(settings) as archive:
        closing = await plan(archive, collection)
        erased = Erased()
        if closing.rule == "erase":
            erased = await _erase_all(archive, Tombstones(settings.tombstones), collection, clock)
        async with archive.database.write() as connection:
            now = clock()
            why = "its collection was closed"
            await broadcasts.stop_for_good(connection, why, now, collection=collection.id)
            # "Until this collection closes": the note that somebody was paid.
            await entitlements.forget_marks(connection, [each.id for each in collections if each.id != collection.id])
            detail: dict[str, object] = {"rule": closing.rule, "reason": reason, "contributions": closing.contributions}
            await releases.note_act(connection, now, audit.CLOSED, collection.id, detail)
    return closing, erased


async def _erase_all(archive: Archive, tombstones: Tombstones, collection: Collection, clock: Clock) -> Erased:
    """A few hundred are read and go, and then the next: there may be a million."""

    def note(gone: Sequence[ContributionRow], _keys: object) -> list[dict[str, object]]:
        entry = {"at": clock(), "actor": "steward", "action": "erased with its collection", "detail": {}}
        return [{**entry, "collection": row.collection, "pseudonym": row.pseudonym} for row in gone]

    erased, beyond = Erased(), ""
    while rows := await _some(archive, collection, beyond):
        erased += await take_out(archive, tombstones, rows, Gone.CLOSED, note, clock)
        beyond = rows[-1].pseudonym
    return erased + await emptied_log(archive) if beyond else erased


async def _some(archive: Archive, collection: Collection, beyond: str) -> list[ContributionRow]:
    async with archive.database.read() as connection:
        return await found_by.of_collection(connection, collection.id, beyond)


async def _halt(settings: Settings, collection: Collection, now: dt.datetime) -> None:
    wanted = Scope(collection.id)
    async with open_archive(settings) as archive, archive.database.read() as connection:
        halted = await stored_team.halted(connection)
    if wanted not in halted:
        await office.halt(settings, (wanted,), now)
