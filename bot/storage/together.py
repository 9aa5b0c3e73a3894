"""Statements that go together: SQLite's are made in one visit to the thread that its connection lives in.

aiosqlite gives each connection a thread, and every call of its own (a cursor, a statement, its rows, closing the
cursor) goes there and comes back. That costs more than the statement itself does. A batch's statements follow one
another and wait for nothing but the store, so they are handed to the thread as a whole, and there each is made where
it stands.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

import aiosqlite
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")
_Work = Callable[[AsyncConnection], Coroutine[Any, Any, _Found]]

Look = Callable[[AsyncConnection], Coroutine[Any, Any, None]]
"""At what stands, in a transaction that has just begun; it raises where nothing may be written."""


async def together(
    connection: AsyncConnection,
    work: Callable[Concatenate[AsyncConnection, _Given], Coroutine[Any, Any, _Found]],
    *args: _Given.args,
    **kwargs: _Given.kwargs,
) -> _Found:
    """What `work(connection, ...)` returns. It may wait for statements of this connection and for nothing else.

    On PostgreSQL the statements go one by one, as they always do.
    """
    driver = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, _Visited):
        return await work(connection, *args, **kwargs)
    return await _to_its_end(driver.visit(lambda: _complete(work(connection, *args, **kwargs))))


class Goes:
    """A transaction whose first and last statements go together with its beginning and its commit.

    Each visit to SQLite's thread is a round through a loop that may have much else to do, while the one writer's lock
    is held: two visits instead of four.
    """

    def __init__(self, connection: AsyncConnection, look: Look | None = None) -> None:
        self.connection = connection
        self.committed = False
        self._look = look

    async def first(
        self,
        work: Callable[Concatenate[AsyncConnection, _Given], Coroutine[Any, Any, _Found]],
        *args: _Given.args,
        **kwargs: _Given.kwargs,
    ) -> _Found:
        """Begin, and what `work(connection, ...)` returns."""
        return await together(
            self.connection, _beginning, self._look, lambda connection: work(connection, *args, **kwargs)
        )

    async def last(
        self,
        work: Callable[Concatenate[AsyncConnection, _Given], Coroutine[Any, Any, _Found]],
        *args: _Given.args,
        **kwargs: _Given.kwargs,
    ) -> _Found:
        """What `work(connection, ...)` returns, once it is committed."""
        found = await together(self.connection, _and_commit, lambda connection: work(connection, *args, **kwargs))
        self.committed = True
        return found

    async def only(
        self,
        work: Callable[Concatenate[AsyncConnection, _Given], Coroutine[Any, Any, _Found]],
        *args: _Given.args,
        **kwargs: _Given.kwargs,
    ) -> _Found:
        """First and last at once."""
        return await self.last(_beginning, self._look, lambda connection: work(connection, *args, **kwargs))


async def _beginning(connection: AsyncConnection, look: Look | None, work: _Work[_Found]) -> _Found:
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
    if look is not None:
        await look(connection)
    return await work(connection)


async def _and_commit(connection: AsyncConnection, work: _Work[_Found]) -> _Found:
    found = await work(connection)
    await connection.commit()
    return found


class _Visited(aiosqlite.Connection):
    """A connection whose calls are made at once where they come from its own thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # aiosqlite's
        super().__init__(*args, **kwargs)
        self._thread.daemon = True  # as SQLAlchemy makes it: a connection left open must not keep the program running

    async def visit(self, work: Callable[[], _Found]) -> _Found:
        """Call something in the connection's thread."""
        found: _Found = await self._execute(work)
        return found

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # aiosqlite's
        """Where every call of aiosqlite goes through."""
        if threading.get_ident() == self._thread.ident:
            return fn(*args, **kwargs)
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]


def let_statements_go_together(engine: AsyncEngine) -> None:
    """Have an engine for SQLite open connections that `together` can visit."""

    @event.listens_for(engine.sync_engine, "do_connect")
    def _open(_dialect: object, _record: object, _args: object, options: dict[str, Any]) -> None:
        options["async_creator_fn"] = _connect


def _connect(database: str, **options: Any) -> aiosqlite.Connection:  # noqa: ANN401  # sqlite3's
    return _Visited(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)


def _complete(work: Coroutine[Any, Any, _Found]) -> _Found:
    """Run work that has nothing to wait for, since everything that it calls is done at once."""
    try:
        work.send(None)
    except StopIteration as end:
        found: _Found = end.value
        return found
    work.close()
    raise RuntimeError("statements that go together wait for nothing else")


async def _to_its_end(visit: Awaitable[_Found]) -> _Found:
    """Wait for a visit, also when cancelled: the connection is not to be used from two threads at once."""
    visiting = asyncio.ensure_future(visit)
    try:
        return await asyncio.shield(visiting)
    except asyncio.CancelledError:
        await asyncio.wait([visiting])
        if not visiting.cancelled():
            visiting.exception()  # nobody is there to act on it, and its transaction is undone
        raise
