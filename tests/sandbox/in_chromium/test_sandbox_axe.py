"""What axe finds on the page, in both looks and both directions, empty, under way, and with all open that can be."""

from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from support.browser import barriers

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

from ..asking import TEXTS, AskingBot
from ..calling import Call
from .browsing import column, fixture, in_chromium, opened

pytestmark = in_chromium

Look = Literal["light", "dark"]


@pytest.fixture(params=["light", "dark"])
def look(request: pytest.FixtureRequest) -> Look:
    chosen: Look = request.param
    return chosen


@fixture
async def alex(sandbox: Sandbox) -> Person:
    return sandbox.person("Alex", "en")


@pytest_asyncio.fixture(params=[1280, 320], loop_scope="session")
async def page(
    request: pytest.FixtureRequest,
    sandbox: Sandbox,
    asking: AskingBot,  # noqa: ARG001  # it answers
    alex: Person,
    look: Look,
    chromium: Browser,
) -> AsyncIterator[Page]:
    async with opened(chromium, sandbox, width=request.param, colours=look, still=True) as page:
        await expect(column(page, alex.name)).to_be_visible()
        yield page


async def test_before_anybody_has_begun(page: Page) -> None:
    await expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    assert await barriers(page) == []


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_under_way(sandbox: Sandbox, page: Page, language: str, call: Call) -> None:
    person = sandbox.person("Kim", language)
    _, place, thanks, _ = TEXTS[language]
    await person.start()
    await page.get_by_role("navigation").get_by_role("button", name="Kim").click()
    chat = column(page, "Kim")
    await chat.get_by_role("button", name=place).click()
    await expect(chat.get_by_text(thanks)).to_be_visible()
    await everything_a_bot_can_send(call, person)
    await expect(chat.get_by_role("link", name="?")).to_have_count(2)
    assert await barriers(page) == []


async def everything_a_bot_can_send(call: Call, person: Person) -> None:
    text = (
        "<b>bold</b> <i>italic</i> <code>code</code> <tg-spoiler>hidden</tg-spoiler> "
        '<a href="https://a.example">link</a> /help\n<blockquote>said</blockquote>'
    )
    await call("sendMessage", chat_id=person.id, text=text, parse_mode="HTML", protect_content=True)
    styles = [{"text": style, "callback_data": style, "style": style} for style in ("primary", "danger", "success")]
    rows = [styles, [{"text": "copy", "copy_text": {"text": "x"}}, {"text": "?", "url": "https://a.example"}]]
    await call("sendMessage", chat_id=person.id, text="styles", reply_markup={"inline_keyboard": rows})
    below = {"keyboard": [["one", "two"]], "resize_keyboard": True}
    await call("sendMessage", chat_id=person.id, text="below", reply_markup=below)
    await call("sendMessage", chat_id=person.id, text="answer", reply_parameters={"message_id": person.messages[0].id})
    await person.send_photo(b"GIF89a")
    await call("sendChatAction", chat_id=person.id, action="typing")


async def test_menus_panels_and_dialogs(page: Page, alex: Person, asking: AskingBot) -> None:
    await alex.start()
    chat = column(page, "Alex")
    await expect(chat.get_by_role("article")).to_have_count(2)
    await asking.call("sendMessage", chat_id=alex.id, text="x", silently=True)

    await chat.get_by_role("button", name="More").click()
    assert await barriers(page) == []
    await page.keyboard.press("Escape")
    await chat.get_by_label("Message", exact=True).fill("/")
    await expect(chat.get_by_role("option")).to_have_count(1)
    assert await barriers(page) == []
    await page.keyboard.press("Escape")

    for name in ("Faults", "Bot’s calls"):
        await page.get_by_role("button", name=name).click()
        await expect(page.get_by_role("complementary")).to_be_visible()
        assert await barriers(page) == []
    await page.get_by_role("button", name="Close the bot’s calls").click()

    await page.get_by_role("button", name="This page").click()
    assert await barriers(page) == []
    await page.get_by_role("menuitem", name="Keyboard…").click()
    assert await barriers(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Add a contributor").click()
    assert await barriers(page) == []


async def test_alerted_blocked_and_gone(sandbox: Sandbox, page: Page, alex: Person) -> None:
    await alex.start()
    chat = column(page, "Alex")
    await expect(chat.get_by_role("article")).to_have_count(2)
    sandbox.service.answer_callback(await alex.press("Egypt"), "Really?", alert=True, url="")
    await expect(chat.get_by_role("alertdialog")).to_be_visible()
    assert await barriers(page) == []
    await chat.get_by_role("button", name="OK").click()
    await alex.block()
    await expect(chat.get_by_text("You blocked this bot.")).to_be_visible()
    assert await barriers(page) == []
    alex.deactivate()
    await expect(chat.get_by_text("This account is gone.")).to_be_visible()
    assert await barriers(page) == []
