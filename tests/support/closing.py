"""A collection that closes for some people, as `surveybot close` does it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.owing.chat import Gone
from bot.sandbox.contributor import Person
from bot.settings import Settings
from bot.stewardship.archive import open_archive
from bot.stewardship.erasing import erase
from bot.storage import contributions
from bot.tombstones import Tombstones


async def closed_for(settings: Settings, people: Sequence[Person], collection: str = "demographics") -> None:
    """What these gave is gone, and each is owed a word of it."""

    def note(rows: object, _keys: object) -> list[dict[str, object]]:  # noqa: ARG001
        return []

    async with open_archive(settings) as archive:
        chats = {archive.vault.chat_hash(person.id) for person in people}
        async with archive.database.read() as connection:
            everybody = await contributions.of_collection(connection, collection)
        rows = [each for each in everybody if each.chat in chats]
        await erase(archive, Tombstones(settings.tombstones), rows, Gone.CLOSED, note, lambda: dt.datetime.now(dt.UTC))
