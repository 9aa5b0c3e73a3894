"""Counts and makes the releases that stewards order in the chat, beside the conversation.

Each is worked on in a thread with connections of its own, so that nobody's tap waits for it. What was ordered is a row,
and that it is to be counted or made one of the schedule (`bot.errands`), which outlives a process that dies.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import structlog

from bot import durable
from bot.settings import Settings
from bot.stewardship.archive import open_archive
from bot.stewardship.export import export
from bot.stewardship.foreseeing import foresee
from bot.stewardship.ordering import Order, confirmed, folder_name, from_kept
from bot.stewardship.refusing import Refused
from bot.storage import release_orders, releases
from bot.storage.database import Database, StoreUnavailable
from bot.storage.release_orders import Waiting
from bot.storage.schedule import Due
from bot.uncut import uncut
from flows.collection import Collection
from flows.releases import OrderState

log = structlog.get_logger()

_Result = TypeVar("_Result")

_ASK = "ask whoever runs the bot to look with: surveybot doctor"


def _not_here(release: str | None, folder: Path) -> str:
    return (
        f"it stands in the ledger as a release that left ({release}), and its folder is not in {folder} here. Where "
        "several machines serve, it may lie on the one that made it. If it lies nowhere, please order it again; if "
        f"that does not help, {_ASK}"
    )


def _unwritten(folder: Path, kind: str = "") -> str:
    return (
        f"{folder} cannot be written{kind}. Nothing has left. Ask whoever runs the bot to let it write there, or to "
        "name another folder in SURVEYBOT_EXPORT_DIR (surveybot doctor says what helps); then order it again."
    )


def _not_done(kind: str) -> str:
    return f"something went amiss ({kind}). Order it again; if that does not help, {_ASK}"


_Work = Callable[[Order, Waiting], Coroutine[Any, Any, tuple[dict[str, Any], OrderState]]]


class _Apart:
    """Something that is carried out in a thread, in a loop of its own, and can be told to stop from outside."""

    def __init__(self) -> None:
        self._stopping = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    async def carry_out(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Carry it out. Raises CancelledError where it stopped."""
        return await asyncio.to_thread(asyncio.run, self._run(work))

    async def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        task = asyncio.create_task(work)
        self._running = asyncio.get_running_loop(), task
        if self._stopping:
            task.cancel()
        return await task

    def stop(self) -> None:
        """Have it stop, unless it is over."""
        self._stopping = True
        if self._running is not None:
            loop, task = self._running
            with suppress(RuntimeError):  # the loop is closed by now
                loop.call_soon_threadsafe(task.cancel)


class Clerk:
    """Works on orders that the schedule has."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        collections: Sequence[Collection],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._settings = settings
        self._database = database
        self._collections = collections
        self._clock = clock

    async def carry_out(self, due: Due) -> None:
        """Count or make what is ordered, as far as it is to go now.

        At a stop, what is being made stops at the next good moment. Where it is in the ledger by then, it is finished,
        and told where it stands.
        """
        async with self._database.read() as connection:
            found = await release_orders.read(connection, due.key.rpartition("/")[2])
        if found is None:
            return
        state, apart = OrderState(found.state), _Apart()
        if state is OrderState.COUNTING:
            await self._carry_out(found, state, self._count, apart)
        elif state is OrderState.MAKING:
            await uncut(self._carry_out(found, state, self._make, apart), apart.stop)
        elif state is OrderState.MADE:
            await self._tell_where_it_stands(found.id)

    async def _carry_out(self, found: Waiting, state: OrderState, work: _Work, apart: _Apart) -> None:
        try:
            wanted = from_kept(self._collections, found.wanted)
            self._refuse_where_none_can_be_made()  # also before it is counted: nobody is to confirm it in vain
            told, after = await apart.carry_out(work(wanted, found))
        except StoreUnavailable:
            raise
        except (Refused, OSError) as why:
            told, after = {"why": self._said(why, state)}, OrderState.REFUSED
        except Exception as why:  # noqa: BLE001  # whoever has ordered it waits for word
            log.warning("a release was not made", why=type(why).__name__)
            told, after = {"why": _not_done(type(why).__name__)}, OrderState.REFUSED
        async with self._database.write() as connection:
            if await release_orders.move(connection, found.id, state, after, {**found.told, **told}):
                return
            if after is OrderState.MADE:  # its release is in the ledger, which is how it came to be made
                await release_orders.tell(connection, found.id, {**found.told, **told})
                return
        await self._tell_where_it_stands(found.id)  # another process made it, or this one as far as the ledger

    async def _tell_where_it_stands(self, order: str) -> None:
        """Of a release in the ledger of which nobody has said where its folder is."""
        async with self._database.write() as connection:
            found = await release_orders.read(connection, order)
            if found is None or found.state != OrderState.MADE.value or "folder" in found.told:
                return
            every = await releases.every_release(connection)
            named = [self._folder / folder_name(each) for each in every if each.id == found.release]
            here = [str(folder) for folder in named if folder.is_dir()]
            told = {"folder": here[0]} if here else {"why": _not_here(found.release, self._folder)}
            await release_orders.tell(connection, order, {**found.told, **told})

    @property
    def _folder(self) -> Path:
        return self._settings.export_dir.absolute()

    def _refuse_where_none_can_be_made(self) -> None:
        if not durable.can_be_written(self._folder):
            raise Refused(_unwritten(self._folder))

    def _said(self, why: Refused | OSError, state: OrderState) -> str:
        """What a steward reads. Of a fault no name of a file: it could be anybody's business."""
        if isinstance(why, Refused):
            return str(why)
        kind = os.strerror(why.errno) if why.errno else type(why).__name__
        if state is OrderState.MAKING:
            return _unwritten(self._folder, f" ({kind})")
        return _not_done(kind)

    async def _count(self, wanted: Order, _found: Waiting) -> tuple[dict[str, Any], OrderState]:
        async with open_archive(self._settings) as archive:
            return await foresee(archive, wanted, self._clock), OrderState.COUNTED

    async def _make(self, wanted: Order, found: Waiting) -> tuple[dict[str, Any], OrderState]:
        folder = self._folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        alone = self._settings.one_person_team
        both = confirmed(wanted, found.ordered_by, found.also_by or None, one_person_team=alone)
        async with open_archive(self._settings) as archive:
            made = await export(archive, replace(both, ordered_as=found.id), folder, self._clock)
        return {"folder": str(made.folder)}, OrderState.MADE
