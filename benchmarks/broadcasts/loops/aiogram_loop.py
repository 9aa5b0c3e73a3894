"""A plain loop in aiogram, on its default session: nothing is written down, nothing is looked up."""

import asyncio
import os

import uvloop
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from benchmarks.broadcasts.loops import BUTTONS, WORDS


async def main() -> None:
    first, count, at_once = (int(os.environ[name]) for name in ("FIRST", "COUNT", "AT_ONCE"))
    rows = [[InlineKeyboardButton(text=label, callback_data=data)] for label, data in BUTTONS]
    markup = InlineKeyboardMarkup(inline_keyboard=rows)
    chats = iter(range(first, first + count))
    session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["URL"]))
    async with Bot(os.environ["TOKEN"], session=session) as bot:

        async def loop() -> None:
            for chat in chats:
                await bot.send_message(chat, WORDS, parse_mode="HTML", reply_markup=markup)

        await asyncio.gather(*(loop() for _ in range(at_once)))


if __name__ == "__main__":
    uvloop.run(main()) if os.environ.get("UVLOOP") else asyncio.run(main())
