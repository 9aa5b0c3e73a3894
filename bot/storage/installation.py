"""Which installation the data belongs to: data and key store carry the same id, and are never used apart.

With another installation's database, a sweep would take every wrap for an orphan and destroy it; with another key
store, everybody would read as withdrawn.
"""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.keystore import KeyStore
from bot.storage.tables import conversations
from bot.storage.tables import installation as table


class NotAPair(Exception):
    """The data and the key store do not belong together; the text says what to look at."""


_REMEDY = "check SURVEYBOT_DATABASE_URL, SURVEYBOT_KEY_FILE and SURVEYBOT_KEY_STORE_URL, or restore the missing one"


async def id_of(database: Database) -> str | None:
    """Which installation's data this is; None where it is new."""
    async with database.read() as connection:
        found: str | None = await connection.scalar(select(table.c.id))
        return found


async def bot_of(connection: AsyncConnection) -> int | None:
    """Which bot the data is for; None where no start has said so."""
    found: int | None = await connection.scalar(select(table.c.bot))
    return found


async def note_bot(connection: AsyncConnection, bot: int) -> None:
    """From here on the data is for this one."""
    await connection.execute(update(table).values(bot=bot))


async def has_people(connection: AsyncConnection) -> bool:
    """Whether any chat is known."""
    return await connection.scalar(select(conversations.c.chat).limit(1)) is not None


async def check_pair(database: Database, keystore: KeyStore) -> None:
    """Raise NotAPair where data that are there are not this key store's. Writes nothing."""
    _check(await id_of(database), None if await keystore.is_new() else await keystore.installation())


def _check(data: str | None, keys: str | None) -> None:
    if data is not None and keys is None:
        raise NotAPair(f"there is data and the key store is new: nothing of it could be opened; {_REMEDY}")
    if data is not None and data != keys:
        raise NotAPair(f"the key store is another installation's; {_REMEDY}")


async def hold_together(database: Database, keystore: KeyStore, new_id: str) -> None:
    """Give new stores their id; raise NotAPair where data and keys are not each other's."""
    async with database.write() as connection:
        keys = await keystore.installation()
        data: str | None = await connection.scalar(select(table.c.id))
        if data is None and await has_people(connection):
            raise NotAPair(f"the data says of no installation that it is its own; {_REMEDY}")
        if data is None and keys is not None and not await keystore.is_empty():
            raise NotAPair(f"the key store holds people's keys and the database is new; {_REMEDY}")
        _check(data, keys)
        if data is None:
            if keys is None:
                await keystore.belong_to(new_id)
            await connection.execute(insert(table), {"id": keys or new_id})
