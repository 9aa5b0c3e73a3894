"""The bot as a process of its own, as `surveybot run` starts it; it can be stopped, or killed at any moment."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from bot.sandbox.server import Sandbox

from . import stores
from .running import TOKEN, Stored


def environment(folder: Path, api_url: str, **more: str) -> dict[str, str]:
    """The settings of a bot whose every file is in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SURVEYBOT_")}
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    return {
        **kept,
        "TMPDIR": str(temporary),
        "SQLITE_TMPDIR": str(temporary),
        "SURVEYBOT_TOKEN": TOKEN,
        "SURVEYBOT_API_URL": api_url,
        **stores.environ(folder),
        "SURVEYBOT_KEY_FILE": str(folder / "keys" / "master.key"),
        "SURVEYBOT_ALLOW_UNREVIEWED": "1",
        **more,
    }


class BotProcess:
    """`python -m bot.cli run` against a sandbox, of this checkout or a copy; what it prints goes into one file."""

    def __init__(self, sandbox: Sandbox, folder: Path, code: Path | None = None, **settings: str) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.code = code or Path.cwd()
        self.settings = settings
        self.stores = Stored(folder)
        self.log = folder / "log.txt"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start; returns once it says that it serves."""
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot.cli",
                "run",
                stdout=output,
                stderr=output,
                cwd=self.folder,
                env=environment(self.folder, self.sandbox.api_url, PYTHONPATH=str(self.code), **self.settings),
            )
        async with asyncio.timeout(60):
            while b"Serving @" not in self.log.read_bytes()[before:]:
                assert self._process.returncode is None, self.log.read_text()
                await asyncio.sleep(0.02)

    async def stop(self) -> int:
        """Stop as a service manager does; the exit code."""
        assert self._process is not None
        self._process.terminate()
        return await self._process.wait()

    async def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()
