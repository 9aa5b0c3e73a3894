"""The page read aloud: what is announced, in which language, and what each message is called."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

from ..calling import Call, keyboard
from .browsing import column, fixture, in_chromium, opened

pytestmark = in_chromium

SENTENCES = {
    "en": "Thank you for taking part. You can leave at any time.",
    "ar": "شكرًا لمشاركتك. يمكنك المغادرة في أي وقت.",
    "es": "Gracias por participar. Puedes dejarlo cuando quieras, y no tienes que decir por qué.",
    "de": "Danke, dass du dabei bist. Du kannst jederzeit aufhören, und das ist nicht schlimm.",
    "pt-br": "Agradecemos a sua ajuda. Você pode sair a qualquer momento, e não precisa dizer por quê.",
    "hi": "भाग लेने के लिए धन्यवाद। आप कभी भी छोड़ सकते हैं।",
    "sw": "Asante kwa kushiriki. Unaweza kuondoka wakati wowote, na si lazima useme kwa nini.",
    "ja": "ご参加ありがとうございます。いつでもやめられます。",
}


@fixture
async def person(sandbox: Sandbox) -> Person:
    person = sandbox.person("Alex", "en")
    await person.start()
    return person


@fixture
async def page(sandbox: Sandbox, person: Person, call: Call, chromium: Browser) -> AsyncIterator[Page]:
    await call("setMyName", name="Northside")
    async with opened(chromium, sandbox) as page:
        await expect(column(page, person.name)).to_be_visible()
        yield page


def announced(page: Page) -> Locator:
    """The region that is read out politely, as something is added to it."""
    return page.locator("[aria-live=polite]").get_by_role("paragraph")


async def test_a_message_is_announced_with_what_can_be_pressed(page: Page, person: Person, call: Call) -> None:
    await call("sendMessage", chat_id=person.id, text="Shall we?", reply_markup=keyboard("Yes", "No"))
    await expect(announced(page)).to_have_text(["Shall we? Buttons: Yes; No."])


async def test_an_edit_is_announced_as_what_it_changed(page: Page, person: Person, call: Call) -> None:
    sent = await call("sendMessage", chat_id=person.id, text="Which?", reply_markup=keyboard("☐ One", "☐ Two"))
    place = {"chat_id": person.id, "message_id": sent["result"]["message_id"]}
    await expect(announced(page)).to_have_count(1)
    await call("editMessageText", **place, text="Which?", reply_markup=keyboard("☐ One", "☑ Two"))
    await expect(announced(page).last).to_have_text("☑ Two")
    await call("editMessageText", **place, text="Thank you.")
    await expect(announced(page).last).to_have_text("edited: Thank you.")


async def test_the_button_that_has_the_focus_is_not_announced_besides(page: Page, person: Person, call: Call) -> None:
    sent = await call("sendMessage", chat_id=person.id, text="Which?", reply_markup=keyboard("☐ One", "☐ Two"))
    place = {"chat_id": person.id, "message_id": sent["result"]["message_id"]}
    await column(page, "Alex").get_by_role("button", name="Two").focus()
    await call("editMessageText", **place, text="Which?", reply_markup=keyboard("☐ One", "☑ Two"))
    await expect(column(page, "Alex").get_by_role("button", name="☑ Two")).to_be_focused()
    await expect(announced(page)).to_have_count(1)


async def test_an_answer_to_a_press_is_announced(page: Page, person: Person, call: Call) -> None:
    await call("sendMessage", chat_id=person.id, text="Shall we?", reply_markup=keyboard("Yes"))
    await call("answerCallbackQuery", callback_query_id=await person.press("Yes"), text="Saved")
    await expect(announced(page).last).to_have_text("Saved")


async def test_where_there_are_two_chats_the_announcement_says_whose(
    sandbox: Sandbox, page: Page, person: Person, call: Call
) -> None:
    arabic = sandbox.person("نور", "ar")
    await arabic.start()
    await expect(column(page, "نور")).to_be_visible()
    await call("sendMessage", chat_id=arabic.id, text=SENTENCES["ar"])
    await call("sendMessage", chat_id=person.id, text=SENTENCES["en"])
    await expect(announced(page)).to_have_text([f"نور: {SENTENCES['ar']}", f"Alex: {SENTENCES['en']}"])
    assert await announced(page).first.locator("span").last.get_attribute("lang") == "ar"


async def test_nothing_else_announces_the_same_again(page: Page, person: Person, call: Call) -> None:
    await call("sendMessage", chat_id=person.id, text="Shall we?")
    await expect(announced(page)).to_have_count(1)
    # A log is live by itself: it says that it is not.
    assert await page.get_by_role("log").get_attribute("aria-live") == "off"
    assert await page.locator("[aria-live=polite], [role=status]:not([hidden], .panel-note), [role=alert]").count() == 1


@pytest.mark.parametrize("own", ["en", "ar", "de"])
async def test_each_message_says_its_language_and_runs_in_its_direction(
    sandbox: Sandbox, page: Page, call: Call, own: str
) -> None:
    person = sandbox.person("Kim", own)
    await person.start()
    chat = column(page, "Kim")
    for language, sentence in SENTENCES.items():
        await call("sendMessage", chat_id=person.id, text=sentence)
        text = chat.get_by_text(sentence)
        await expect(text).to_have_attribute("lang", language.split("-")[0])
        direction = await text.evaluate("e => getComputedStyle(e).direction")
        assert direction == ("rtl" if language == "ar" else "ltr")


async def test_the_language_of_a_short_text_is_the_contributors_own(sandbox: Sandbox, page: Page, call: Call) -> None:
    for own in ("sw", "pt-br"):
        person = sandbox.person(own, own)
        await person.start()
        await call("sendMessage", chat_id=person.id, text="OK 123")
        await expect(column(page, own).get_by_text("OK 123")).to_have_attribute("lang", own)


async def test_messages_are_articles_that_say_who_and_when(page: Page, person: Person, call: Call) -> None:
    await call("sendMessage", chat_id=person.id, text="Shall we?")
    articles = page.get_by_role("log", name="Alex").get_by_role("article")
    await expect(articles).to_have_count(2)
    labels = [await article.get_attribute("aria-label") for article in await articles.all()]
    assert re.fullmatch(r"Alex, \d+:\d\d [AP]M", labels[0] or "")
    assert re.fullmatch(r"Northside, \d+:\d\d [AP]M", labels[1] or "")


async def test_the_page_has_its_landmarks_and_headings(page: Page) -> None:
    for landmark in (page.get_by_role("banner"), page.get_by_role("main"), page.get_by_role("navigation")):
        await expect(landmark).to_have_count(1)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Rehearsal")
    await expect(page.get_by_role("heading", level=2)).to_have_text(["Northside"])
    assert await page.locator("html").get_attribute("lang") == "en"
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Go to the chats")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
