"""Whether a bot serves these data: from here, or, where they are on a server, from any machine."""

from __future__ import annotations

from contextlib import suppress

from bot.serving import is_served
from bot.settings import Settings
from bot.storage.database import Database, SchemaFault, StoreUnavailable
from bot.storage.engines import file_of
from bot.storage.server import serving_here


async def who_serves(settings: Settings) -> str:
    """In words; empty where none does. One that was killed does not count, though its row is still there."""
    if is_served(settings.serving_mark):
        return "a bot serves from here"
    places = await _elsewhere(settings)
    return f"a bot serves these data: {', '.join(places)}" if places else ""


async def _elsewhere(settings: Settings) -> list[str]:
    if file_of(settings.database_url) is not None:
        return []
    with suppress(StoreUnavailable, SchemaFault):  # that it is out of reach, or not ours, is a finding of its own
        database = Database.connect(settings.database_url)
        try:
            async with database.look() as connection:
                return await serving_here(connection)
        finally:
            await database.close()
    return []
