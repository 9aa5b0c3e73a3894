"""Being told to stop, as a service manager tells it: within ten seconds, whatever is under way, and nothing is lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.contributors import Contributor
from support.process import BotProcess
from support.running import TOKEN, settings_for, until

from bot.reading import read_collections, read_texts
from bot.sandbox.server import Sandbox
from bot.stopping import PATIENCE, end_within
from bot.texts import Texts
from flows.collection import Collection

TEN_SECONDS = 10.0
"""What a service manager is promised (docs/operating.md), and so the one time that is looked at here."""

TICKS = ("asian", "black", "hisp", "mena", "white")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN, page=False, first_retry=0.01) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def spoken(sandbox: Sandbox, tmp_path: Path) -> tuple[Collection, Texts]:
    settings = settings_for(tmp_path, sandbox.api_url)
    collections = read_collections(settings)
    return collections[0], read_texts(settings, collections)


async def _stopped(bot: BotProcess) -> None:
    async with asyncio.timeout(TEN_SECONDS):
        assert await bot.stop() == 0, bot.log.read_text()


async def _at_the_first_question(person: Contributor) -> None:
    """It comes as a message of its own, a moment after the receipt."""
    await person.to_questions()
    await until(lambda: person.question is not None)


async def test_taps_that_come_in_while_it_stops_are_all_there(
    sandbox: Sandbox, spoken: tuple[Collection, Texts], tmp_path: Path
) -> None:
    """Some are on disk, some in the inbox, some at Telegram when it is told; afterwards, every one is ticked."""
    bot = BotProcess(sandbox, tmp_path)
    await bot.start()
    people = [Contributor(sandbox.person(f"P{n}", "en"), "en", "US", *spoken) for n in range(4)]
    for person in people:
        await _at_the_first_question(person)
        await person.press_label("25–34")
    question = people[0].region.questions[1]
    stopping: asyncio.Task[None] | None = None
    for number, tick in enumerate(TICKS):
        for person in people:
            await person.person.press(person.option_label(question, tick))
            await asyncio.sleep(0)
        if number == 1:
            stopping = asyncio.create_task(_stopped(bot))
    assert stopping is not None
    await stopping

    await bot.start()
    for person in people:
        await person.settle()
        assert len([label for label in person.labels if "☑" in label]) == len(TICKS), person.person.describe_screen()
        await person.press("Done")
    await _stopped(bot)


async def test_a_telegram_that_hangs_holds_up_no_stop_and_what_was_owed_comes_later(
    sandbox: Sandbox, spoken: tuple[Collection, Texts], tmp_path: Path
) -> None:
    bot = BotProcess(sandbox, tmp_path)
    await bot.start()
    sam = Contributor(sandbox.person("Sam", "en"), "en", "US", *spoken)
    await _at_the_first_question(sam)
    await sam.say("/mydata")
    await sam.press("Receipt as a file")
    sandbox.faults.slow(60, times=1, method="sendDocument")
    await sam.person.press(sam.words("Send the file"))
    await until(lambda: any(call.method == "sendDocument" for call in sandbox.calls))
    await _stopped(bot)
    assert "Traceback" not in bot.log.read_text()

    sandbox.faults.clear()
    await bot.start()
    await until(lambda: sam.person.files)
    await _stopped(bot)


def test_what_does_not_end_by_itself_is_ended() -> None:
    ended: list[int] = []
    done = threading.Event()

    def end(code: int) -> None:
        ended.append(code)
        done.set()

    end_within(0.0, end)
    assert done.wait(10)
    assert ended == [0]
    end_within(60.0, end).cancel()
    assert ended == [0]
    assert PATIENCE < TEN_SECONDS
