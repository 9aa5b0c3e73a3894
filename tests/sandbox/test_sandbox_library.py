"""The library that the bot stands on is understood, whose calls come as forms with JSON in their fields."""

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, RetryAfter

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox


async def test_its_calls_break_no_contract_and_its_answers_parse(sandbox: Sandbox, amira: Person) -> None:
    said = await amira.say("hello")
    bot = Bot(sandbox.token, base_url=f"{sandbox.api_url}/bot", base_file_url=f"{sandbox.api_url}/file/bot")
    async with bot:
        rows = [[InlineKeyboardButton("Yes", callback_data="y", api_kwargs={"style": "success"})]]
        message = await bot.send_message(
            amira.id,
            "<b>Hello</b>",
            parse_mode=ParseMode.HTML,
            reply_markup=InlineKeyboardMarkup(rows),
            protect_content=True,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_parameters=ReplyParameters(said),
        )
        assert message.text_html == "<b>Hello</b>"
        document = await bot.send_document(amira.id, document=b"{}", filename="receipt.json", caption="Yours")
        assert document.document is not None
        assert bytes(await (await document.document.get_file()).download_as_bytearray()) == b"{}"
        await bot.set_my_commands([BotCommand("help", "Help")], scope=BotCommandScopeChat(amira.id), language_code="ar")
        assert await bot.delete_messages(amira.id, [message.id, said])
        updates = await bot.get_updates(allowed_updates=["message", "callback_query"])
        assert [update.message.text for update in updates if update.message] == ["/start", "hello"]
    assert sandbox.violations == []


async def test_refusals_become_its_own_errors(sandbox: Sandbox, amira: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # without it the library warns at each RetryAfter
    async with Bot(sandbox.token, base_url=f"{sandbox.api_url}/bot") as bot:
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(404, "x")
        sandbox.faults.too_many_requests(retry_after=7)
        with pytest.raises(RetryAfter):
            await bot.send_message(amira.id, "x")
        await amira.block()
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(amira.id, "x")
