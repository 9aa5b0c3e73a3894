"""The service manager hears that the bot serves, that it is alive and that it stops; nothing while it stands still."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.running import TOKEN, settings_for

from bot.bootstrap import serve
from bot.sandbox.server import Sandbox
from bot.vitals import manager
from bot.vitals.manager import Manager, manager_of, telling
from bot.vitals.pulse import STUCK, Pulse, Stage


class Hears:
    """A service manager's end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._channel.bind(str(path))
        self._channel.settimeout(0)

    async def next(self, within: float = 20) -> str:
        """The next word."""
        async with asyncio.timeout(within):
            return (await asyncio.get_running_loop().sock_recv(self._channel, 100)).decode()

    async def nothing(self) -> None:
        """Wait until no more words come, and then for a while."""
        with suppress(TimeoutError):
            while True:
                await self.next(0.1)

    def close(self) -> None:
        self._channel.close()


@pytest.fixture
def hears(tmp_path: Path) -> Iterator[Hears]:
    made = Hears(tmp_path / "notify")
    yield made
    made.close()


async def test_it_is_told_that_the_bot_serves_is_alive_and_stops(tmp_path: Path, hears: Hears) -> None:
    async with Sandbox(TOKEN, page=False) as sandbox:
        settings = settings_for(tmp_path, sandbox.api_url)
        told = Manager(str(hears.path), within=0.3)
        answers = asyncio.Event()
        bot = asyncio.create_task(serve(settings, ready=lambda _name: answers.set(), manager=told))
        assert await hears.next() == "READY=1"
        assert answers.is_set()
        assert [await hears.next() for _ in range(3)] == ["WATCHDOG=1"] * 3
        bot.cancel()
        await asyncio.gather(bot, return_exceptions=True)
        while (word := await hears.next()) == "WATCHDOG=1":
            pass
        assert word == "STOPPING=1"


async def test_it_hears_nothing_while_the_bot_stands_still(hears: Hears, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager, "_EACH", 0.01)
    pulse = Pulse(polls=True)
    async with telling(Manager(str(hears.path), within=0.03), pulse):
        with pytest.raises(TimeoutError):
            await hears.next(0.1)
        pulse.stage = Stage.SERVING
        assert [await hears.next(), await hears.next()] == ["READY=1", "WATCHDOG=1"]
        pulse.steps.begun = time.monotonic() - STUCK - 1
        await hears.nothing()
        pulse.steps.begun = None
        assert await hears.next() == "WATCHDOG=1"
    word = "WATCHDOG=1"
    while word == "WATCHDOG=1":
        word = await hears.next()
    assert word == "STOPPING=1"


def test_a_manager_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    Manager(str(tmp_path / "nobody"), None).tell("READY=1")
    Manager("@nobody-listens-to-this-name", None).tell("READY=1")


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, None),
        ({"NOTIFY_SOCKET": ""}, None),
        ({"NOTIFY_SOCKET": "vsock:2:1234"}, None),
        ({"NOTIFY_SOCKET": "/run/notify"}, Manager("/run/notify", None)),
        ({"NOTIFY_SOCKET": "@notify", "WATCHDOG_USEC": "90000000"}, Manager("@notify", 90.0)),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "5000000", "WATCHDOG_PID": str(os.getpid())}, Manager("/n", 5.0)),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "1"}, Manager("/n", None)),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "soon"}, Manager("/n", None)),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "0"}, Manager("/n", None)),
    ],
)
def test_who_started_it_is_read_from_what_it_left(environment: dict[str, str], found: Manager | None) -> None:
    assert manager_of(environment) == found
