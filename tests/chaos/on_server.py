"""What goes wrong otherwise on PostgreSQL than with files, and what can go wrong there alone."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType
from typing import Any

import asyncpg
from support import stores
from support.ports import free_port
from support.running import Stored
from support.standby import Pair

from bot.errands import LEASE

from .plan import Kind, Trouble
from .troubles import ON_FILES, Way, World, start_second

_UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What whoever makes trouble meets where the server is in another one already."""

_TABLES = "select format('%I', tablename) from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"

_ROOM = """
create or replace function room_on_disk() returns trigger language plpgsql as $$
begin {whether} return null; end $$
"""
_NONE_LEFT = "raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';"

_TAKEN = """
create function witness.look() returns trigger language plpgsql as $$
begin
  if new.holder <> old.holder and exists (select from public.processes where id = old.holder) then
    insert into witness.taken values (tg_table_name || ': ' || old.kind);
  end if;
  return null;
end $$
"""

_TIME = "%Y-%m-%d %H:%M:%S+00"

_IN_HAND = "insert into schedule (kind, key, note, due_at, leased_until, holder) values ('fold', ?, 0, ?, ?, ?)"

_WRITABLE, _READ_ONLY = (f"default_transaction_read_only = {each}\n" for each in ("off", "on"))


def make_room_end_here(stored: Stored) -> None:
    """Have data and keys ask a function before each statement, which says later on that there is no room.

    A function can be put in another's place without waiting for whoever writes; a trigger cannot be made so.
    """
    for store in (stores.DATA, stores.KEYS):
        with stored.writing(store) as asked:
            asked.execute(_ROOM.format(whether=""))
            for (table,) in asked.execute(_TABLES).fetchall():
                asked.execute(
                    f"create trigger room before insert or update on {table} "
                    "for each statement execute function room_on_disk()"
                )


def watch_what_is_taken(stored: Stored) -> None:
    """Have the server write down what one bot takes out of the hands of another that lives."""
    with stored.writing(stores.DATA) as asked:
        asked.execute("create schema witness")
        asked.execute("create table witness.taken (what text not null)")
        asked.execute(_TAKEN)
        for table in ("schedule", "outbox"):
            asked.execute(
                f"create trigger taken after update of holder on {table} for each row execute function witness.look()"
            )


def have_something_in_hand(stored: Stored, clocks: Mapping[int, dt.datetime]) -> None:
    """Each bot, by its process id, something of the schedule that takes longer than a run: so there is always something
    to take. By its own clock, it has just been leased; nobody has such a chat, so that whoever inherits it is done."""
    for number, place in stored.rows("select id, place from processes"):
        now = clocks.get(int(place.split()[1]))
        if now is not None:
            with stored.writing(stores.DATA) as asked:
                asked.execute(_IN_HAND, (f"{number:032x}", f"{now:{_TIME}}", f"{now + LEASE:{_TIME}}", number))


def look_at_what_was_taken(stored: Stored) -> list[str]:
    """What one took that another had."""
    found = stored.rows("select what, count(*) from witness.taken group by what order by what")
    return [f"{count} of {what} was taken from a bot that lived" for what, count in found]


@asynccontextmanager
async def _connected(world: World, store: str) -> AsyncIterator[Any]:
    pair = _pair(world)
    connection = await asyncpg.connect(
        host=str(pair.address), user="postgres", database=stores.name_of(world.folder, store), timeout=5
    )
    try:
        yield connection
    finally:
        with suppress(*_UNREACHABLE):
            await connection.close(timeout=1)


def _pair(world: World) -> Pair:
    assert world.database is not None
    return world.database


def _store(trouble: Trouble) -> str:
    return stores.DATA if trouble.moment else stores.KEYS


async def _fill_disk(world: World, trouble: Trouble) -> None:
    for whether in (_NONE_LEFT, ""):
        with suppress(*_UNREACHABLE):
            await _say_whether_there_is_room(world, _store(trouble), whether)
        await asyncio.sleep(trouble.lasts if whether else 0)


async def _say_whether_there_is_room(world: World, store: str, whether: str) -> None:
    async with _connected(world, store) as connection:
        await connection.execute(_ROOM.format(whether=whether))


async def _take_permission(world: World, trouble: Trouble) -> None:
    """As a server does that has become one that only follows."""
    async with world.asking:
        await _pair(world).set(_READ_ONLY)
    await asyncio.sleep(trouble.lasts)
    async with world.asking:
        await _pair(world).set(_WRITABLE)


async def _lock(world: World, trouble: Trouble) -> None:
    """One table, of which others can only read: two would be a deadlock."""
    store = _store(trouble)
    table = "wraps" if store == stores.KEYS else "conversations"
    with suppress(*_UNREACHABLE):
        async with _connected(world, store) as connection, connection.transaction():
            await connection.execute("set local lock_timeout = '500ms'")
            await connection.execute(f"lock table {table} in exclusive mode")
            await asyncio.sleep(trouble.lasts)


async def _restart(world: World, trouble: Trouble) -> None:
    async with world.asking:
        await _pair(world).restart(trouble.lasts)


async def _fail_over(world: World, trouble: Trouble) -> None:
    async with world.asking:
        if _pair(world).is_followed:
            await _pair(world).fail_over()
        else:
            await _pair(world).restart(trouble.lasts)


async def _hang_up(world: World, _trouble: Trouble) -> None:
    async with world.asking:
        with suppress(*_UNREACHABLE):
            async with _connected(world, stores.DATA) as connection:
                await connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where backend_type = 'client backend' and pid <> pg_backend_pid()"
                )


async def _stall(world: World, trouble: Trouble) -> None:
    async with world.asking:
        await _pair(world).stall(trouble.lasts)


async def _start_another(world: World, trouble: Trouble) -> None:
    """By webhook it takes its part of the work, at an address of its own."""
    more = {} if len(world.wires) == 1 else {"listen": f"127.0.0.1:{free_port()}"}
    await start_second(world, trouble, **more)


async def calm_down(world: World) -> None:
    """Nothing goes wrong with the server any more."""
    async with world.asking:
        await _pair(world).set(_WRITABLE)
    for store in (stores.DATA, stores.KEYS):
        await _say_whether_there_is_room(world, store, "")


ON_SERVER: Mapping[Kind, Way] = MappingProxyType(
    {
        **ON_FILES,
        Kind.DISK_FULL: _fill_disk,
        Kind.READ_ONLY: _take_permission,
        Kind.LOCKED: _lock,
        Kind.SECOND: _start_another,
        Kind.RESTART: _restart,
        Kind.FAILOVER: _fail_over,
        Kind.HUNG_UP: _hang_up,
        Kind.STALLED: _stall,
    }
)
