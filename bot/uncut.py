"""Work that a stop does not break off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from bot.storage.unavailable import StoreUnavailable

log = structlog.get_logger()

_Result = TypeVar("_Result")


def _goes_on() -> None:
    """It need not know that it is being stopped."""


async def uncut(work: Coroutine[Any, Any, _Result], told_to_stop: Callable[[], None] = _goes_on) -> _Result:
    """Carry out to the end, also when cancelled, which is then raised after it; `told_to_stop` is called at once.

    A transaction that is cut short could leave the write lock taken behind it.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        told_to_stop()
        await asyncio.wait({task})
        _say_what_failed(task)
        raise


async def to_the_end(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Carry out to the end, and give what came of it: a stop that is asked for meanwhile comes too late.

    For what a command does last and in one piece, so that it says what was done and not that it was stopped.
    """
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    return task.result()


def _say_what_failed(task: asyncio.Task[Any]) -> None:
    """Whoever would have acted on it is being stopped."""
    error = None if task.cancelled() else task.exception()
    if isinstance(error, StoreUnavailable):
        log.warning("the store was not available at the stop; the next start goes on")
    elif error is not None:
        log.warning("something in the background failed", why=type(error).__name__)
