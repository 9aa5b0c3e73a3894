"""A stand-in for Telegram, an empty folder, and `surveybot` in it: at a terminal, or where nobody is asked."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from support import commands
from support.commands import Done
from support.running import TOKEN
from support.terminal import Terminal

from bot.sandbox.server import Sandbox

COMMAND = str(Path(sys.executable).parent / "surveybot")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """The stand-in; at the end it has seen no call that Telegram would not take."""
    async with Sandbox(TOKEN, page=False) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the bot is set up: empty."""
    made = tmp_path / "bot"
    made.mkdir()
    return made


@pytest.fixture
def environment(sandbox: Sandbox) -> dict[str, str]:
    """What the environment says: where the stand-in is, and nothing else of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SURVEYBOT_")}
    return {**kept, "SURVEYBOT_API_URL": sandbox.api_url}


Surveybot = Callable[..., Awaitable[Done]]


@pytest.fixture
def surveybot(environment: dict[str, str], folder: Path) -> Surveybot:
    """Runs the command where nobody can be asked."""

    async def run(*arguments: str | Path, said: str = "") -> Done:
        return await commands.run(list(map(str, arguments)), environment, folder, said)

    return run


AtTerminal = Callable[..., Terminal]


@pytest.fixture
def at_terminal(environment: dict[str, str], folder: Path) -> AtTerminal:
    """A terminal in which the command runs."""

    def opened(*arguments: str | Path) -> Terminal:
        return Terminal([COMMAND, *map(str, arguments)], folder, environment)

    return opened
