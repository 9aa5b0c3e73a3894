"""Where collections are open, for commands that look whether or not there is a database yet."""

from __future__ import annotations

from collections.abc import Sequence

from bot.review.signed import shelf_as_it_stands
from bot.settings import Settings
from bot.stewardship.archive import NothingThere, open_data
from bot.storage.database import SchemaFault, StoreUnavailable
from bot.texts import Texts
from flows.collection import Collection
from flows.shelf import Shelf


async def look(settings: Settings, collections: Sequence[Collection], texts: Texts) -> Shelf:
    """The collections as they are open now. Without a database of this version nothing is signed off."""
    try:
        async with open_data(settings) as database:
            await database.check_schema()
            async with database.read() as connection:
                return await shelf_as_it_stands(connection, collections, texts, unreviewed=settings.allow_unreviewed)
    except (NothingThere, SchemaFault, StoreUnavailable):
        return Shelf(collections, unreviewed=settings.allow_unreviewed, translate=texts.of_collection)
