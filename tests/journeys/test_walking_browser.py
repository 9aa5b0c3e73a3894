"""In a real Chromium: from the panel of screens to a chat, and the gallery for everybody to read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, async_playwright, expect
from support.browser import CHROMIUM, FLAGS, barriers, needs_chromium
from support.guides import guide
from support.running import TOKEN, Bot

from bot.sandbox.server import Sandbox

pytestmark = needs_chromium

PATIENCE = 90_000
"""Milliseconds for what the whole flow is walked through for, on a machine that is busy with other things."""

Look = Literal["light", "dark"]


@pytest.fixture
async def guided(logged: list[object], tmp_path: Path) -> AsyncIterator[Sandbox]:  # noqa: ARG001  # looked at last
    """The stand-in with somebody who knows the flow, and the bot."""
    async with Sandbox(TOKEN, guide=guide()) as sandbox:
        bot = Bot(sandbox, tmp_path)
        await bot.start()
        yield sandbox
        await bot.stop()


@pytest.fixture
async def page(guided: Sandbox) -> AsyncIterator[Page]:
    """The page."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page()
        page.set_default_navigation_timeout(120_000)  # exploring takes its time where other tests run beside it
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto(guided.page_url)
        yield page
        await browser.close()
        assert wrong == []


async def test_somebody_new_is_walked_to_the_screen_that_is_pressed(page: Page) -> None:
    await page.get_by_role("button", name="Screens", exact=True).click()
    panel = page.get_by_role("complementary", name="Screens")
    await panel.get_by_label("Region").select_option("US")
    await panel.get_by_label("Language").select_option("ar")
    await expect(panel.get_by_role("status")).to_contain_text("Press one", timeout=PATIENCE)
    assert await barriers(page) == []
    await panel.get_by_role("button", name="review").first.click()
    await expect(panel.get_by_role("status")).to_have_text("There: review.", timeout=PATIENCE)
    chat = page.get_by_role("region", name="review")
    await expect(chat.get_by_text("نظرة أخرى على إجاباتك")).to_be_visible()
    await expect(chat).to_have_attribute("dir", "rtl")
    await expect(panel.get_by_role("link", name="halted").first).to_contain_text("it takes a change of what is open")
    await panel.get_by_role("button", name="thanks").first.click()
    await expect(panel.get_by_role("status")).to_have_text("There: thanks.", timeout=PATIENCE)
    await expect(page.get_by_role("region", name="review")).to_have_count(0)


@pytest.mark.parametrize(("look", "width"), [("light", 1280), ("dark", 320)])
async def test_the_gallery_keeps_nobody_out(page: Page, guided: Sandbox, look: Look, width: int) -> None:
    """What axe finds, on a wide and a narrow window, and nothing to scroll sideways. Colours do not change with the
    width, nor does anything else with the colours, so that each is looked at once."""
    await page.emulate_media(color_scheme=look)
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(f"{guided.page_url}gallery?collection=demographics&region=US&language=ar")
    assert await barriers(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.get_by_label("Language", exact=True).select_option("es")
    await page.get_by_role("button", name="Show").click()
    await expect(page).to_have_title("Gallery: Does AI work well for everyone?, United States, Spanish")
