"""A sandbox to call as a bot would, over HTTP, with a clock that tests set."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

from .asking import AskingBot, answering
from .calling import Call, Clock, Json


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    async with Sandbox("1:test", clock=clock, first_retry=0.001) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def call(sandbox: Sandbox, http: aiohttp.ClientSession) -> Call:
    async def called(method: str, /, **parameters: object) -> Json:
        async with http.post(f"{sandbox.api_url}/bot{sandbox.token}/{method}", json=parameters) as response:
            body: Json = await response.json()
            assert response.status == body.get("error_code", 200), "HTTP status equals error_code"
            return body

    return called


@pytest.fixture
async def amira(sandbox: Sandbox) -> Person:
    person = sandbox.person("Amira", language_code="ar")
    await person.start()
    return person


@pytest.fixture
async def asking(sandbox: Sandbox, http: aiohttp.ClientSession) -> AsyncIterator[AskingBot]:
    async with answering(sandbox, http) as bot:
        yield bot
