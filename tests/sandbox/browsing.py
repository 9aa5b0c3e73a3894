"""The page in a real Chromium, as a contributor or whoever rehearses sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from playwright.async_api import Locator, Page, async_playwright
from support.browser import CHROMIUM, FLAGS

from bot.sandbox.server import Sandbox


@asynccontextmanager
async def opened(
    sandbox: Sandbox,
    profile: Path,
    *,
    width: int = 1280,
    height: int = 800,
    colours: Literal["dark", "light"] = "light",
    still: bool = False,
    faultless: bool = True,
) -> AsyncIterator[Page]:
    assert CHROMIUM is not None
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=FLAGS,
            viewport={"width": width, "height": height},
            color_scheme=colours,
            reduced_motion="reduce" if still else None,
        )
        page = browser.pages[0]
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        await page.goto(sandbox.page_url)
        yield page
        await browser.close()
        assert wrong == [] or not faultless, "the page runs without an error"


async def add(page: Page, language: str) -> None:
    await page.get_by_role("button", name="Add a contributor").click()
    await page.get_by_label("Language of their Telegram").select_option(language)
    await page.get_by_role("button", name="Add", exact=True).click()


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)
