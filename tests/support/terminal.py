"""A person at a terminal: a real one, in which a command runs, prints, hides what is typed, and can be interrupted."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import sys
import termios
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 60
"""Seconds before a terminal that says nothing is given up: no measure of speed."""

INTERRUPT = "\x03"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

# A terminal is somebody's only when it is their session's: Ctrl-C and /dev/tty hang on that.
_TAKE_IT = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class Terminal:
    """Runs one command; what it has printed stands on `screen`."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self._command = command
        self._folder = folder
        self._environment = {**environment, "TERM": "xterm", "COLUMNS": "200"}
        self._keyboard = -1
        self._process: asyncio.subprocess.Process | None = None
        self._printed = bytearray()
        self._seen = 0
        self._more = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._keyboard, line = pty.openpty()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _TAKE_IT, *self._command,
            stdin=line, stdout=line, stderr=line, start_new_session=True,
            cwd=self._folder, env=self._environment,
        )  # fmt: skip
        os.close(line)
        asyncio.get_running_loop().add_reader(self._keyboard, self._read)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        asyncio.get_running_loop().remove_reader(self._keyboard)
        os.close(self._keyboard)

    def _read(self) -> None:
        try:
            self._printed += os.read(self._keyboard, 65536)
        except OSError:  # the other end is closed
            asyncio.get_running_loop().remove_reader(self._keyboard)
        self._more.set()

    @property
    def screen(self) -> str:
        """Everything that was printed, without colours."""
        return _CONTROL.sub("", self._printed.decode(errors="replace")).replace("\r\n", "\n")

    async def sees(self, words: str) -> None:
        """Wait for some words, behind those that were waited for before."""
        try:
            async with asyncio.timeout(PATIENCE):
                while (at := self.screen.find(words, self._seen)) < 0:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"{words!r} was not printed:\n{self.screen}") from None
        self._seen = at + len(words)

    def types(self, text: str = "") -> None:
        """Type a line, and Enter."""
        os.write(self._keyboard, f"{text}\n".encode())

    def presses(self, key: str) -> None:
        """Press a key."""
        os.write(self._keyboard, key.encode())

    async def answers(self, question: str, text: str = "") -> None:
        """Wait for a question and answer it."""
        await self.sees(question)
        self.types(text)

    async def answers_unseen(self, question: str, text: str) -> None:
        """Wait for a question whose answer is not shown: until the terminal has stopped to show what is typed."""
        await self.sees(question)
        async with asyncio.timeout(PATIENCE):
            while termios.tcgetattr(self._keyboard)[3] & termios.ECHO:  # noqa: ASYNC110  # a terminal wakes nobody
                await asyncio.sleep(0.005)
        self.types(text)

    async def ends(self) -> int:
        """Wait until the command has ended: its exit code."""
        assert self._process is not None
        async with asyncio.timeout(PATIENCE):
            return await self._process.wait()
