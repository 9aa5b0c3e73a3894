"""Orders that wait for a second steward, and what comes of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from bot.clock import Clock
from bot.stewardship.archive import Archive
from bot.stewardship.export import Made, Progress, export
from bot.stewardship.ordering import Order, as_kept, confirmed, from_kept
from bot.stewardship.recipients import check_may_receive, check_spelling
from bot.stewardship.refusing import Refused
from bot.storage import release_orders, releases
from bot.storage.release_orders import Waiting
from flows.collection import Collection
from flows.releases import KEPT_DAYS


async def keep(archive: Archive, wanted: Order, by: str, now: dt.datetime) -> Waiting:
    """Let an order wait for a second steward. Raises Refused where the recipient may not receive it."""
    waiting = Waiting(archive.vault.randomness(4).hex(), as_kept(wanted), by, now)
    async with archive.database.write() as connection:
        await check_spelling(connection, wanted.recipient)
        await check_may_receive(connection, wanted.recipient, wanted.purpose.id, now)
        await release_orders.keep(connection, waiting)
        detail: dict[str, object] = {"order": waiting.id, "by": by, **waiting.wanted}
        await releases.note_act(connection, now, "release ordered", wanted.collection.id, detail)
    return waiting


async def waiting(archive: Archive, now: dt.datetime) -> list[Waiting]:
    """Orders that can be confirmed."""
    async with archive.database.read() as connection:
        found = await release_orders.waiting(connection)
    return [each for each in found if now - each.ordered_at <= dt.timedelta(days=KEPT_DAYS)]


async def waiting_for(
    archive: Archive, collections: Iterable[Collection], order: str, now: dt.datetime
) -> tuple[Order, str]:
    """What another steward wants, and who that is. Raises Refused."""
    known = {each.id: each for each in await waiting(archive, now)}
    if order not in known:
        raise Refused(f"no order {order!r} waits; waiting: {', '.join(known) or 'none'}")
    return from_kept(collections, known[order].wanted), known[order].ordered_by


async def confirm(
    archive: Archive,
    collections: Iterable[Collection],
    order: str,
    by: str,
    folder: Path,
    clock: Clock,
    progress: Progress,
) -> Made:
    """Make the release that another steward wants. Raises Refused."""
    wanted, ordered_by = await waiting_for(archive, collections, order, clock())
    wanted = confirmed(wanted, ordered_by, by, one_person_team=False)
    return await export(archive, dataclasses.replace(wanted, ordered_as=order), folder, clock, progress)
