"""The page in a real Chromium: a person starts, presses, sees edits in place, opens files, in two directions."""

import pytest
from playwright.async_api import Browser, Locator, expect

from bot.sandbox.server import Sandbox

from ..asking import TEXTS, AskingBot
from .browsing import add, column, in_chromium, opened

pytestmark = in_chromium


@pytest.mark.usefixtures("asking")
async def test_a_journey_side_by_side_in_english_and_arabic(sandbox: Sandbox, chromium: Browser) -> None:
    async with opened(chromium, sandbox) as page:
        await expect(page.get_by_text("Nothing here reaches Telegram")).to_be_visible()
        await expect(column(page, "English").get_by_text("Asks before it asks.")).to_be_visible()
        await add(page, "ar")
        await expect(column(page, "العربية")).to_have_attribute("dir", "rtl")
        for name, language, start in (("English", "en", "Start"), ("العربية", "ar", "ابدأ")):
            question, place, thanks, saved = TEXTS[language]
            chat = column(page, name)
            await chat.get_by_role("button", name=start, exact=True).click()
            await expect(chat.get_by_text(question)).to_be_visible()
            await chat.get_by_role("button", name=place).click()
            await expect(chat.get_by_text(thanks)).to_be_visible()
            await expect(chat.get_by_text(question)).to_have_count(0)
            await expect(chat.get_by_text(saved)).to_be_visible()
            await expect(chat.get_by_role("link", name="receipt.json")).to_be_visible()
        english, arabic = sandbox.people.values()
        assert (english.account.language_code, arabic.account.language_code) == ("en", "ar")
        assert sandbox.violations == []


@pytest.mark.usefixtures("asking")
async def test_sides_are_mirrored_for_who_reads_from_the_right(sandbox: Sandbox, chromium: Browser) -> None:
    sandbox.person("Alex", "en")
    sandbox.person("نور", "ar")
    async with opened(chromium, sandbox) as page:
        for name, start in (("English", "Start"), ("العربية", "ابدأ")):
            await column(page, name).get_by_role("button", name=start, exact=True).click()
            await expect(column(page, name).locator(".row-bot")).to_be_visible()
        sides = {name: await bubbles(column(page, name)) for name in ("English", "العربية")}
    (english_bot, english_person), (arabic_bot, arabic_person) = sides["English"], sides["العربية"]
    assert english_bot < english_person
    assert arabic_bot > arabic_person


async def bubbles(chat: Locator) -> tuple[float, float]:
    """How far from the left the middle of the bot's and of the person's bubble is."""
    middles = []
    for author in ("bot", "person"):
        box = await chat.locator(f".bubble-{author}").first.bounding_box()
        assert box is not None
        middles.append(box["x"] + box["width"] / 2)
    return middles[0], middles[1]


@pytest.mark.usefixtures("asking")
async def test_writing_commands_and_the_calls_by_keyboard_alone(sandbox: Sandbox, chromium: Browser) -> None:
    person = sandbox.person("Alex", "en")
    await person.start()
    async with opened(chromium, sandbox) as page:
        await page.get_by_label("Message", exact=True).press_sequentially("<b>my own words</b>")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("<b>my own words</b>")).to_be_visible()
        await page.get_by_role("button", name="Commands").press("Enter")
        await expect(page.get_by_role("option", name="Help from a person")).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(page.locator(".row-person").last).to_contain_text("/help")
        await page.get_by_role("button", name="Bot’s calls").press("Enter")
        await expect(page.get_by_role("complementary").get_by_text("sendMessage").first).to_be_visible()
        await page.get_by_role("button", name="Close the bot’s calls").press("Enter")
        await expect(page.get_by_role("complementary")).to_have_count(0)


async def test_violations_are_marked(sandbox: Sandbox, asking: AskingBot, chromium: Browser) -> None:
    person = sandbox.person("Alex", "en")
    await person.start()
    async with opened(chromium, sandbox) as page:
        await expect(column(page, "Alex").get_by_role("log").get_by_text("Where do you live?")).to_be_visible()
        await asking.call("sendMessage", chat_id=person.id, text="x", silently=True)
        await page.get_by_role("button", name="Bot’s calls").click()
        await expect(page.get_by_text("sendMessage.silently: no such field")).to_be_visible()


@pytest.mark.usefixtures("asking")
async def test_blocking_and_starting_over(sandbox: Sandbox, chromium: Browser) -> None:
    person = sandbox.person("Alex", "en")
    await person.start()
    async with opened(chromium, sandbox) as page:
        await page.get_by_role("button", name="More").click()
        await page.get_by_role("menuitem", name="Block the bot").click()
        await expect(page.get_by_text("You blocked this bot.")).to_be_visible()
        await page.get_by_role("button", name="Restart the bot").click()
        await expect(page.get_by_label("Message", exact=True)).to_be_visible()
        await page.get_by_role("button", name="This page").click()
        await page.get_by_role("menuitem", name="Start over…").click()
        await page.get_by_role("dialog").get_by_role("button", name="Start over").click()
        await expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    assert [one.account.started for one in sandbox.people.values()] == [False]


@pytest.mark.usefixtures("asking")
async def test_a_narrow_window_holds_one_chat_and_nothing_hangs_out(sandbox: Sandbox, chromium: Browser) -> None:
    await sandbox.person("Alex", "en").start()
    await sandbox.person("نور", "ar").start()
    async with opened(chromium, sandbox, width=390, colours="dark") as page:
        chips = page.get_by_role("navigation")
        await chips.get_by_role("button", name="نور").click()
        await expect(column(page, "العربية").get_by_role("button", name="مصر")).to_be_in_viewport()
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        await add(page, "es")
        await page.get_by_role("button", name="Iniciar").click()
        await expect(column(page, "Español").get_by_text("¿Dónde vives?")).to_be_in_viewport()
        await expect(chips.get_by_role("button", name="unread")).to_have_count(0)


@pytest.mark.usefixtures("asking")
async def test_every_control_has_a_name(sandbox: Sandbox, chromium: Browser) -> None:
    await sandbox.person("Alex", "en").start()
    async with opened(chromium, sandbox) as page:
        await expect(page.locator(".keyboard .button").first).to_be_visible()
        controls = page.locator("button:visible, summary:visible, a:visible, textarea:visible, input:visible")
        for control in await controls.all():
            name = await control.evaluate(
                "e => e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.[0]?.textContent"
            )
            assert name, await control.evaluate("e => e.outerHTML")
