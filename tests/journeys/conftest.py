"""A sandbox, a bot on files of its own, and contributors; each test ends with a look at what went wrong unseen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from support.contributors import Contributor
from support.running import TOKEN, Bot

from bot.sandbox.server import Sandbox

UNWANTED = frozenset(
    {
        "a batch is replayed chat by chat",
        "a step was passed over",
        "a screen could not be made",
        "a screen was not sent",
        "a tap was not answered",
        "something owed was not sent",
        "something in the background failed",
    }
)


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """What the bot logs. Faults of its own fail the test, unless the test takes them out."""
    with structlog.testing.capture_logs() as entries:
        yield entries
    assert [entry for entry in entries if entry["event"] in UNWANTED] == []


@pytest.fixture
async def sandbox(logged: list[Any]) -> AsyncIterator[Sandbox]:  # noqa: ARG001  # looked at last
    """The stand-in; at the end it has seen no call that Telegram would not take, and nobody waits for an answer."""
    async with Sandbox(TOKEN, first_retry=0.01) as running:
        yield running
        assert running.violations == []
        assert {person.name: person.unanswered for person in running.people.values() if person.unanswered} == {}


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """The bot, running."""
    bot = Bot(sandbox, tmp_path)
    await bot.start()
    yield bot
    if bot.is_running:
        for person in sandbox.people.values():
            await person.settled()
    await bot.stop()


Arrive = Callable[..., Contributor]


@pytest.fixture
def arrive(sandbox: Sandbox, bot: Bot) -> Arrive:
    """Somebody with a phone in a language, living in a place."""

    def arrived(name: str = "Sam", language: str = "en", place: str = "US", *, collection: str = "") -> Contributor:
        found = next(c for c in bot.collections if c.id == (collection or "demographics"))
        return Contributor(sandbox.person(name, language), language, place, found, bot.texts)

    return arrived


@asynccontextmanager
async def running(bot: Bot) -> AsyncIterator[Bot]:
    """A bot that is stopped when everybody has been answered."""
    await bot.start()
    try:
        yield bot
        for person in bot.sandbox.people.values():
            await person.settled()
    finally:
        await bot.stop()


def somebody(
    bot: Bot, collection: str = "demographics", language: str = "en", place: str = "US", *, name: str = "Sam"
) -> Contributor:
    """A contributor in front of one of the bot's collections."""
    found = next(each for each in bot.collections if each.id == collection)
    return Contributor(bot.sandbox.person(name, language), language, place, found, bot.texts)
