"""What a messenger shows around its messages: what is unread, who is typing, days, files, and what is protected."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
from playwright.async_api import Browser, Locator, Page, expect

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

from ..calling import Call, Clock, keyboard, unanswered
from .browsing import column, fixture, in_chromium, opened

pytestmark = in_chromium

LONG = "\n".join(f"line {number}" for number in range(60))

SAYS_LATE_WHAT_IS_IN_SIGHT = """
    const AtOnce = IntersectionObserver;
    window.IntersectionObserver = class extends AtOnce {
      constructor(told, options) { super((entries) => setTimeout(() => told(entries), 1500), options); }
    };
"""
"""As a browser with much else to do does: it looks at what is in sight when it draws, and not before."""


@fixture
async def person(sandbox: Sandbox) -> Person:
    person = sandbox.person("Alex", "en")
    await person.start()
    return person


@fixture
async def page(sandbox: Sandbox, person: Person, chromium: Browser) -> AsyncIterator[Page]:
    async with opened(chromium, sandbox, still=True) as page:
        await expect(column(page, person.name)).to_be_visible()
        yield page


def chat(page: Page) -> Locator:
    return column(page, "Alex")


async def test_who_reads_further_up_is_left_there_and_told(page: Page, person: Person, call: Call) -> None:
    await call("sendMessage", chat_id=person.id, text=LONG)
    log = chat(page).get_by_role("log")
    await expect(chat(page).get_by_text("line 59")).to_be_in_viewport()
    await log.hover()
    await page.mouse.wheel(0, -5000)
    await expect(chat(page).get_by_text("/start")).to_be_in_viewport()
    await call("sendMessage", chat_id=person.id, text="one")
    await call("sendMessage", chat_id=person.id, text="two")
    jump = chat(page).get_by_role("button", name="To the newest message")
    await expect(jump).to_have_text("2")
    await expect(chat(page).get_by_text("/start")).to_be_in_viewport()
    await expect(page).to_have_title("(2) surveybot rehearsal")
    marked = chat(page).locator(".unread + [role=article], .unread + article")
    await expect(marked).to_contain_text("one")
    await jump.press("Enter")
    await expect(chat(page).get_by_text("two", exact=True)).to_be_in_viewport()
    await expect(jump).to_be_hidden()
    await expect(page).to_have_title("surveybot rehearsal")
    await expect(chat(page).get_by_role("article").last).to_be_focused()


async def test_one_chat_at_a_time_counts_what_waits_in_the_others(
    sandbox: Sandbox, page: Page, person: Person, call: Call
) -> None:
    arabic = sandbox.person("نور", "ar")
    await arabic.start()
    await page.get_by_role("button", name="Side by side").click()
    await expect(chat(page)).to_be_visible()
    await expect(column(page, "نور")).to_have_count(0)
    await expect(chat(page).get_by_role("article")).to_have_count(1)
    await call("sendMessage", chat_id=arabic.id, text=LONG)
    await call("sendMessage", chat_id=arabic.id, text="second")
    await call("sendMessage", chat_id=person.id, text="seen")
    chips = page.get_by_role("navigation")
    await expect(chips.get_by_role("button", name="2 unread")).to_contain_text("نور")
    await expect(chips.get_by_role("button", name="unread")).to_have_count(1)
    await chips.get_by_role("button", name="نور").click()
    await expect(chat(page)).to_have_count(0)
    await expect(column(page, "نور").get_by_text("رسائل جديدة")).to_be_in_viewport()
    await expect(column(page, "نور").get_by_text("line 0", exact=False).first).to_be_in_viewport()
    await column(page, "نور").get_by_role("button", name="إلى أحدث رسالة").click()
    await expect(chips.get_by_role("button", name="unread")).to_have_count(0)


async def test_what_comes_to_a_chat_that_was_hidden_just_now_is_unread(
    sandbox: Sandbox, page: Page, call: Call
) -> None:
    arabic = sandbox.person("نور", "ar")
    await arabic.start()
    await page.add_init_script(SAYS_LATE_WHAT_IS_IN_SIGHT)
    await page.reload()
    await expect(column(page, "نور")).to_be_visible()
    await page.get_by_role("button", name="Side by side").click()
    await call("sendMessage", chat_id=arabic.id, text="first")
    await call("sendMessage", chat_id=arabic.id, text="second")
    await expect(page.get_by_role("navigation").get_by_role("button", name="2 unread")).to_contain_text("نور")


async def test_how_chats_stand_is_remembered(sandbox: Sandbox, page: Page) -> None:
    sandbox.person("نور", "ar")
    view = page.get_by_role("button", name="Side by side")
    await expect(view).to_have_attribute("aria-pressed", "true")
    await view.click()
    await page.reload()
    await expect(view).to_have_attribute("aria-pressed", "false")
    await expect(page.get_by_role("log")).to_have_count(1)


async def test_typing_is_shown_until_the_message_comes(page: Page, person: Person, call: Call) -> None:
    await call("sendMessage", chat_id=person.id, text="Welcome.")
    status = chat(page).locator(".status")
    dots = chat(page).locator(".dots")
    await expect(status).to_have_text("bot")
    await expect(dots).to_be_hidden()
    await call("sendChatAction", chat_id=person.id, action="typing")
    await expect(status).to_have_text("typing…")
    await expect(dots).to_be_in_viewport()
    await call("sendChatAction", chat_id=person.id, action="upload_document")
    await expect(status).to_have_text("sending a file…")
    await call("sendMessage", chat_id=person.id, text="Here.")
    await expect(status).to_have_text("bot")
    await expect(dots).to_be_hidden()


async def test_an_answer_is_awaited_after_a_message_and_after_a_press(page: Page, person: Person, call: Call) -> None:
    status = chat(page).locator(".status")
    await chat(page).get_by_label("Message", exact=True).fill("hello")
    await page.keyboard.press("Enter")
    await expect(status).to_have_text("waiting for an answer…")
    await call("sendMessage", chat_id=person.id, text="Shall we?", reply_markup=keyboard("Yes"))
    await expect(status).to_have_text("bot")
    await chat(page).get_by_role("button", name="Yes").click()
    await expect(status).to_have_text("waiting for an answer…")
    await expect(chat(page).get_by_role("button", name="Yes")).to_have_attribute("aria-busy", "true")
    await call("answerCallbackQuery", callback_query_id=await unanswered(person))
    await expect(status).to_have_text("bot")
    await expect(chat(page).get_by_role("button", name="Yes")).not_to_have_attribute("aria-busy", "true")


async def test_days_stand_between_messages(page: Page, person: Person, call: Call, clock: Clock) -> None:
    await call("sendMessage", chat_id=person.id, text="one")
    clock.pass_time(24 * 3600)
    await call("sendMessage", chat_id=person.id, text="two")
    clock.pass_time(24 * 3600)
    last = (await call("sendMessage", chat_id=person.id, text="three"))["result"]["message_id"]
    days = chat(page).locator(".day")
    await expect(days).to_have_count(3)
    assert len(set(await days.all_inner_texts())) == 3
    await call("deleteMessage", chat_id=person.id, message_id=last)
    await expect(days).to_have_count(2)


async def test_a_deleted_message_vanishes(page: Page, person: Person, call: Call) -> None:
    sent = await call("sendMessage", chat_id=person.id, text="Burn after reading.")
    await expect(chat(page).get_by_text("Burn after reading.")).to_be_visible()
    await call("deleteMessage", chat_id=person.id, message_id=sent["result"]["message_id"])
    await expect(chat(page).get_by_text("Burn after reading.")).to_have_count(0)


async def send_file(sandbox: Sandbox, http: aiohttp.ClientSession, person: Person, *, protected: bool) -> None:
    fields = {"chat_id": str(person.id), "protect_content": "true" if protected else "false", "caption": "Yours."}
    form = aiohttp.FormData(fields)
    form.add_field("document", b"a,b\n1,2\n", filename="answers.csv", content_type="text/csv")
    async with http.post(f"{sandbox.api_url}/bot{sandbox.token}/sendDocument", data=form) as response:
        assert response.status == 200


async def test_a_file_is_named_announced_opened_and_downloaded(
    sandbox: Sandbox, page: Page, person: Person, http: aiohttp.ClientSession
) -> None:
    await send_file(sandbox, http, person, protected=False)
    await expect(chat(page).get_by_text("8 B")).to_be_visible()
    await expect(page.locator("#announcer p")).to_have_text(["File: answers.csv. Yours."])
    async with page.expect_download() as downloading:
        await chat(page).get_by_role("link", name="Download").click()
    download = await downloading.value
    assert download.suggested_filename == "answers.csv"
    assert await asyncio.to_thread((await download.path()).read_bytes) == b"a,b\n1,2\n"
    async with page.expect_popup() as opening:
        await chat(page).get_by_role("link", name="answers.csv").click()
    await expect((await opening.value).get_by_text("1,2")).to_be_visible()


async def test_what_is_protected_is_marked_and_not_kept(
    sandbox: Sandbox, page: Page, person: Person, http: aiohttp.ClientSession
) -> None:
    await send_file(sandbox, http, person, protected=True)
    bubble = chat(page).get_by_role("article").last
    await expect(bubble.get_by_role("img", name="cannot be forwarded or saved")).to_be_visible()
    await expect(bubble.get_by_role("link", name="answers.csv")).to_be_visible()
    await expect(bubble.get_by_role("link", name="Download")).to_have_count(0)


async def test_a_link_to_the_bot_stays_in_the_rehearsal(
    sandbox: Sandbox, page: Page, person: Person, call: Call
) -> None:
    address = f"https://t.me/{sandbox.bot_username}?start=spring"
    await call("sendMessage", chat_id=person.id, text=f"Come: {address}")
    await chat(page).get_by_role("link", name=address).click()
    await expect(chat(page).get_by_text("/start spring")).to_be_visible()
    markup = {"inline_keyboard": [[{"text": "Come", "url": f"https://t.me/{sandbox.bot_username}?start=summer"}]]}
    await call("sendMessage", chat_id=person.id, text="Or so:", reply_markup=markup)
    await chat(page).get_by_role("button", name="Come").click()
    await expect(chat(page).get_by_text("/start summer")).to_be_visible()


async def test_two_people_in_two_languages_know_nothing_of_each_other(
    sandbox: Sandbox, page: Page, person: Person, call: Call
) -> None:
    arabic = sandbox.person("نور", "ar")
    await arabic.start()
    await call("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    await call("setMyCommands", commands=[{"command": "help", "description": "المساعدة"}], language_code="ar")
    await call("setMyName", name="Northside")
    await call("setMyName", name="الشمال", language_code="ar")
    words = {"Alex": ("Northside", "Help", "ltr", "Message"), "نور": ("الشمال", "المساعدة", "rtl", "رسالة")}
    for name, (bot, help_, direction, field) in words.items():
        here = column(page, name)
        await expect(here.get_by_role("heading", name=bot)).to_be_visible()
        await expect(here).to_have_attribute("dir", direction)
        await here.get_by_label(field, exact=True).fill("/")
        await expect(here.get_by_role("option")).to_have_text([f"{help_}/help"])
        await here.get_by_label(field, exact=True).fill(f"written by {name}")
    await call("sendChatAction", chat_id=arabic.id, action="typing")
    await expect(column(page, "نور").locator(".status")).to_have_text("يكتب…")
    await expect(chat(page).locator(".status")).to_have_text("bot")
    await chat(page).get_by_label("Message", exact=True).press("Enter")
    await expect(chat(page).get_by_text("written by Alex")).to_be_visible()
    await expect(column(page, "نور").get_by_label("رسالة", exact=True)).to_have_value("written by نور")
    assert [message.text for message in person.messages] == ["/start", "written by Alex"]
    assert [message.text for message in arabic.messages] == ["/start"]
