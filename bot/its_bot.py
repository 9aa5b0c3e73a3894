"""The one bot that the data is for: Telegram lets no other write to people who have opened that one's chat.

To another bot each of them would count as out of reach: invites and what is said once would be done with, and stay so
when the right token is back.
"""

from __future__ import annotations

from bot.storage.database import Database
from bot.storage.installation import bot_of, has_people, note_bot


async def other_bot(database: Database, bot: int) -> int | None:
    """The bot that the data is for, where that is another than this one."""
    async with database.read() as connection:
        noted = await bot_of(connection)
        is_another = noted not in {None, bot} and await has_people(connection)
    return noted if is_another else None


async def hold_to(database: Database, bot: int) -> int | None:
    """Note which bot the data is for, where none is or nobody is known yet; the one that it is for, where that is
    another."""
    async with database.write() as connection:
        noted = await bot_of(connection)
        if noted == bot:
            return None
        if noted is not None and await has_people(connection):
            return noted
        await note_bot(connection, bot)
    return None


def says(noted: int, bot: int) -> str:
    """That a token is another bot's."""
    return f"the data is for bot {noted}, and the token is bot {bot}'s, which can write to nobody who is known there"


REMEDY = (
    "set SURVEYBOT_TOKEN to that bot's token, or, where the bot was replaced on purpose, run: surveybot api new-bot "
    "(docs/operating.md, Another bot)"
)
