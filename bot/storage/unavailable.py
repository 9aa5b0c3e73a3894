"""When a store cannot be used just now, in words that those who wait for it act on."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.places import place_on_server
from bot.storage.schema import SchemaFault

_NOT_NOW = frozenset({"08", "53", "57", "58"})
"""Classes of SQLSTATE: no connection, no room, told to stop, the machine's own trouble (PostgreSQL, appendix A)."""

_NOT_THERE = frozenset({"28000", "28P01", "3D000", "55P03", "25006"})
"""No such role, a wrong password, no such database, a lock that is not let go, a server that only reads."""

_IN_THE_WAY = frozenset({"40001", "40P01"})
"""Two transactions stood in each other's way, and the server has ended this one."""

_NOT_OURS = {
    "42501": "let this role own the database and its tables",
    "42P01": "look whether the settings name the right database",
}
"""The role may not do it, and there is no such table: what helps."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""Kinds of result codes of SQLite: pages that are not whole, and a file that is no database."""

_PRIMARY = 0xFF
"""The part of a result code of SQLite that names the kind (SQLite, "Result and Error Codes")."""


class StoreUnavailable(Exception):
    """The data cannot be read or written just now: locked, full, damaged, or not reachable. Nothing was committed."""


class Contended(StoreUnavailable):
    """Another process's transaction stood in the way. Nothing was committed; the same may be tried again at once."""


@asynccontextmanager
async def opened(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection, and what goes wrong with it said as what it means. Raises StoreUnavailable, Contended, and
    SchemaFault where a server has no such table, or lets this role not use it."""
    connecting = True
    try:
        async with engine.connect() as connection:
            connecting = False
            yield connection
    except Exception as error:
        if _only_reads(error):
            await engine.dispose()
        found = _what_it_means(error, connecting=connecting) or _not_ours(error, engine)
        if found is None:
            raise
        raise found from None


def _only_reads(error: BaseException) -> bool:
    """Whether SQLite has opened the file for reading alone, which it does silently where it may not write (SQLite,
    "Opening A New Database Connection"). A connection stays so, also when the file may be written again: so all are
    opened anew."""
    return isinstance(error, OperationalError) and _kind(error) == sqlite3.SQLITE_READONLY


def _kind(error: DBAPIError) -> int:
    code: int = getattr(error.orig, "sqlite_errorcode", 0)
    return code & _PRIMARY


def _what_it_means(error: BaseException, *, connecting: bool) -> StoreUnavailable | None:
    """What a failed statement, or a connection that was not made, says of the store; None where it is a fault of ours.

    A commit that was cut off may have been carried out all the same. Whoever tries again looks first: updates are
    remembered, conversations have versions, deliveries have states.
    """
    if isinstance(error, OperationalError):
        return StoreUnavailable(type(error.orig).__name__)
    if isinstance(error, DBAPIError):
        state = _state(error)
        if state in _IN_THE_WAY:
            return Contended(_name(error))
        is_out = (
            error.connection_invalidated or state[:2] in _NOT_NOW or state in _NOT_THERE or _kind(error) in _DAMAGED
        )
        return StoreUnavailable(_name(error)) if is_out or connecting else None
    if connecting and isinstance(error, Exception) and not isinstance(error, StoreUnavailable):
        return StoreUnavailable(type(error).__name__)
    return None


def _not_ours(error: BaseException, engine: AsyncEngine) -> SchemaFault | None:
    """What whoever set a server up is told; the server's own words name a table or a schema, and nothing in it."""
    if not isinstance(error, DBAPIError) or (helps := _NOT_OURS.get(_state(error))) is None:
        return None
    place = place_on_server(engine.url)
    says = getattr(_cause(error), "message", "") or _name(error)
    return SchemaFault(f"{place}: {says}", f"{helps} (docs/postgresql.md)")


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _cause(error: DBAPIError) -> BaseException:
    """The driver's own error; SQLAlchemy has put one of its own around it."""
    cause = error.orig.__cause__ if error.orig is not None else None
    return cause or error.orig or error


def _name(error: DBAPIError) -> str:
    return type(_cause(error)).__name__
