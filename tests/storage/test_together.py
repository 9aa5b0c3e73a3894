"""Statements that go together: the same as apart, in one visit to the connection's thread."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import threading
from collections.abc import Coroutine
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.tables import seen_updates
from bot.storage.together import together

pytestmark = pytest.mark.sqlite("a connection has a thread there, and on a server none")

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


async def put_and_count(connection: AsyncConnection, number: int) -> tuple[int, int]:
    await connection.execute(insert(seen_updates), [{"update_id": number, "seen_at": NOW}])
    found = await connection.scalars(select(seen_updates.c.update_id))
    return len(found.all()), threading.get_ident()


async def stored(database: Database) -> list[int]:
    async with database.read() as connection:
        return list(await connection.scalars(select(seen_updates.c.update_id).order_by(seen_updates.c.update_id)))


async def test_they_are_made_in_the_connections_thread_and_in_the_transaction_that_is_open(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(seen_updates), [{"update_id": 1, "seen_at": NOW}])
        count, thread = await together(connection, put_and_count, 2)
        assert (await put_and_count(connection, 3))[0] == 3
    assert count == 2
    assert thread != threading.get_ident()
    assert await stored(database) == [1, 2, 3]


async def test_what_fails_there_fails_here_and_nothing_of_the_transaction_stays(database: Database) -> None:
    async def twice() -> None:
        async with database.write() as connection:
            await together(connection, put_and_count, 1)
            await together(connection, put_and_count, 1)

    with pytest.raises(IntegrityError):
        await twice()
    assert await stored(database) == []


async def test_they_wait_for_nothing_else(database: Database) -> None:
    async def waits(connection: AsyncConnection) -> None:
        await put_and_count(connection, 1)
        await asyncio.sleep(0)

    async def write() -> None:
        async with database.write() as connection:
            await together(connection, waits)

    with pytest.raises(RuntimeError, match="wait for nothing else"):
        await write()
    assert await stored(database) == []


async def cancelled_meanwhile(
    write: Coroutine[Any, Any, None], begun: threading.Event, may_go_on: threading.Event
) -> None:
    """Cancel a write while it stands in the connection's thread."""
    writing = asyncio.create_task(write)
    await asyncio.to_thread(begun.wait)
    writing.cancel()
    asyncio.get_running_loop().call_soon(may_go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await writing


async def test_whoever_is_cancelled_waits_until_the_thread_is_done_with_the_connection(database: Database) -> None:
    begun, may_go_on, done = threading.Event(), threading.Event(), threading.Event()

    async def takes_its_time(connection: AsyncConnection) -> None:
        begun.set()
        may_go_on.wait()
        await put_and_count(connection, 1)
        done.set()

    async def write() -> None:
        async with database.write() as connection:
            await together(connection, takes_its_time)

    await cancelled_meanwhile(write(), begun, may_go_on)
    assert done.is_set()
    assert await stored(database) == []


async def test_what_fails_in_the_thread_after_that_is_undone_and_no_fault_of_the_background(database: Database) -> None:
    """As where nothing can be written at a stop: whoever asked for it is gone."""
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    begun, may_go_on = threading.Event(), threading.Event()

    async def fails(connection: AsyncConnection) -> None:
        await put_and_count(connection, 1)
        begun.set()
        may_go_on.wait()
        await put_and_count(connection, 1)

    async def write() -> None:
        async with database.write() as connection:
            await together(connection, fails)

    await cancelled_meanwhile(write(), begun, may_go_on)
    gc.collect()
    await asyncio.sleep(0)
    assert faults == []
    assert await stored(database) == []


async def test_a_transaction_in_two_goes_begins_with_what_is_first_and_is_committed_with_what_is_last(
    database: Database,
) -> None:
    async with database.write_in_two_goes() as goes:
        assert (await goes.first(put_and_count, 1))[0] == 1
        assert await stored(database) == []
        assert (await goes.last(put_and_count, 2))[0] == 2
        assert await stored(database) == [1, 2]
    assert await stored(database) == [1, 2]


async def test_one_that_is_left_without_a_last_is_committed_then(database: Database) -> None:
    async with database.write_in_two_goes() as goes:
        await goes.first(put_and_count, 1)
        assert await stored(database) == []
    assert await stored(database) == [1]


@pytest.mark.parametrize("where", ["first", "between", "last"])
async def test_of_one_that_fails_anywhere_nothing_stays(database: Database, where: str) -> None:
    async def fails(connection: AsyncConnection, number: int) -> None:
        await put_and_count(connection, number)
        raise RuntimeError(where)

    async def write() -> None:
        async with database.write_in_two_goes() as goes:
            await goes.first(fails if where == "first" else put_and_count, 1)
            if where == "between":
                raise RuntimeError(where)
            await goes.last(fails, 2)

    with pytest.raises(RuntimeError, match=where):
        await write()
    assert await stored(database) == []
    async with database.write_in_two_goes() as goes:
        await goes.only(put_and_count, 3)
    assert await stored(database) == [3]


async def test_while_one_is_on_its_way_nobody_else_writes(database: Database) -> None:
    async def another() -> None:
        async with database.write_in_two_goes() as goes:
            await goes.only(put_and_count, 2)

    async with database.write_in_two_goes() as goes:
        await goes.first(put_and_count, 1)
        waiting = asyncio.create_task(another())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        assert (await goes.last(put_and_count, 3))[0] == 2
    await waiting
    assert await stored(database) == [1, 2, 3]
