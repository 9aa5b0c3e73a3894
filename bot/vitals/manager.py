"""Word to the service manager that started the bot: it serves, it is alive, it stops (sd_notify(3), systemd).

A manager that is told so starts a bot anew that stands still; without a word it only sees that a process is there.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from bot.vitals.pulse import Pulse, Stage

_EACH = 1.0
"""Seconds between two looks at how far the bot is, and between two words at most."""


@dataclass(frozen=True, slots=True)
class Manager:
    """Who wants to be told, and where."""

    address: str
    """A datagram socket's path; one that begins with @ has no file."""
    within: float | None
    """Seconds within which it wants to hear that the bot is alive; None where it does not."""

    def tell(self, words: str) -> None:
        """Say it. A manager that is not there any more misses nothing."""
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect("\0" + self.address[1:] if self.address.startswith("@") else self.address)
            channel.send(words.encode())


def manager_of(environment: Mapping[str, str]) -> Manager | None:
    """Who started this process, by what it has left in the environment (sd_watchdog_enabled(3))."""
    address, micro = environment.get("NOTIFY_SOCKET", ""), environment.get("WATCHDOG_USEC", "")
    if not address.startswith(("/", "@")):
        return None
    is_ours = environment.get("WATCHDOG_PID", "") in {"", str(os.getpid())}
    return Manager(address, int(micro) / 1e6 if micro.isdecimal() and int(micro) and is_ours else None)


@asynccontextmanager
async def telling(manager: Manager | None, pulse: Pulse) -> AsyncIterator[None]:
    """Tell the manager, where there is one, for as long as this lasts."""
    if manager is None:
        yield
        return
    task = asyncio.create_task(_tell(manager, pulse))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        manager.tell("STOPPING=1")


async def _tell(manager: Manager, pulse: Pulse) -> None:
    while pulse.stage is not Stage.SERVING:  # noqa: ASYNC110  # a field wakes nobody
        await asyncio.sleep(_EACH / 10)
    manager.tell("READY=1")
    if manager.within is None:
        return
    while True:
        if not pulse.why_not_alive():
            manager.tell("WATCHDOG=1")
        await asyncio.sleep(min(_EACH, manager.within / 3))
