"""What runs between two programs, and can be slow, silent or cut, each way by itself."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
_AT_ONCE = 65_536
_SOCKET = ".s.PGSQL.5432"


class Wire:
    """Listens on a port of its own, and passes on to another one."""

    def __init__(self, port_there: int = 0) -> None:
        self.delay = 0.0
        """Seconds that everything takes, each way."""
        self.out, self.back = asyncio.Event(), asyncio.Event()
        """Whether what is sent there passes, and what comes back."""
        self.port = 0
        self._there = port_there
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.out.set()
        self.back.set()

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.snap()

    def snap(self) -> None:
        """Break every connection; what was on its way is lost."""
        for end in list(self._ends):
            end.transport.abort()

    async def mend(self) -> None:
        """Let everything pass as it should."""
        self.delay = 0.0
        self.out.set()
        self.back.set()
        if self._server is None:
            self._server = await self._listen()

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._connect, HOST, self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(HOST, self._there)

    def _as_it_is_called_there(self, some: bytes) -> bytes:
        """The stand-in answers only where it is called by its own name."""
        here, there = (f"Host: {HOST}:{port}\r\n".encode() for port in (self.port, self._there))
        return some.replace(here, there)

    async def _connect(self, here: asyncio.StreamReader, to_here: asyncio.StreamWriter) -> None:
        self._ends.add(to_here)
        try:
            there, to_there = await self._dial()
        except OSError:
            self._drop(to_here)
            return
        self._ends.add(to_there)
        ways = [
            asyncio.create_task(self._pass(here, to_there, self.out)),
            asyncio.create_task(self._pass(there, to_here, self.back)),
        ]
        for way in ways:
            self._tasks.add(way)
            way.add_done_callback(self._tasks.discard)
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self._drop(to_here)
            self._drop(to_there)

    async def _pass(self, read: asyncio.StreamReader, write: asyncio.StreamWriter, flows: asyncio.Event) -> None:
        try:
            while some := await read.read(_AT_ONCE):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await flows.wait()
                write.write(self._as_it_is_called_there(some))
                await write.drain()
        except OSError:
            return

    def _drop(self, end: asyncio.StreamWriter) -> None:
        self._ends.discard(end)
        end.transport.abort()


class DatabaseWire(Wire):
    """From the bots to PostgreSQL, whose address is the folder that its socket lies in."""

    def __init__(self, there: Path) -> None:
        super().__init__()
        self._folder_there = there
        self.folder = Path(tempfile.mkdtemp(prefix="surveybot-wire-"))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        (self.folder / _SOCKET).unlink(missing_ok=True)
        self.folder.rmdir()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_unix_server(self._connect, self.folder / _SOCKET)

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self._folder_there / _SOCKET)

    def _as_it_is_called_there(self, some: bytes) -> bytes:
        return some
