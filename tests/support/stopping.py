"""A stop, such as Ctrl-C, in the moment in which it does most harm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database

_Result = TypeVar("_Result")


async def stopped_once_committed(work: Coroutine[Any, Any, _Result], monkeypatch: pytest.MonkeyPatch) -> _Result:
    """Carry something out that is told to stop, twice over, as soon as its first transaction is committed."""
    whole = Database.write
    going: list[asyncio.Task[_Result]] = []

    @asynccontextmanager
    async def write(database: Database) -> AsyncIterator[AsyncConnection]:
        async with whole(database) as connection:
            yield connection
        for _ in range(2):
            going[0].cancel()
            await asyncio.sleep(0)

    with monkeypatch.context() as patched:
        patched.setattr(Database, "write", write)
        going.append(asyncio.create_task(work))
        return await going[0]
