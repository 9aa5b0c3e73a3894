"""Counts and makes the releases that stewards order in the chat, beside the conversation.

Each is worked on in a thread with connections of its own, so that nobody's tap waits for it. What was ordered is a row,
and that it is to be counted or made one of the schedule (`bot.errands`), which outlives a process that dies.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from bot import durable
from bot.settings import Settings
from bot.stewardship.archive import open_archive
from bot.stewardship.export import export
from bot.stewardship.foreseeing import foresee
from bot.stewardship.ordering import Order, confirmed, from_kept
from bot.stewardship.refusing import Refused
from bot.storage import release_orders
from bot.storage.database import Database, StoreUnavailable
from bot.storage.release_orders import Waiting
from bot.storage.schedule import Due
from flows.collection import Collection
from flows.releases import OrderState

log = structlog.get_logger()

_ASK = "ask whoever runs the bot to look with: surveybot doctor"

_CUT_OFF = (
    "the program ended just as it was done. It stands in the ledger as a release that left, and its folder did not get "
    f"its name. Please order it again; if that does not help, {_ASK}"
)


def _unwritten(folder: Path, kind: str = "") -> str:
    return (
        f"{folder} cannot be written{kind}. Nothing has left. Ask whoever runs the bot to let it write there, or to "
        "name another folder in SURVEYBOT_EXPORT_DIR (surveybot doctor says what helps); then order it again."
    )


def _not_done(kind: str) -> str:
    return f"something went amiss ({kind}). Order it again; if that does not help, {_ASK}"


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
        """Count or make what is ordered, as far as it is to go now."""
        await self._carry_out(due.key.rpartition("/")[2])

    async def _carry_out(self, order: str) -> None:
        async with self._database.read() as connection:
            found = await release_orders.read(connection, order)
        if found is None:
            return
        state = OrderState(found.state)
        if state is OrderState.MADE and "folder" not in found.told:
            await self._tell(order, {**found.told, "why": _CUT_OFF})
        if state not in {OrderState.COUNTING, OrderState.MAKING}:
            return
        work = self._count if state is OrderState.COUNTING else self._make
        try:
            wanted = from_kept(self._collections, found.wanted)
            self._refuse_where_none_can_be_made()  # also before it is counted: nobody is to confirm it in vain
            told, after = await asyncio.to_thread(asyncio.run, work(wanted, found))
        except StoreUnavailable:
            raise
        except (Refused, OSError) as why:
            told, after = {"why": self._said(why, state)}, OrderState.REFUSED
        except Exception as why:  # noqa: BLE001  # whoever has ordered it waits for word
            log.warning("a release was not made", why=type(why).__name__)
            told, after = {"why": _not_done(type(why).__name__)}, OrderState.REFUSED
        async with self._database.write() as connection:
            if not await release_orders.move(connection, order, state, after, {**found.told, **told}):
                # Its release is in the ledger, which is how it came to be made.
                await release_orders.tell(connection, order, {**found.told, **told})

    async def _tell(self, order: str, told: Mapping[str, Any]) -> None:
        async with self._database.write() as connection:
            await release_orders.tell(connection, order, told)

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
