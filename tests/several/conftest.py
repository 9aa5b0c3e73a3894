"""Dice, Telegram's stand-in, and one address for several processes."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from support.balancing import Balancer
from support.running import TOKEN

from bot.sandbox.server import Sandbox


@pytest.fixture
def dice(capsys: pytest.CaptureFixture[str]) -> random.Random:
    seed = int(os.environ.get("SURVEYBOT_CHAOS_SEED", "0")) or random.randrange(1, 1 << 32)  # noqa: S311
    with capsys.disabled():
        print(f"\nSURVEYBOT_CHAOS_SEED={seed}")  # noqa: T201  # to repeat it
    return random.Random(seed)  # noqa: S311


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN, page=False, first_retry=0.05) as sandbox:
        yield sandbox


@pytest.fixture
async def address(dice: random.Random) -> AsyncIterator[Balancer]:
    async with Balancer(random.Random(dice.random())) as balancer:  # noqa: S311
        yield balancer


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack
