"""One Chromium for all tests of a process: each has a context of its own in it, which knows nothing of another's.

Starting one for each test took four times as long as the test. Whoever shares it shares its loop, so what these tests
wait for lives on that one too.
"""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from support.browser import CHROMIUM, FLAGS

from bot.sandbox.server import Sandbox

from ..asking import AskingBot, answering
from ..calling import Clock
from .browsing import fixture


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    assert CHROMIUM is not None
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    async with Sandbox("1:test", clock=clock, first_retry=0.001) as running:
        yield running


@fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@fixture
async def asking(sandbox: Sandbox, http: aiohttp.ClientSession) -> AsyncIterator[AskingBot]:
    async with answering(sandbox, http) as bot:
        yield bot
