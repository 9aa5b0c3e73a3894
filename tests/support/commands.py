"""`surveybot` in a process of its own, as somebody at the command line or another program runs it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import orjson

_TESTS = Path(__file__).parents[1]

STARTER = "SURVEYBOT_TEST_STARTER"
"""Where the starter of all processes of a run is reached; without, each test process has one of its own."""

_starters: list[subprocess.Popen[bytes]] = []
"""Held, so that the pipe to it stays open for as long as this process lives."""


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:  # noqa: ANN401  # JSON
        """What it printed for a program."""
        return orjson.loads(self.out)


class Running:
    """A command that has begun."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int) -> None:
        self.pid = pid
        self._reader, self._writer = reader, writer
        self.code: int | None = None
        """Its exit code, or a signal as a negative number; none while it runs."""

    async def wait(self) -> int:
        """Until it has ended; its exit code."""
        if self.code is None:
            line = await self._reader.readline()
            assert line, "the process that starts commands is gone"
            self.code = int(line)
            self._writer.close()
        return self.code

    def send(self, signalled: signal.Signals) -> None:
        """Send it a signal. Raises ProcessLookupError."""
        os.kill(self.pid, signalled)


async def begin(arguments: Sequence[str], environment: Mapping[str, str], folder: Path, *files: IO[bytes]) -> Running:
    """Begin a command. `files` are its input, its output and its errors."""
    path = await asyncio.to_thread(_starter)
    door = socket.socket(socket.AF_UNIX)
    door.connect(path)
    asked = {"arguments": list(arguments), "environment": dict(environment), "folder": str(folder)}
    socket.send_fds(door, [json.dumps(asked).encode()], [file.fileno() for file in files])
    reader, writer = await asyncio.open_unix_connection(sock=door)
    return Running(reader, writer, int(await reader.readline()))


async def run(arguments: Sequence[str], environment: Mapping[str, str], folder: Path, said: str = "") -> Done:
    """Run a command to its end; what is `said` stands in its input."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(said.encode())
        given.seek(0)
        running = await begin(arguments, environment, folder, given, out, err)
        try:
            code = await running.wait()
        except asyncio.CancelledError:
            running.send(signal.SIGKILL)
            raise
        out.seek(0)
        err.seek(0)
        return Done(code, out.read().decode(), err.read().decode())


def share_starter() -> None:
    """Let all processes of this run use one starter, which this process holds until `end_starter`."""
    os.environ[STARTER] = _begin_starter()


def end_starter() -> None:
    """Let this process's starter end, if there is one, and wait until it has."""
    while _starters:
        with _starters.pop():  # closes the pipe by which it knows that it is needed
            pass
    _starter.cache_clear()


@lru_cache(maxsize=1)
def _starter() -> str:
    """The socket of the starter that this test process uses."""
    return os.environ.get(STARTER) or _begin_starter()


def _begin_starter() -> str:
    """Its socket, which takes in what is asked for while the starter still imports everything."""
    path = str(Path(tempfile.mkdtemp(prefix="surveybot-starter-")) / "door")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SURVEYBOT_")}
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(64)
        starter = subprocess.Popen(
            [sys.executable, "-m", "support.starter", str(listening.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[listening.fileno()],
            env={**kept, "PYTHONPATH": str(_TESTS)},
        )
    _starters.append(starter)
    return path
