"""A PostgreSQL with another one that has everything it has, and takes its place when it fails: what "failover" means.

Both are behind one address: a link to the folder of the one that serves. A commit returns once the other has it too, so
that none is lost with the first (PostgreSQL, "Synchronous Replication").
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
from pathlib import Path

from .server import DURABLE, Server

_FOLLOWED = "synchronous_standby_names = '*'\n"
_ALONE = "synchronous_standby_names = ''\n"


class Pair:
    """One server, or two of which the second follows; whoever asks goes to `address`."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="surveybot-pair-"))
        self._folder.chmod(0o755)
        self.address = self._folder / "serves"
        self._serves = Server(DURABLE)
        self._follows: Server | None = None
        self._fallen: list[Server] = []
        """Whose programs the others may run."""

    @property
    def is_followed(self) -> bool:
        """Whether there is a second one that can take over."""
        return self._follows is not None

    async def make(self) -> None:
        """One server, alone as yet."""
        await asyncio.to_thread(self._serves.make)
        self._lead_there()

    async def follow(self) -> None:
        """Have a second one that takes over what the first writes, before it is said to be written."""
        assert self._follows is None
        follows = self._follows = Server(DURABLE + _ALONE, programs=self._serves.programs)
        await asyncio.to_thread(follows.make_from, self._serves)
        await asyncio.to_thread(self._serves.set, _FOLLOWED)

    async def be_alone(self) -> None:
        """Have no second one any more."""
        follows, self._follows = self._follows, None
        if follows is not None:
            await asyncio.to_thread(self._serves.set, _ALONE)
            follows.remove()

    async def restart(self, away: float = 0.0) -> None:
        """The one that serves falls over, and comes back with what was on its disk, seconds later."""
        await asyncio.to_thread(self._serves.stop)
        await asyncio.sleep(away)
        await asyncio.to_thread(self._serves.start)

    async def fail_over(self) -> None:
        """The first falls over for good; the second serves from now on, alone."""
        assert self._follows is not None
        await asyncio.to_thread(self._serves.stop)
        self._fallen.append(self._serves)
        self._serves, self._follows = self._follows, None
        await asyncio.to_thread(self._serves.promote)
        self._lead_there()

    async def stall(self, seconds: float) -> None:
        """The one that serves answers nothing for a while, and then goes on."""
        self._serves.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._serves.signal(signal.SIGCONT)

    async def set(self, settings: str) -> None:
        """Have the one that serves go by other settings from now on."""
        await asyncio.to_thread(self._serves.set, settings)

    def remove(self) -> None:
        """Stop what runs, and take everything away."""
        for server in (self._follows, self._serves, *self._fallen):
            if server is not None:
                server.remove()
        self.address.unlink(missing_ok=True)
        self._folder.rmdir()

    def _lead_there(self) -> None:
        other = self._folder / "next"
        other.symlink_to(self._serves.folder)
        other.replace(self.address)
