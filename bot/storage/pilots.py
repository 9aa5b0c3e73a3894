"""Pilots: what was begun, how many have agreed, and the counters around it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import JSON, Integer, String, cast, func, insert, literal, null, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.conversations import Overtaken
from bot.storage.tables import broadcasts, card_pauses, halts, pilots, sign_offs
from flows.broadcasts import ENDED, BroadcastState
from flows.grading import Paused
from flows.halts import Halts, Scope
from flows.pilots import OpenPilot, Pilot, Tallied

IS_FULL = "the pilot is full"
"""Why invites to a collection end once as many have agreed as its pilot is for."""

BROKEN_OFF = "the pilot was broken off"
"""Why its own invites end once it was ended before it was full."""

_GOING_ON = select(
    pilots.c.id,
    pilots.c.collection,
    pilots.c.regions,
    pilots.c.people,
    pilots.c.agreed,
    cast(null(), String),
    cast(null(), String),
).where(pilots.c.ended_at.is_(None))
_HALTED = select(
    cast(null(), Integer), halts.c.collection, cast(null(), JSON), cast(null(), Integer), cast(null(), Integer),
    halts.c.territory, cast(null(), String),
)  # fmt: skip
_PAUSED = select(
    cast(null(), Integer), card_pauses.c.collection, cast(null(), JSON), cast(null(), Integer), cast(null(), Integer),
    cast(null(), String), card_pauses.c.language,
)  # fmt: skip
_WORDS = -1
"""Stands where a pilot has how many have agreed: rows may come in any order."""
_SIGNED = select(
    cast(null(), Integer), cast(null(), String), cast(null(), JSON), func.max(sign_offs.c.id), literal(_WORDS, Integer),
    cast(null(), String), cast(null(), String),
)  # fmt: skip
_STANDING = union_all(_GOING_ON, _HALTED, _PAUSED, _SIGNED)


class Standing(NamedTuple):
    """What says who may begin and go on just now, by whichever process it was said."""

    halts: Halts
    pilots: tuple[OpenPilot, ...]
    """Those that go on."""
    paused: Paused
    """Languages in which nobody new is asked."""
    newest_word: int
    """The number of the newest word of a reviewer; 0 where there is none."""


async def standing(connection: AsyncConnection) -> Standing:
    """What is halted, which pilots go on, which languages are paused, and whether a reviewer has said anything.

    Read anew for each step, in one statement.
    """
    found = (await connection.execute(_STANDING)).all()
    [words], rows = [row for row in found if row[4] == _WORDS], [row for row in found if row[4] != _WORDS]
    going_on = tuple(OpenPilot(row[0], row[1], tuple(row[2]), row[3], row[4]) for row in rows if row[0] is not None)
    others = [row for row in rows if row[0] is None]
    halted = frozenset(Scope(row[1], row[5]) for row in others if row[6] is None)
    paused = frozenset((row[1], row[6]) for row in others if row[6] is not None)
    return Standing(halted, going_on, paused, words[3] or 0)


async def agree(
    connection: AsyncConnection, more: Counter[int], going_on: Iterable[OpenPilot], now: dt.datetime
) -> None:
    """Count who has agreed in a pilot, and end invites to what is full with it.

    Raises Overtaken where another process has given the last places away.
    """
    for pilot in going_on:
        if not more[pilot.id]:
            continue
        count = pilots.c.agreed + more[pilot.id]
        fits = update(pilots).where(pilots.c.id == pilot.id, count <= pilots.c.people, pilots.c.ended_at.is_(None))
        if (await connection.execute(fits.values(agreed=count))).rowcount != 1:
            raise Overtaken
        if pilot.agreed + more[pilot.id] >= pilot.people:
            ended = {"state": BroadcastState.CANCELLED.value, "ended_at": now, "why": IS_FULL}
            still = broadcasts.c.state.not_in([state.value for state in ENDED])
            rest = update(broadcasts).where(broadcasts.c.collection == pilot.collection, still)
            await connection.execute(rest.where(broadcasts.c.any_hour.is_(False)).values(ended))


async def begin(connection: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Write a pilot that goes on from now; its id."""
    written = await connection.execute(insert(pilots).values(agreed=0, **values))
    assert written.inserted_primary_key is not None  # noqa: S101  # one row was inserted
    return int(written.inserted_primary_key[0])


async def end(connection: AsyncConnection, pilot: int, by: str, at: dt.datetime, after: Tallied) -> bool:
    """Whether it went on until now."""
    going_on = update(pilots).where(pilots.c.id == pilot, pilots.c.ended_at.is_(None))
    values = {"ended_by": by, "ended_at": at, "after": _plain(after)}
    return (await connection.execute(going_on.values(values))).rowcount == 1


async def every(connection: AsyncConnection) -> list[Pilot]:
    """All of them, oldest first."""
    rows = await connection.execute(select(pilots).order_by(pilots.c.id))
    return [Pilot(**{**row, "regions": tuple(row["regions"])}) for row in map(dict[str, Any], rows.mappings())]


def _plain(tallied: Tallied) -> dict[str, dict[str, int]]:
    return {territory: dict(counts) for territory, counts in tallied.items()}


def row_of(
    collection: str, regions: Sequence[str], people: int, by: str, at: dt.datetime, before: Tallied
) -> dict[str, Any]:
    """The row of a pilot that begins."""
    begun = {"begun_by": by, "begun_at": at, "before": _plain(before)}
    return {"collection": collection, "regions": list(regions), "people": people, **begun}
