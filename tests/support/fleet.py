"""Several bots as processes of their own behind one address, on one PostgreSQL; each can be stopped, or killed."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.sandbox.server import Sandbox

from .balancing import Balancer
from .nursery import Nursery
from .ports import free_port
from .running import Stored


class Fleet:
    """So many processes. The address in front of them knows of all, and finds out by itself who is there."""

    def __init__(self, sandbox: Sandbox, address: Balancer, folder: Path, count: int, **settings: str) -> None:
        self.stores = Stored(folder)
        self.folder = folder
        ports = [free_port() for _ in range(count)]
        address.ports = ports
        more = {"SURVEYBOT_WEBHOOK_URL": f"http://127.0.0.1:{address.port}", **settings}
        self.bots = [Nursery(sandbox, folder, SURVEYBOT_LISTEN=f"127.0.0.1:{port}", **more) for port in ports]
        for number, bot in enumerate(self.bots):
            bot.log = folder / f"log-{number}.txt"

    async def open(self) -> None:
        """Start all of them; returns once each serves. The first makes keys and tables, the others come together."""
        first, *others = self.bots
        await first.start()
        await first.serving()
        await asyncio.gather(*(bot.start() for bot in others))
        await asyncio.gather(*(bot.serving() for bot in others))

    async def close(self) -> None:
        """Stop all of them."""
        await asyncio.gather(*(bot.stop() for bot in self.bots))

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing running, also where a test has failed."""
        for bot in self.bots:
            bot.end_at_once()

    async def kill_one(self, dice: random.Random) -> None:
        """One is killed, and comes back at once."""
        bot = dice.choice(self.bots)
        await bot.kill()
        await bot.start()
        await bot.serving()

    @property
    def logs(self) -> str:
        """What all of them wrote."""
        return "\n".join(bot.log.read_text() for bot in self.bots)
