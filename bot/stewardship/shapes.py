"""Releases of one collection to one recipient that can be compared with each other, which protects nobody."""

from __future__ import annotations

from bot.stewardship.archive import Archive
from bot.stewardship.ordering import Order
from bot.storage import releases
from bot.storage.releases import Release


async def of_another_shape(archive: Archive, wanted: Order) -> list[Release]:
    """What the recipient has of the collection as one table where tables of questions are wanted, or the other way
    round, or in groups of another size: whoever has both can work out what each of them hides."""
    async with archive.database.read() as connection:
        made = await releases.every_release(connection)
    theirs = (each for each in made if (each.collection, each.recipient) == (wanted.collection.id, wanted.recipient))
    shape = (wanted.tables, wanted.smallest_group)
    return [each for each in theirs if (bool(each.tables), each.smallest_group) != shape]
