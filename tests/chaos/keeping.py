"""Bots as a service manager keeps them: started, and started again whenever they end, in whatever way."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from bot.uncut import uncut

_TESTS = Path(__file__).parents[1]
_CODE = _TESTS.parent

_PAUSE = 0.05
"""Seconds before a start after an end; service managers wait for seconds, and people with them."""

EXPLAINED = 1
"""Exit code of a refusal that is explained."""

OTHER_POLLER = "another process is polling"
"""What a bot says that stops by itself, since no trying again would help."""

_A_SENTENCE = 5
"""Words that it takes at least to say why."""


class Nursery:
    """Where bots are forked from (`nursery.py`); one serves any number of runs."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._socket: socket.socket | None = None
        self._asking = asyncio.Lock()

    async def __aenter__(self) -> Self:
        ours, theirs = socket.socketpair()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "chaos.nursery",
            str(theirs.fileno()),
            pass_fds=[theirs.fileno()],
            env={**_surroundings(), "PYTHONPATH": os.pathsep.join([str(_TESTS), str(_CODE)])},
        )
        theirs.close()
        self._socket = ours
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._socket is not None
        assert self._process is not None
        self._socket.close()
        await self._process.wait()

    async def read(self, collections: Path) -> None:
        """Have a folder of collections read before anything is forked."""
        await self._ask({"read": str(collections)})

    async def start(self, order: Mapping[str, Any], log: int) -> int:
        """Fork a bot that writes to a descriptor; its process id."""
        return int((await self._ask(order, log))["pid"])

    async def code(self, pid: int) -> int:
        """The exit code of a bot that has ended; minus the signal that ended it."""
        return int((await self._ask({"wait": pid}))["code"])

    async def _ask(self, order: Mapping[str, Any], *descriptors: int) -> dict[str, Any]:
        async with self._asking:
            return await uncut(asyncio.to_thread(self._say, orjson.dumps(order), descriptors))

    def _say(self, line: bytes, descriptors: tuple[int, ...]) -> dict[str, Any]:
        assert self._socket is not None
        socket.send_fds(self._socket, [line], descriptors)
        said = b""
        while not said.endswith(b"\n"):
            some = self._socket.recv(4096)
            assert some, "the nursery has ended"
            said += some
        found: dict[str, Any] = orjson.loads(said)
        return found


def _surroundings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SURVEYBOT_")}


class Process:
    """One bot."""

    def __init__(self, nursery: Nursery, pid: int, reader: asyncio.StreamReader) -> None:
        self.pid = pid
        self.serves = asyncio.Event()
        self.lines: list[str] = []
        self.killed = self.told = False
        """Whether it was sent SIGKILL, and whether it was told to stop."""
        self._nursery = nursery
        self._ended = asyncio.create_task(self._listen(reader))

    async def _listen(self, reader: asyncio.StreamReader) -> int:
        while line := await reader.readline():
            if line == b"Serving\n":
                self.serves.set()
            else:
                self.lines.append(line.decode(errors="replace").rstrip())
        return await self._nursery.code(self.pid)

    async def ended(self) -> int:
        """Wait until it is gone; its exit code."""
        return await asyncio.shield(self._ended)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; one that is gone takes none."""
        if not self._ended.done():
            self.killed = self.killed or number is signal.SIGKILL
            self.told = self.told or number is signal.SIGTERM
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _limit(pid: int, largest_file: int | None) -> None:
    limits = (resource.RLIM_INFINITY if largest_file is None else largest_file, resource.RLIM_INFINITY)
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


async def _nothing() -> None:
    """What is looked at while a bot is down, where nobody says."""


class Keeper:
    """Keeps one bot running."""

    def __init__(self, nursery: Nursery, settings: Mapping[str, Any], clock: Path, ahead: float = 0.0) -> None:
        """Its clock is so many seconds ahead of the one that all bots share."""
        self.now: Process | None = None
        self.past: list[tuple[Process, int]] = []
        """Every bot that has ended, and its exit code."""
        self.when_down: Callable[[], Awaitable[None]] = _nothing
        """Called while this one is down, before it is started again."""
        self._nursery = nursery
        self._settings = dict(settings)
        self._clock = clock
        self.ahead = ahead
        self._keeping: asyncio.Task[None] | None = None
        self._given_up = False
        self._largest_file: int | None = None

    def limit(self, largest_file: int | None) -> None:
        """No file of the bot that runs, nor of those that start from now on, grows beyond so many bytes; None for as
        many as there is room for."""
        self._largest_file = largest_file
        if self.now is not None:
            _limit(self.now.pid, largest_file)

    async def start_one(self, **more: object) -> Process:
        """Start a bot, whether or not there is one; by settings of its own, if any are given."""
        ours, theirs = os.pipe()
        reader = asyncio.StreamReader(limit=1 << 20)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb", 0))
        order = {"settings": {**self._settings, **more}, "clock": str(self._clock), "ahead": self.ahead}
        try:
            pid = await self._nursery.start(order, theirs)
        finally:
            os.close(theirs)
        # Not by the bot itself: what holds now may be over before it comes to that, and then nobody would lift it.
        if self._largest_file is not None:
            _limit(pid, self._largest_file)
        return Process(self._nursery, pid, reader)

    def begin(self) -> None:
        """Keep a bot running from now on."""
        self._given_up = False
        self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while not self._given_up:
            self.now = await self.start_one()
            self.past.append((self.now, await self.now.ended()))
            await self.when_down()
            self.now = None
            if not self._given_up:
                await asyncio.sleep(_PAUSE)

    async def serving(self) -> Process:
        """Wait until the bot that runs says that it serves."""
        while True:
            now = self.now
            if now is not None and now.serves.is_set():
                return now
            await asyncio.sleep(0.005)

    async def end(self) -> int:
        """Stop it as a service manager does, and start none again; its exit code."""
        assert self._keeping is not None
        process = await self.serving()
        self._given_up = True
        process.signal(signal.SIGTERM)
        await self._keeping
        return self.past[-1][1]

    async def give_up(self) -> None:
        """Kill what runs, and start none again."""
        self._given_up = True
        while self._keeping is not None and not self._keeping.done():
            if self.now is not None:
                self.now.signal(signal.SIGCONT)
                self.now.signal(signal.SIGKILL)
            await asyncio.wait({self._keeping}, timeout=0.1)

    def ends(self) -> list[str]:
        """Who ended as nothing should: with an error that nobody expected, without a word that explains it, or by
        itself, having served."""
        faults = []
        for process, code in self.past:
            why = process.lines[-1] if process.lines else ""
            if process.killed or (code == 0 and process.told):
                continue
            if code != EXPLAINED:
                faults.append(f"a bot ended with {code}")
            elif len(why.split()) < _A_SENTENCE:
                faults.append(f"a bot ended without saying why: {why!r}")
            elif process.serves.is_set() and not process.told and OTHER_POLLER not in why:
                faults.append(f"a bot that served ended by itself: {why}")
        return faults

    @property
    def log(self) -> list[str]:
        """Everything that they said."""
        running = [self.now] if self.now is not None and all(self.now is not each for each, _ in self.past) else []
        return [line for process in [*(each for each, _ in self.past), *running] for line in process.lines]
