"""The whole journey in a real Chromium, by what stands on the page, in English and Arabic side by side."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect
from support.browser import CHROMIUM, FLAGS, barriers, needs_chromium
from support.running import TOKEN, Bot

from bot.sandbox.server import Sandbox
from flows.language import place_name
from flows.words import asked, say

STARTS = {"en": "Start", "ar": "ابدأ"}
COLUMNS = {"en": "English", "ar": "العربية"}

pytestmark = needs_chromium


@pytest.fixture
async def page_sandbox(logged: list[object]) -> AsyncIterator[Sandbox]:  # noqa: ARG001  # looked at last
    """The stand-in with its page."""
    async with Sandbox(TOKEN, page=True) as running:
        yield running
        assert running.violations == []


@pytest.fixture
async def served(page_sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """The bot behind the page."""
    bot = Bot(page_sandbox, tmp_path)
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def page(page_sandbox: Sandbox, served: Bot) -> AsyncIterator[Page]:  # noqa: ARG001  # it answers
    """The page, with two contributors who have not pressed Start."""
    page_sandbox.person("Alex", "en")
    page_sandbox.person("نور", "ar")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto(page_sandbox.page_url)
        yield page
        await browser.close()
    assert wrong == []


def labels(bot: Bot, language: str, territory: str) -> list[str]:
    """What somebody presses from the first screen to the thanks, as it stands on the buttons."""
    collection, texts = bot.collections[0], bot.texts
    region = collection.region(territory)
    assert region is not None

    def own(words: str) -> str:
        return texts.plain(say(words), language)

    cards = [card.question for card in collection.documents[language]]
    pressed = [place_name(territory, language), own("Next")]
    pressed += [question.answers[question.right] for question in cards if question is not None]
    pressed.append(texts.plain(say("I am {age} or older and I agree", age=region.minimum_age), language))
    for question in region.questions:
        first = texts.plain(asked(collection.id, question.options[0].label), language)
        if question.kind == "one":
            pressed.append(first)
        else:
            pressed += ["☐ 1" if len(question.options) > 7 else f"☐ {first}", own("Done")]
    return [*pressed, own("Submit")]


async def press(column: Locator, label: str) -> None:
    """Press the button as a person does, and wait until it has gone or changed."""
    await column.locator(".row-bot").get_by_role("button", name=label).last.click()


async def bars_nobody(page: Page) -> None:
    """What axe says of the page as it is, by day and by night. Motion is left out: it looks at colours half-way."""
    for colours in ("light", "dark"):
        await page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        assert await barriers(page) == []


def photographer(page: Page) -> Callable[[str], Awaitable[None]]:
    """Keeps pictures where SURVEYBOT_SCREENS names a folder, for whoever wants to look."""
    folder = os.environ.get("SURVEYBOT_SCREENS")

    async def take(name: str) -> None:
        if folder:
            await page.screenshot(path=Path(folder) / f"{name}.png")

    return take


@pytest.mark.parametrize("places", [("US", "EG"), ("EG", "US")])
async def test_two_people_go_all_the_way_side_by_side(page: Page, served: Bot, places: tuple[str, str]) -> None:
    people = dict(zip(("en", "ar"), places, strict=True))
    take = photographer(page)
    ways = {language: labels(served, language, territory) for language, territory in people.items()}
    for language, territory in people.items():
        column = page.get_by_role("region", name=COLUMNS[language])
        await column.get_by_role("button", name=STARTS[language], exact=True).click()
        for number, label in enumerate(ways[language]):
            await press(column, label)
            await take(f"{language}-{territory}-{number:02}")
            if number == len(ways[language]) // 2:
                await bars_nobody(page)
        thanks = served.texts.plain(say("Thank you"), language)
        await expect(column.get_by_text(thanks, exact=True)).to_be_visible()
    await expect(page.get_by_role("region", name=COLUMNS["ar"])).to_have_attribute("dir", "rtl")
    await take(f"thanks-{places[0]}-{places[1]}")
    await bars_nobody(page)
    assert served.stores.count("consent_records") == 2
    assert served.stores.rows("select count(*) from contributions where submitted_at is not null") == [(2,)]


async def test_somebody_who_reads_arabic_moves_and_agrees_anew(page: Page, served: Bot) -> None:
    """From what is held to another place, what that means, its cards, and the decision by its rules."""
    take, column = photographer(page), page.get_by_role("region", name=COLUMNS["ar"])
    await column.get_by_role("button", name=STARTS["ar"], exact=True).click()
    for label in labels(served, "ar", "US"):
        await press(column, label)

    def own(words: str, **values: str | int) -> str:
        return served.texts.plain(say(words, **values), "ar")

    moving = [own("What is held"), own("I live elsewhere now"), place_name("EG", "ar"), own("Yes, I live there now")]
    for number, label in enumerate(moving):
        await press(column, label)
        await take(f"moving-{number}")
    await bars_nobody(page)
    for label in (own("Read the cards"), *labels(served, "ar", "EG")[1:5]):
        await press(column, label)
    await take("moving-decide")
    await press(column, own("I am {age} or older and I agree", age=18))
    await expect(column.get_by_text(own("Your receipt"), exact=True)).to_have_count(2)
    await take("moving-agreed")
    assert served.stores.rows("select territory from consent_records order by given_at") == [("US",), ("EG",)]
