"""A PostgreSQL with another one that has everything it has, and takes its place when it fails: what "failover" means.

Both are behind one address: a link to the folder of the one that serves. A commit returns once the other has it too, so
that none is lost with the first (PostgreSQL, "Synchronous Replication").
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from .server import DURABLE, Server

_FOLLOWED = "synchronous_standby_names = '*'\n"
_ALONE = "synchronous_standby_names = ''\n"


class Pair:
    """Two servers; whoever asks goes to `address`."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="surveybot-pair-"))
        self._folder.chmod(0o755)
        self.address = self._folder / "serves"
        self._first = Server(DURABLE)
        self._second: Server | None = None

    async def make(self) -> None:
        """One server, alone as yet."""
        await asyncio.to_thread(self._first.make)
        self._lead_to(self._first)

    async def follow(self) -> None:
        """Have a second one that takes over what the first writes, before it is said to be written."""
        second = self._second = Server(DURABLE + _ALONE, programs=self._first.programs)
        await asyncio.to_thread(second.make_from, self._first)
        await asyncio.to_thread(self._first.set, _FOLLOWED)

    async def restart(self) -> None:
        """The one that serves falls over, and comes back with what was on its disk."""
        serves = self._serves()
        await asyncio.to_thread(serves.stop)
        await asyncio.to_thread(serves.start)

    async def fail_over(self) -> None:
        """The first falls over for good; the second serves from now on."""
        assert self._second is not None
        await asyncio.to_thread(self._first.stop)
        await asyncio.to_thread(self._second.promote)
        self._lead_to(self._second)

    def remove(self) -> None:
        """Stop what runs, and take everything away."""
        for server in (self._second, self._first):
            if server is not None:
                server.remove()
        self.address.unlink(missing_ok=True)
        self._folder.rmdir()

    def _serves(self) -> Server:
        leads_to = self.address.resolve()
        return next(each for each in (self._first, self._second) if each is not None and each.folder == leads_to)

    def _lead_to(self, server: Server) -> None:
        other = self._folder / "next"
        other.symlink_to(server.folder)
        other.replace(self.address)
