"""aiogram, a client that is not ours, accepts the stand-in's answers.

It is imported where it is used: that takes seconds, and every process that tests would wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.filters import CommandObject
    from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message


def client(sandbox: Sandbox, token: str | None = None) -> Bot:
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.api_url))
    return Bot(token or sandbox.token, session=session)


def yes() -> InlineKeyboardMarkup:
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="yes", style="success")]]
    )


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    made = client(sandbox)
    yield made
    await made.session.close()


async def test_messages_are_sent_edited_and_deleted(bot: Bot, amira: Person, sandbox: Sandbox) -> None:
    from aiogram.types import Message

    message = await bot.send_message(
        amira.id, "<b>One</b>", parse_mode="HTML", reply_markup=yes(), protect_content=True
    )
    assert message.entities is not None
    assert (message.text, message.entities[0].type, message.chat.id) == ("One", "bold", amira.id)
    edited = await bot.edit_message_text("Two", chat_id=amira.id, message_id=message.message_id, reply_markup=yes())
    assert isinstance(edited, Message)
    assert await bot.edit_message_reply_markup(chat_id=amira.id, message_id=message.message_id)
    assert await bot.send_chat_action(amira.id, "typing")
    assert await bot.delete_message(amira.id, message.message_id)
    others = [(await bot.send_message(amira.id, str(n))).message_id for n in range(2)]
    assert await bot.delete_messages(amira.id, others)
    assert sandbox.violations == []


async def test_files_are_sent_and_fetched(bot: Bot, amira: Person, sandbox: Sandbox) -> None:
    from aiogram.types import BufferedInputFile

    message = await bot.send_document(amira.id, BufferedInputFile(b"receipt", "receipt.html"), caption="Yours")
    assert message.document is not None
    assert message.document.file_name == "receipt.html"
    downloaded = await bot.download(message.document)
    assert downloaded is not None
    assert downloaded.read() == b"receipt"
    photo = await bot.send_photo(amira.id, BufferedInputFile(b"jpeg", "chart.jpg"))
    assert photo.photo
    assert sandbox.violations == []


async def test_the_profile_is_set_and_read(bot: Bot, amira: Person, sandbox: Sandbox) -> None:
    from aiogram.types import BotCommand, MenuButtonCommands

    assert (await bot.get_me()).username == sandbox.bot_username
    await bot.set_my_commands([BotCommand(command="help", description="Help")])
    assert (await bot.get_my_commands())[0].command == "help"
    assert await bot.delete_my_commands()
    await bot.set_my_name("Survey")
    await bot.set_my_description("Asks before it asks.")
    await bot.set_my_short_description("Asks first.")
    assert (await bot.get_my_name()).name == "Survey"
    assert (await bot.get_my_description()).description == "Asks before it asks."
    assert (await bot.get_my_short_description()).short_description == "Asks first."
    assert await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert (await bot.get_chat_menu_button()).type == "commands"
    assert (await bot.get_chat(amira.id)).first_name == "Amira"
    assert sandbox.violations == []


async def test_webhooks_are_set_and_told_of(bot: Bot, sandbox: Sandbox) -> None:
    assert await bot.set_webhook(f"{sandbox.api_url}/elsewhere", secret_token="s", allowed_updates=["message"])  # noqa: S106
    info = await bot.get_webhook_info()
    assert (info.url, info.allowed_updates) == (f"{sandbox.api_url}/elsewhere", ["message"])
    assert await bot.delete_webhook()
    assert await bot.log_out()
    assert await bot.close()
    assert sandbox.violations == []


async def test_refusals_become_its_own_exceptions(bot: Bot, amira: Person, sandbox: Sandbox) -> None:
    from aiogram.exceptions import (
        TelegramBadRequest,
        TelegramForbiddenError,
        TelegramRetryAfter,
        TelegramUnauthorizedError,
    )

    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(404, "x")
    await amira.block()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(amira.id, "x")
    sandbox.faults.too_many_requests(retry_after=7)
    with pytest.raises(TelegramRetryAfter) as told:
        await bot.get_me()
    assert told.value.retry_after == 7
    stranger = client(sandbox, "2:stranger")
    with pytest.raises(TelegramUnauthorizedError):
        await stranger.get_me()
    await stranger.session.close()


async def test_a_bot_made_with_it_polls_and_answers(bot: Bot, sandbox: Sandbox) -> None:
    from aiogram import Dispatcher, F
    from aiogram.filters import CommandStart
    from aiogram.types import Message

    dispatcher = Dispatcher()

    @dispatcher.message(CommandStart())
    async def started(message: Message, command: CommandObject) -> None:
        await message.answer(f"Hello {command.args}", reply_markup=yes())

    @dispatcher.callback_query(F.data == "yes")
    async def agreed(query: CallbackQuery) -> None:
        await query.answer("Noted")
        assert isinstance(query.message, Message)
        await query.message.edit_text("Thank you")

    polling = asyncio.create_task(
        dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False, polling_timeout=5)
    )
    amira = sandbox.person("Amira", language_code="ar")
    await amira.start("abc")
    await amira.settled()
    assert amira.screen == "Hello abc"
    assert amira.buttons[0].style == "success"
    await amira.press("Yes")
    await amira.settled()
    assert (amira.screen, amira.toasts) == ("Thank you", ["Noted"])
    assert sandbox.violations == []
    await dispatcher.stop_polling()
    await polling
