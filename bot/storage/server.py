"""PostgreSQL: how it is opened, and what it does otherwise than SQLite unless it is told.

Nothing here is for one table or another; what holds rows is in `holding`, what goes wrong in `unavailable`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql.base import PGTypeCompiler
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.storage.holding import READS_ONLY, Turn
from bot.storage.unavailable import opened

OLDEST = 14
"""The oldest version that is allowed; PostgreSQL gives each five years. Tests bring 16."""

_SETTINGS = {
    "application_name": "surveybot",
    "timezone": "UTC",
    "jit": "off",  # every statement here is short; compiling one takes longer than carrying it out
    "lock_timeout": "15s",  # as long as SQLite waits for its lock
    # A process that hangs gives its rows up, before those who wait for them are refused.
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "5",  # and a machine that is gone is missed within seconds
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}


WHILE_READING = "set local idle_in_transaction_session_timeout = '1h'"
"""What a transaction that reads says at its beginning: it holds no rows, and a release writes files in between."""


class _Lengthless(PGTypeCompiler):
    """Text without a limit. SQLite looks at no length, and the flows say what is too long: what a step has accepted
    must not fail when it is committed."""

    def visit_VARCHAR(self, type_: Any, **options: Any) -> str:  # noqa: ANN401, ARG002, N802  # SQLAlchemy's
        return "TEXT"


def open_server(url: str, *, keep: bool = True) -> AsyncEngine:
    """An engine for a database on a server; with `keep`, its connections are used again. Opens nothing."""
    more: dict[str, Any] = {} if keep else {"poolclass": NullPool}
    engine = create_async_engine(
        url,
        hide_parameters=True,
        json_deserializer=orjson.loads,
        connect_args={"timeout": 10, "server_settings": _SETTINGS, "prepared_statement_cache_size": 500},
        **more,
    )
    dialect: Any = engine.dialect
    dialect.type_compiler_instance = _Lengthless(dialect)
    return engine


def reading(engine: AsyncEngine) -> AsyncEngine:
    """The same connections, for transactions that see one state to their end and change nothing."""
    return engine.execution_options(**{"isolation_level": "REPEATABLE READ", READS_ONLY: True})


def looking(engine: AsyncEngine) -> AsyncEngine:
    """The same connections, for single statements without a transaction around them."""
    return engine.execution_options(**{"isolation_level": "AUTOCOMMIT", READS_ONLY: True})


async def faults_of(connection: AsyncConnection, *, words: bool = True) -> list[tuple[str, str]]:
    """What is wrong with a server for us: each with a remedy. `words`: whether what people say is kept there."""
    found = []
    version = int(await connection.scalar(text("select current_setting('server_version_num')")) or 0) // 10_000
    if version < OLDEST:
        found.append((f"the server is PostgreSQL {version}", f"use PostgreSQL {OLDEST} or newer"))
    encoding = await connection.scalar(text("select getdatabaseencoding()"))
    if words and encoding != "UTF8":
        remedy = "make the database anew: create database ... encoding 'UTF8' template template0"
        found.append((f"the database is in {encoding}, which cannot hold every language's words", remedy))
    if await connection.scalar(text("select current_setting('synchronous_commit')")) == "off":
        says = "the server says that a commit is there before it is on a disk (synchronous_commit = off)"
        found.append((says, "alter database ... set synchronous_commit = on, or take it out of what turns it off"))
    return found


async def keeps_from_making_tables(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Why this role may make no tables, with a remedy. From version 15 on, it may only where it owns the database."""
    if await connection.scalar(text("select has_schema_privilege(current_schema(), 'CREATE')")):
        return []
    names = text("select quote_ident(current_user) as role, quote_ident(current_database()) as name")
    row = (await connection.execute(names)).one()
    says = f"the role {row.role} may not make tables in the database {row.name}"
    return [(says, f"let it own the database: alter database {row.name} owner to {row.role} (docs/postgresql.md)")]


async def serving_here(connection: AsyncConnection) -> list[str]:
    """Where processes are that are taken for alive, by tables of whatever version."""
    if await connection.scalar(text("select to_regclass('processes')")) is None:
        return []
    found = await connection.scalars(text("select place from processes where alive_until >= now() order by id"))
    return list(found)


async def count_anew(connection: AsyncConnection) -> None:
    """Who is taken for alive for longer than anybody ever is said so when this server's clock was ahead: they are for
    as long as if they had said it just now. Whoever lives says so again within that."""
    now = "clock_timestamp()"  # and not that of a transaction which may have waited for its turn
    most = f"alive_until > {now} + interval '16 seconds'"
    update = f"update processes set alive_until = {now} + interval '8 seconds' where {most}"  # noqa: S608  # ours
    await connection.execute(text(update))


@asynccontextmanager
async def marked(url: str, turn: Turn, *, shared: bool) -> AsyncIterator[bool]:
    """Hold a mark on the server for as long as this lasts; whether it could be had. The server lets go of it when the
    connection ends, in any way. Raises StoreUnavailable.
    """
    engine = looking(open_server(url, keep=False))
    take = func.pg_try_advisory_lock_shared if shared else func.pg_try_advisory_lock
    try:
        async with opened(engine) as connection:
            yield bool(await connection.scalar(select(take(int(turn)))))
    finally:
        await engine.dispose()
