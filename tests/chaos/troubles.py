"""Making things go wrong, for as long as it is planned, and right again."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from support.standby import Pair

from bot.sandbox.refusals import Refused
from bot.sandbox.server import Sandbox

from .clocks import SharedClock
from .keeping import Keeper
from .plan import Kind, Trouble
from .wire import DatabaseWire, Wire

_PATIENCE = 0.3
"""Seconds without anything after which the next trouble comes all the same."""

_STARTS_WITHIN = 5.0
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class World:
    """Everything that things can go wrong with."""

    sandbox: Sandbox
    keepers: tuple[Keeper, ...]
    """One, or several that share the work."""
    folder: Path
    clock: SharedClock
    """The bot's; what it is off when nothing is wrong is the stand-in's own."""
    wires: tuple[Wire, ...]
    """From the bots to Telegram; with a webhook also from Telegram to the bots."""
    database: Pair | None
    """The server that data and keys are on, if they are not files."""
    to_database: DatabaseWire | None = None
    """From the bots to it."""
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever asks the stores, which wait for nothing, and by what makes that impossible for a while."""

    def keeper(self, trouble: Trouble) -> Keeper:
        """Of the bot that something happens to."""
        return self.keepers[trouble.whom % len(self.keepers)]

    def wires_of(self, trouble: Trouble) -> tuple[Wire, ...]:
        """What a trouble of the network is about: the way to Telegram, or in two of three cases that to the server."""
        if self.to_database is not None and trouble.whom > 0:
            return (self.to_database,)
        return self.wires

    async def serving(self) -> None:
        """Wait until each of them says that it serves."""
        for keeper in self.keepers:
            await keeper.serving()

    @property
    def stores(self) -> list[Path]:
        """Data and keys, with whatever lies beside them."""
        return [path for path in self.folder.rglob("*") if path.is_file()]


Way = Callable[[World, Trouble], Coroutine[Any, Any, None]]
"""How something is made to go wrong."""


async def storm(world: World, troubles: Sequence[Trouble], ways: Mapping[Kind, Way]) -> None:
    """One trouble after the other begins; each lasts as long as it does. Returns once the last is over."""
    await world.serving()
    with world.sandbox.service.watched() as seen:
        async with asyncio.TaskGroup() as lasting:
            for trouble in troubles:
                await _until_seen(seen, trouble.after)
                await asyncio.sleep(trouble.moment)
                lasting.create_task(ways[trouble.kind](world, trouble))


async def _until_seen(seen: asyncio.Queue[Any], count: int) -> None:
    """So many things that the stand-in saw: messages that appear, taps that are answered, calls that are over."""
    while count > 0:
        try:
            async with asyncio.timeout(_PATIENCE):
                await seen.get()
        except TimeoutError:
            return
        count -= 1


async def _kill(world: World, trouble: Trouble) -> None:
    if (process := world.keeper(trouble).now) is not None:
        process.signal(signal.SIGKILL)


async def _stop(world: World, trouble: Trouble) -> None:
    """Only where it serves: before, a stop finds nothing that it could do gracefully."""
    process = world.keeper(trouble).now
    if process is not None and process.serves.is_set():
        process.signal(signal.SIGTERM)


async def _freeze(world: World, trouble: Trouble) -> None:
    process = world.keeper(trouble).now
    if process is not None:
        process.signal(signal.SIGSTOP)
        await asyncio.sleep(trouble.lasts)
        process.signal(signal.SIGCONT)


async def _fill_disk(world: World, trouble: Trouble) -> None:
    log = world.folder / "survey.db-wal"
    size = log.stat().st_size if log.exists() else 0
    keeper = world.keeper(trouble)
    keeper.limit(max(0, int(trouble.amount) + size) if trouble.amount >= 0 else 0)
    await asyncio.sleep(trouble.lasts)
    keeper.limit(None)


async def _take_permission(world: World, trouble: Trouble) -> None:
    _allow(world, file=0o400, folder=0o500)
    await asyncio.sleep(trouble.lasts)
    _allow(world, file=0o600, folder=0o700)


def _allow(world: World, *, file: int, folder: int) -> None:
    for path in (world.folder, world.folder / "keys"):
        path.chmod(folder)
    for path in world.stores:
        with suppress(FileNotFoundError):
            path.chmod(file)


async def _lock(world: World, trouble: Trouble) -> None:
    name = "survey.db" if trouble.moment else "keys/keystore.db"
    await asyncio.to_thread(_hold_lock, world.folder / name, trouble.lasts)


def _hold_lock(path: Path, seconds: float) -> None:
    connected = closing(sqlite3.connect(path, timeout=0.5, isolation_level=None))
    with connected as connection, suppress(sqlite3.OperationalError):  # somebody else may hold it
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")


async def _jump(world: World, trouble: Trouble) -> None:
    world.clock.off += trouble.amount
    await asyncio.sleep(trouble.lasts)
    world.clock.off -= trouble.amount


async def _cut(world: World, trouble: Trouble) -> None:
    for wire in world.wires_of(trouble):
        wire.cut()
    await asyncio.sleep(trouble.lasts)
    for wire in world.wires_of(trouble):
        await wire.mend()


async def _silence_out(world: World, trouble: Trouble) -> None:
    for wire in world.wires_of(trouble):
        wire.out.clear()
    await _snap_after(world, trouble)


async def _silence_in(world: World, trouble: Trouble) -> None:
    for wire in world.wires_of(trouble):
        wire.back.clear()
    await _snap_after(world, trouble)


async def _snap_after(world: World, trouble: Trouble) -> None:
    await asyncio.sleep(trouble.lasts)
    for wire in world.wires_of(trouble):
        wire.snap()
        wire.out.set()
        wire.back.set()


async def _slow(world: World, trouble: Trouble) -> None:
    for wire in world.wires_of(trouble):
        wire.delay = trouble.amount
    await asyncio.sleep(trouble.lasts)
    for wire in world.wires_of(trouble):
        wire.delay = 0.0


async def _too_many(world: World, trouble: Trouble) -> None:
    world.sandbox.faults.too_many_requests(retry_after=1, times=trouble.amount)


async def _server_error(world: World, trouble: Trouble) -> None:
    world.sandbox.faults.server_error(502 if trouble.moment else 500, times=trouble.amount)


async def _lose(world: World, trouble: Trouble) -> None:
    world.sandbox.faults.cut_after(times=trouble.amount)


async def _duplicate(world: World, trouble: Trouble) -> None:
    world.sandbox.faults.duplicate_updates(times=trouble.amount)


async def _reorder(world: World, trouble: Trouble) -> None:
    world.sandbox.faults.reorder_updates(times=trouble.amount)


async def start_second(world: World, trouble: Trouble, **more: object) -> None:
    """Where the first one serves, it is refused. Where that one has just been killed, it may be the one that serves."""
    keeper = world.keeper(trouble)
    second = await keeper.start_one(**more)
    serves = asyncio.create_task(second.serves.wait())
    ended = asyncio.create_task(second.ended())
    await asyncio.wait({serves, ended}, timeout=_STARTS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
    serves.cancel()
    second.signal(signal.SIGTERM)
    keeper.past.append((second, await ended))


async def _poll_beside(world: World, trouble: Trouble) -> None:
    for _ in range(int(trouble.amount)):
        with suppress(Refused, TimeoutError):
            async with asyncio.timeout(trouble.lasts):
                await world.sandbox.service.updates.poll(0, _AT_ONCE, 1, None)
        await asyncio.sleep(0.01)


async def calm(world: World, off: float) -> None:
    """Nothing goes wrong any more. `off` is what the stand-in's clock is ahead."""
    world.sandbox.faults.clear()
    for wire in (*world.wires, world.to_database):
        if wire is not None:
            await wire.mend()
    _allow(world, file=0o600, folder=0o700)
    world.clock.off = off
    for keeper in world.keepers:
        keeper.limit(None)
        if keeper.now is not None:
            keeper.now.signal(signal.SIGCONT)


ON_FILES: Mapping[Kind, Way] = MappingProxyType(
    {
        Kind.KILL: _kill,
        Kind.STOP: _stop,
        Kind.FREEZE: _freeze,
        Kind.DISK_FULL: _fill_disk,
        Kind.READ_ONLY: _take_permission,
        Kind.LOCKED: _lock,
        Kind.CLOCK: _jump,
        Kind.CUT: _cut,
        Kind.SILENT_OUT: _silence_out,
        Kind.SILENT_IN: _silence_in,
        Kind.SLOW: _slow,
        Kind.TOO_MANY: _too_many,
        Kind.SERVER_ERROR: _server_error,
        Kind.LOST: _lose,
        Kind.DUPLICATES: _duplicate,
        Kind.REORDERED: _reorder,
        Kind.SECOND: start_second,
        Kind.OTHER_POLLER: _poll_beside,
    }
)
