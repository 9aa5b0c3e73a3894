"""The page in a real Chromium, as a contributor or whoever rehearses sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page
from support.browser import needs_chromium

from bot.sandbox.server import Sandbox

fixture = pytest_asyncio.fixture(loop_scope="session")
"""A fixture that waits on the loop of the Chromium that all share."""

on_its_loop = pytest.mark.asyncio(loop_scope="session")
in_chromium = [*needs_chromium, on_its_loop]


@asynccontextmanager
async def opened(
    chromium: Browser,
    sandbox: Sandbox,
    *,
    width: int = 1280,
    height: int = 800,
    colours: Literal["dark", "light"] = "light",
    still: bool = False,
    faultless: bool = True,
) -> AsyncIterator[Page]:
    context = await chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme=colours,
        reduced_motion="reduce" if still else None,
    )
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    await page.goto(sandbox.page_url)
    yield page
    await context.close()
    assert wrong == [] or not faultless, "the page runs without an error"


async def add(page: Page, language: str) -> None:
    await page.get_by_role("button", name="Add a contributor").click()
    await page.get_by_label("Language of their Telegram").select_option(language)
    await page.get_by_role("button", name="Add", exact=True).click()


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)
