"""A plain loop in python-telegram-bot, on its default transport: nothing is written down, nothing is looked up."""

import asyncio
import os

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from benchmarks.broadcasts.loops import BUTTONS, WORDS


async def main() -> None:
    first, count, at_once = (int(os.environ[name]) for name in ("FIRST", "COUNT", "AT_ONCE"))
    markup = InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)] for label, data in BUTTONS])
    chats = iter(range(first, first + count))
    async with Bot(os.environ["TOKEN"], base_url=f"{os.environ['URL']}/bot") as bot:

        async def loop() -> None:
            for chat in chats:
                await bot.send_message(chat, WORDS, parse_mode="HTML", reply_markup=markup)

        await asyncio.gather(*(loop() for _ in range(at_once)))


if __name__ == "__main__":
    asyncio.run(main())
