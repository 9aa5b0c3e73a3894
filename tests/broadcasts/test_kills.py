"""A broadcast is killed again and again: nobody gets it twice, and nobody is left out but the few that are unknown."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import pytest
from support.inviting import copies, crowd, over, sent, states
from support.nursery import Nursery
from support.running import TOKEN, settings_for

from bot.broadcasts.worker import window_of
from bot.sandbox.server import Sandbox
from flows.broadcasts import BroadcastState

RATE = 250
PEOPLE = 600
KILLS = 5


@pytest.mark.parametrize("slow", [0.0, 0.05], ids=["quick answers", "slow answers"])
async def test_nobody_gets_it_twice_however_often_the_bot_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], slow: float
) -> None:
    """Between leaving and being settled are at most `window_of(rate)`, and so a kill makes no more unknown."""
    dice = _dice(capsys)
    async with Sandbox(TOKEN) as sandbox:
        settings = settings_for(tmp_path, sandbox.api_url, send_rate=RATE)
        people = await crowd(sandbox, settings, PEOPLE)
        if slow:
            sandbox.faults.slow(slow, times=PEOPLE * 2, method="sendMessage")
        nursery = Nursery(sandbox, tmp_path, SURVEYBOT_SEND_RATE=str(RATE))
        await nursery.open()
        broadcast = await sent(settings, "demographics")
        unknown = 0
        for _ in range(KILLS):
            await nursery.start()
            await nursery.serving()
            await asyncio.sleep(dice.uniform(0.1, 0.4))
            await nursery.kill()
            found = states(nursery.stores, broadcast).get("sending", 0)
            assert found <= window_of(RATE)
            unknown += found
        await nursery.start()
        await nursery.serving()
        ended = await over(settings, broadcast, seconds=60)
        await nursery.close()
        assert ended.state is BroadcastState.DONE
        assert ended.unknown == unknown
        assert ended.delivered == PEOPLE - unknown
        found_copies = copies(people)
        assert set(found_copies) <= {0, 1}, "nobody has two"
        assert found_copies[0] <= unknown, "whoever has none is counted as unknown"
        assert sandbox.violations == []


def _dice(capsys: pytest.CaptureFixture[str]) -> random.Random:
    seed = int(os.environ.get("SURVEYBOT_CHAOS_SEED", "0")) or random.randrange(1, 1 << 32)  # noqa: S311
    with capsys.disabled():
        print(f"\nkills: SURVEYBOT_CHAOS_SEED={seed}")  # noqa: T201  # to repeat it
    return random.Random(seed)  # noqa: S311
