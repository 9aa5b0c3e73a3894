"""What is held of collections whose folder is not there: found without looking through everybody."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import contributions, vocabulary


async def held_off_shelf(connection: AsyncConnection, shelf: Iterable[str]) -> dict[str, int]:
    """Collection -> how many contributions to it stand under a consent, of those that are not on the shelf.

    Whatever was ever served has its ids in the vocabulary, which is short: where nothing is missing, nobody is looked
    at. Otherwise an index that has chats and collections alone is gone through; people are counted where there
    are any. Who has agreed to nothing yet loses nothing.
    """
    served = await connection.scalars(select(vocabulary.c.collection).distinct())
    missing = set(served) - set(shelf)
    if not missing:
        return {}
    of = contributions.c
    held = set(await connection.scalars(select(of.collection).where(of.collection.in_(missing)).distinct()))
    if not held:
        return {}
    query = select(of.collection, func.count()).where(of.collection.in_(held), of.record.is_not(None))
    counted = await connection.execute(query.group_by(of.collection).order_by(of.collection))
    return {collection: int(count) for collection, count in counted}
