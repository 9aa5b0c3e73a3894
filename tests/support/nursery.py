"""The bot as a process that starts in no time: everything is imported once, and each start is a fork of that."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from bot.sandbox.server import Sandbox

from .process import environment
from .running import Stored

_PROGRAM = """
import os, sys
import bot.adapter.webhook, bot.bootstrap, bot.cli, alembic.command, uvloop
print("ready", flush=True)
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        sys.argv = ["surveybot", "run"]
        bot.cli.main()
        os._exit(0)
    print("child", child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


class Nursery:
    """Starts and kills `surveybot run`."""

    def __init__(self, sandbox: Sandbox, folder: Path, **settings: str) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.settings = settings
        self.stores = Stored(folder)
        self.log = folder / "log.txt"
        self._parent: asyncio.subprocess.Process | None = None
        self._child = 0

    async def open(self) -> None:
        """Import everything."""
        with self.log.open("ab") as errors:
            self._parent = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _PROGRAM,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=self.folder,
                env=environment(self.folder, self.sandbox.api_url, PYTHONPATH=str(Path.cwd()), **self.settings),
            )
        await self._line("ready")

    async def start(self) -> None:
        """Start the bot; returns while it is still starting."""
        assert self._parent is not None
        assert self._parent.stdin is not None
        self._parent.stdin.write(b"start\n")
        await self._parent.stdin.drain()
        self._child = int((await self._line("child")).split()[1])

    async def serving(self) -> None:
        """Wait until it says that it serves."""
        await self._line("Serving")

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        os.kill(self._child, signal.SIGKILL)
        await self._line("gone")

    async def stop(self) -> None:
        """SIGTERM, and wait until it is gone."""
        os.kill(self._child, signal.SIGTERM)
        await self._line("gone")

    async def close(self) -> None:
        """End the bot with SIGTERM, and what it was forked from."""
        assert self._parent is not None
        assert self._parent.stdin is not None
        os.kill(self._child, signal.SIGTERM)
        await self._line("gone")
        self._parent.stdin.close()
        await self._parent.wait()

    def end_at_once(self) -> None:
        """SIGKILL for whatever still runs, where nobody waits for it."""
        parent = self._parent
        if parent is None or parent.returncode is not None:
            return
        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
        parent.kill()

    async def _line(self, beginning: str) -> str:
        assert self._parent is not None
        assert self._parent.stdout is not None
        async with asyncio.timeout(60):
            while True:
                line = (await self._parent.stdout.readline()).decode()
                assert line, f"it ended by itself:\n{self.log.read_text()[-4000:]}"
                if line.startswith(beginning):
                    return line
                assert beginning == "gone" or not line.startswith("gone"), self.log.read_text()[-4000:]
