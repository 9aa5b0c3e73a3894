"""The bot as a process of its own that starts in no time (`commands`); it can be stopped, or killed at any moment."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from bot.sandbox.server import Sandbox

from . import commands
from .process import environment
from .running import Stored


class Nursery:
    """Starts and kills `surveybot run`."""

    def __init__(self, sandbox: Sandbox, folder: Path, **settings: str) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.settings = settings
        self.stores = Stored(folder)
        self.log = folder / "log.txt"
        self._running: commands.Running | None = None
        self._printed: asyncio.StreamReader | None = None
        self._pipe: asyncio.BaseTransport | None = None

    async def start(self) -> None:
        """Start the bot; returns while it is still starting."""
        reading, writing = os.pipe()
        self._printed = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(self._printed)
        loop = asyncio.get_running_loop()
        self._pipe, _ = await loop.connect_read_pipe(lambda: protocol, os.fdopen(reading, "rb"))
        surroundings = environment(self.folder, self.sandbox.api_url, **self.settings)
        with Path(os.devnull).open("rb") as given, os.fdopen(writing, "wb") as out, self.log.open("ab") as err:  # noqa: ASYNC230  # nothing waits
            self._running = await commands.begin(["run"], surroundings, self.folder, given, out, err)

    async def serving(self) -> None:
        """Wait until it says that it serves."""
        assert self._printed is not None
        async with asyncio.timeout(60):
            while not (line := await self._printed.readline()).startswith(b"Serving"):
                assert line, f"it ended by itself:\n{self.log.read_text()[-4000:]}"

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, and wait until it is gone."""
        await self._end(signal.SIGTERM)

    async def _end(self, signalled: signal.Signals) -> None:
        assert self._running is not None
        assert self._pipe is not None
        assert self._running.code is None, self.log.read_text()[-4000:]
        self._running.send(signalled)
        async with asyncio.timeout(60):
            await self._running.wait()
        self._pipe.close()

    def end_at_once(self) -> None:
        """SIGKILL for it where it still runs and nobody waits for it."""
        if self._running is None or self._pipe is None or self._running.code is not None:
            return
        with suppress(ProcessLookupError):
            self._running.send(signal.SIGKILL)
        self._pipe.close()
