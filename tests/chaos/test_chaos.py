"""The bot is killed again and again while people go their way: nobody is stuck, nothing is lost, nothing is doubled.

The sandbox survives, as Telegram does. The seed is printed; `SURVEYBOT_CHAOS_SEED` repeats it, and
`SURVEYBOT_CHAOS_KILLS` says how often the bot is killed.
"""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import pytest
from support.nursery import Nursery
from support.running import TOKEN, until
from support.travelling import Traveller, look_at_what_is_kept, somebody

from bot.sandbox.server import Sandbox

AT_ONCE = 6


async def keep_coming(
    sandbox: Sandbox, chooser: random.Random, folder: Path, everybody: list[Traveller], enough: asyncio.Event
) -> None:
    """One after the other goes the whole way, until the bot has been killed often enough."""
    while True:
        traveller = somebody(sandbox, random.Random(chooser.random()), len(everybody), folder)  # noqa: S311  # a test's dice
        everybody.append(traveller)
        await traveller.who.person.start("demographics")
        await traveller.go()
        if enough.is_set():
            return


@pytest.mark.chaos
async def test_killed_at_random_moments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("SURVEYBOT_CHAOS_SEED", "0")) or random.randrange(1, 1 << 32)  # noqa: S311
    kills = int(os.environ.get("SURVEYBOT_CHAOS_KILLS", "20"))
    with capsys.disabled():
        print(f"\nchaos: {kills} kills, SURVEYBOT_CHAOS_SEED={seed}")  # noqa: T201  # to repeat it
    dice = random.Random(seed)  # noqa: S311
    everybody: list[Traveller] = []
    enough = asyncio.Event()
    async with Sandbox(TOKEN) as sandbox:
        nursery = Nursery(sandbox, tmp_path)
        await nursery.open()
        await nursery.start()
        async with asyncio.TaskGroup() as people:
            for _ in range(AT_ONCE):
                chooser = random.Random(dice.random())  # noqa: S311
                people.create_task(keep_coming(sandbox, chooser, tmp_path, everybody, enough))
            for _ in range(kills):
                if dice.random() < 0.85:
                    await nursery.serving()
                await asyncio.sleep(dice.uniform(0, 0.35))
                await nursery.kill()
                await nursery.start()
            await nursery.serving()
            enough.set()
        stayed = [each for each in everybody if not each.leaves]
        await until(lambda: nursery.stores.count("conversations") == len(stayed), seconds=30)
        await until(lambda: nursery.stores.count("key_destructions") == 0, seconds=30)
        await until(lambda: nursery.stores.count("outbox") == 0, seconds=30)
        await until(lambda: not any(each.who.person.chat.activity.unconfirmed for each in everybody))
        await nursery.close()
        assert sandbox.violations == []
    log = nursery.log.read_text()
    assert "passed over" not in log
    assert "Traceback" not in log
    with capsys.disabled():
        print(f"chaos: {len(everybody)} people, {len(everybody) - len(stayed)} of them left")  # noqa: T201
    look_at_what_is_kept(nursery.stores, everybody)
