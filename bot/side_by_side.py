"""What runs while a bot serves: side by side, until the first of it ends, and then in order to the end."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from bot.conversation import Conversation
from bot.due import Dues
from bot.listening import CannotListen
from bot.presence import InTheWay, Presence
from bot.presenting import Presenter
from bot.start_checks import CannotStart
from bot.storage.database import StoreUnavailable
from bot.trail.sealer import Sealer
from bot.unasked import Unasked
from bot.uncut import uncut
from bot.vitals.pulse import Pulse, Stage

Runs = Callable[[], Coroutine[Any, Any, None]]
"""Runs until cancelled."""


class Source(Protocol):
    """Where updates come from."""

    async def run(self, begun: Callable[[], None]) -> None:
        """Take updates until cancelled; `begun` is called once they can come. Raises CannotListen."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a bot that serves is made of, joined and not yet running."""

    conversation: Conversation
    presenter: Presenter
    unasked: Unasked
    dues: Dues
    sealer: Sealer
    presence: Presence
    beating: asyncio.Task[None]
    """What says that this process is alive, under way already."""
    runs: tuple[Runs, ...]
    """What runs beside the inbox and the source, in the order in which it begins."""
    set_menu: Callable[[], Awaitable[None]]
    source: Source
    let_go: Callable[[], Awaitable[None]]
    """Called when the source has ended, for what is still being said in groups."""
    pulse: Pulse
    clock: Callable[[], dt.datetime]


async def run(parts: Parts, ready: Callable[[], None]) -> None:
    """Everything that runs side by side; the first that ends, by a fault or by being stopped, ends the rest.

    `ready` is called once updates can come. Raises CannotStart, and whatever a part ends with.
    """
    inbox = asyncio.create_task(parts.conversation.run())
    try:
        await parts.conversation.destroy_keys()
        await uncut(parts.dues.take_over())  # what Telegram has already would be sent once more
        parts.unasked.show_all()
        parts.presence.taken_over = partial(_go_on, parts)
        await parts.set_menu()
        receives = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for runs in parts.runs:
                group.create_task(runs())
            group.create_task(_receive(parts, receives))
            group.create_task(_watch(inbox))
            group.create_task(_watch(parts.beating))
            await receives.wait()
            parts.pulse.stage = Stage.SERVING
            ready()
    except BaseExceptionGroup as group_of_one:
        raise _first(group_of_one) from None
    finally:
        parts.pulse.stage = Stage.STOPPING
        parts.presence.forget_others()
        await _finish(parts, inbox)


async def _finish(parts: Parts, inbox: asyncio.Task[None]) -> None:
    """What has arrived is committed, shown and sealed before the end."""
    await _drain(parts.conversation, inbox)
    await parts.presenter.finish()
    await _drain(parts.conversation, inbox)
    inbox.cancel()
    await asyncio.gather(inbox, return_exceptions=True)
    with suppress(StoreUnavailable):  # the next start seals what is left
        await parts.sealer.finish()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What ended the rest: a task group raises it in a group, also where it is alone."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def _drain(conversation: Conversation, inbox: asyncio.Task[None]) -> None:
    """Wait until the inbox is empty, or until nobody works on it any more."""
    drained = asyncio.create_task(conversation.drain())
    await asyncio.wait({drained, inbox}, return_when=asyncio.FIRST_COMPLETED)
    drained.cancel()


async def _watch(task: asyncio.Task[None]) -> None:
    """The inbox ends only by a fault of ours: then nothing may go on as if it were read. And a process that may not
    serve beside another any more ends."""
    try:
        await asyncio.shield(task)
    except InTheWay as why:
        raise CannotStart(str(why)) from None


async def _go_on(parts: Parts) -> None:
    """What a process had in hand that ended is there to be done."""
    parts.conversation.look_for_keys()
    parts.dues.hurry(parts.clock())
    parts.unasked.show_all()


async def _receive(parts: Parts, begun: asyncio.Event) -> None:
    try:
        await parts.source.run(begun.set)
    except CannotListen as error:
        raise CannotStart(str(error)) from None
    finally:
        await parts.let_go()


@asynccontextmanager
async def present(presence: Presence) -> AsyncIterator[asyncio.Task[None]]:
    """This process among those that serve, until the block ends. Raises CannotStart."""
    try:
        await presence.begin()
    except InTheWay as why:
        raise CannotStart(str(why)) from None
    beating = asyncio.create_task(presence.run())
    try:
        yield beating
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        with suppress(StoreUnavailable):  # then its time is over a few seconds later by itself
            await presence.end()
