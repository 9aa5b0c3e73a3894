"""Work that a stop does not break off."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


async def uncut(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Carry out to the end, also when cancelled, which is then raised after it.

    A transaction that is cut short could leave the write lock taken behind it.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
