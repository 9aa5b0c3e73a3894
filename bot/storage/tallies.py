"""Bare counters of a collection's funnel, by territory: nothing in them points at a person or an answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Integer, String, bindparam, literal, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import broadcasts, tallies
from flows.tallies import INVITED

Tally = tuple[str, str, str]
"""A collection, a territory, and what is counted, in the words of `flows.tallies`."""


async def add(connection: AsyncConnection, changes: Counter[Tally]) -> None:
    """Add to the counters; no statement where there is nothing to add."""
    # In one order for everybody, so that no two processes wait for each other's rows.
    rows = [
        {"collection": collection, "territory": territory, "what": what, "count": more}
        for (collection, territory, what), more in sorted(changes.items())
        if more
    ]
    if not rows:
        return
    await connection.execute(_ADD[connection.dialect.name], rows)


def _added(query: Any) -> Any:  # noqa: ANN401  # two dialects, one shape
    """Rows are added to those that are there."""
    return query.on_conflict_do_update(
        index_elements=["collection", "territory", "what"], set_={"count": tallies.c.count + query.excluded.count}
    )


_ADD = {"sqlite": _added(sqlite_insert(tallies)), "postgresql": _added(postgresql_insert(tallies))}


def _invited(maker: Any) -> Any:  # noqa: ANN401  # two dialects, one shape
    """Add to the invites that arrived in a territory, of whichever collection a broadcast is for."""
    arrived = (bindparam("b_territory", type_=String()), literal(INVITED), bindparam("b_count", type_=Integer()))
    row = select(broadcasts.c.collection, *arrived).where(broadcasts.c.id == bindparam("b_broadcast"))
    return _added(maker(tallies).from_select(["collection", "territory", "what", "count"], row))


_INVITED = {"sqlite": _invited(sqlite_insert), "postgresql": _invited(postgresql_insert)}


def count_invited(connection: Connection, broadcast: int, arrived: Mapping[str, int]) -> None:
    """So many more invites of a broadcast have arrived, by territory; for who writes in one go."""
    # In one order for everybody, as above.
    counts = sorted((territory, count) for territory, count in arrived.items() if territory)
    rows = [{"b_broadcast": broadcast, "b_territory": where, "b_count": count} for where, count in counts]
    if rows:
        connection.execute(_INVITED[connection.dialect.name], rows)


async def tallied(connection: AsyncConnection, collection: str) -> Mapping[str, Counter[str]]:
    """A collection's counters: territory -> what -> count."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    rows = await connection.execute(select(tallies).where(tallies.c.collection == collection))
    for row in rows.mappings():
        found[row["territory"]][row["what"]] = row["count"]
    return found
