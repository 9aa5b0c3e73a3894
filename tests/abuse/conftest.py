"""A bot that people mean no good by; what it logs of its own faults fails the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from support.running import TOKEN, Bot
from support.team import OWNER, SECOND_OWNER

from bot.sandbox.server import Sandbox


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """What the bot logs: nothing that it would have to warn of."""
    with structlog.testing.capture_logs() as entries:
        yield entries
    assert [entry for entry in entries if entry["log_level"] not in {"debug", "info"}] == []


@pytest.fixture
async def sandbox(logged: list[Any]) -> AsyncIterator[Sandbox]:  # noqa: ARG001  # looked at last
    """The stand-in, which has seen no call that Telegram would not take."""
    async with Sandbox(TOKEN, first_retry=0.01) as running:
        yield running
        assert running.violations == []


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot with two owners, running."""
    bot = Bot(sandbox, tmp_path, owners=(OWNER, SECOND_OWNER))
    await bot.start()
    yield bot
    await bot.stop()
