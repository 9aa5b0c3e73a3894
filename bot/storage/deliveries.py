"""Deliveries: one row a recipient, and how each comes to its end.

A delivery is pending, leased (in hand, nothing was sent), sending (it is about to leave, or has left), and then one of
delivered, unreachable, unknown and cancelled. One that is *held* waits until what its reader reads is signed off again.
`sending` is committed before anything leaves; whoever finds it after a crash cannot know whether it arrived, and so it
is *unknown* and never repeated.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import broadcasts as stored
from bot.storage import tallies
from bot.storage.entitlements import day_of
from bot.storage.holding import held, is_server
from bot.storage.tables import (
    Sealed,
    broadcasts,
    consent_records,
    contact_permissions,
    conversations,
    deliveries,
    halts,
    sign_offs,
)
from flows.broadcasts import BroadcastState


class DeliveryState(StrEnum):
    """How one delivery stands."""

    PENDING = "pending"
    HELD = "held"
    """For somebody who reads a language that is not signed off, or in which a card is not understood; pending again
    once that is settled."""
    LEASED = "leased"
    SENDING = "sending"
    DELIVERED = "delivered"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


ENDS = (DeliveryState.DELIVERED, DeliveryState.UNREACHABLE, DeliveryState.UNKNOWN, DeliveryState.CANCELLED)

NOT_SENT = [DeliveryState.PENDING.value, DeliveryState.HELD.value, DeliveryState.LEASED.value]
"""States of what surely has not left."""
_TOGETHER = 500
"""Rows that one statement names: SQLite takes 32,766 values at most, older ones 999."""

CLEARED_TOGETHER = 2_000
"""Rows of a cancelled broadcast that one transaction ends: the one writer is never held for long."""


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery in hand, with what its chat's row says."""

    position: int
    chat: bytes = field(repr=False)
    key_id: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    region: str


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of one that was sending. Back to pending where it surely did not arrive."""

    position: int
    state: DeliveryState
    sealed: bytes | None = field(default=None, repr=False)
    region: str = ""
    """Where it arrived, where that is counted."""


async def put(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write down recipients: broadcast, position, chat, region, at."""
    if rows:
        await connection.execute(insert(deliveries).values(state=DeliveryState.PENDING.value, sealed=None), rows)


async def discard(connection: AsyncConnection, broadcast: int, below: int) -> None:
    """Take out recipients of a broadcast that was given up before anything was sent, those below a position."""
    mine = deliveries.c.broadcast == broadcast
    await connection.execute(delete(deliveries).where(mine, deliveries.c.position < below))


async def discard_some(connection: AsyncConnection, broadcast: int) -> bool:
    """Take out some recipients of a broadcast that nobody went on with; whether there were any."""
    first = await connection.scalar(select(func.min(deliveries.c.position)).where(deliveries.c.broadcast == broadcast))
    if first is not None:
        await discard(connection, broadcast, first + CLEARED_TOGETHER)
    return first is not None


async def waiting_regions(connection: AsyncConnection, broadcast: int) -> set[str]:
    """Regions with somebody who is still to get it."""
    mine = and_(deliveries.c.broadcast == broadcast, deliveries.c.state == DeliveryState.PENDING.value)
    found: set[str] = set()
    after = ""
    while True:  # a step a region, where DISTINCT would read every row
        query = select(func.min(deliveries.c.region)).where(mine, deliveries.c.region > after)
        after = await connection.scalar(query) or ""
        if not after:
            return found
        found.add(after)


def text_of(state: DeliveryState) -> Any:  # noqa: ANN401  # a literal of SQL
    """A state as SQL's own text: SQLite uses a partial index only where the query names the same literal."""
    return bindparam(None, state.value, literal_execute=True)


def pending_of(broadcast: int, region: str | None) -> Select[int]:
    """Pending ones of a region, or of all: whatever is pending has one."""
    return select(deliveries.c.position).where(
        deliveries.c.broadcast == broadcast,
        deliveries.c.region > "" if region is None else deliveries.c.region == region,
        deliveries.c.state == text_of(DeliveryState.PENDING),
    )


_LIVES_IN = (
    select(consent_records.c.territory)
    .select_from(contact_permissions)
    .outerjoin(consent_records, consent_records.c.id == contact_permissions.c.record)
    .where(contact_permissions.c.chat == deliveries.c.chat)
    .order_by(contact_permissions.c.given_at.desc(), contact_permissions.c.collection.desc())
    .limit(1)
    .scalar_subquery()
)
"""By the newest consent that allows an invite, as people were chosen by (`bot.storage.audiences`); nothing where none
does."""


async def lease(
    connection: AsyncConnection,
    broadcast: int,
    region: str,
    limit: int,
    now: dt.datetime,
    holder: int | None = None,
    *,
    stands_so: ColumnElement[bool] = true(),  # noqa: B008  # never altered
) -> list[Leased]:
    """Take some in hand. Who may not be written to any more is cancelled, whatever became of them meanwhile, and so is
    who stands otherwise in the collection by now (`bot.storage.audiences.stands_so`); who lives elsewhere is left for
    there."""
    pending = pending_of(broadcast, region).limit(limit)
    positions: Any = await _held_positions(connection, pending) if is_server(connection) else pending
    query = (
        select(deliveries.c.position, deliveries.c.chat, conversations.c.key_id, conversations.c.sealed)
        .add_columns(and_(conversations.c.reachable, ~conversations.c.ending, stands_so), _LIVES_IN)
        .select_from(deliveries)
        .outerjoin(conversations, conversations.c.chat == deliveries.c.chat)
        .where(deliveries.c.broadcast == broadcast, deliveries.c.position.in_(positions))
    )
    found = (await connection.execute(query)).all()
    taken = [Leased(row[0], row[1], row[2], row[3], region) for row in found if row[4] and row[5] == region]
    moved = [row[1] for row in found if row[4] and row[5] not in {None, region}]
    gone = [row[0] for row in found if not row[4] or row[5] is None]
    await _set(connection, broadcast, [each.position for each in taken], DeliveryState.LEASED, now, holder=holder)
    await _set(connection, broadcast, gone, DeliveryState.CANCELLED, now, region=None)
    await stored.count(connection, broadcast, {"cancelled": len(gone)})
    await follow(connection, moved, now)
    return taken


async def _held_positions(connection: AsyncConnection, pending: Select[int]) -> Sequence[int]:
    """Pending ones that no other process has in hand or is taking just now."""
    return (await connection.scalars(held(connection, pending, skip_others=True))).all()


async def _set(
    connection: AsyncConnection,
    broadcast: int,
    positions: Sequence[int],
    state: DeliveryState,
    now: dt.datetime,
    **values: Any,  # noqa: ANN401  # columns
) -> None:
    for start in range(0, len(positions), _TOGETHER):
        some = positions[start : start + _TOGETHER]
        query = update(deliveries).where(deliveries.c.broadcast == broadcast, deliveries.c.position.in_(some))
        await connection.execute(query.values(state=state.value, at=now, **values))


def _held_by(holder: int | None) -> ColumnElement[bool]:
    """Of several processes, what is in the hands of one; with one alone, whatever is in hand is its own."""
    return deliveries.c.holder == holder if holder is not None else true()


@cache
def _begins(*, held: bool) -> Any:  # noqa: ANN401  # SQLAlchemy's type of an update that returns
    """`begin_sending` as a statement, put together once: at a paid rate it is made a hundred times a second."""
    broadcast, region = bindparam("b_broadcast", type_=Integer()), bindparam("b_region", type_=String())
    halted = select(halts.c.id).where(
        or_(halts.c.territory.is_(None), halts.c.territory == deliveries.c.region),
        or_(halts.c.collection.is_(None), halts.c.collection == broadcasts.c.collection),
        broadcasts.c.id == broadcast,
    )
    running = select(broadcasts.c.id).where(
        broadcasts.c.id == broadcast, broadcasts.c.state == BroadcastState.RUNNING.value
    )
    newest_word = bindparam("b_newest_word", type_=Integer())
    return (
        update(deliveries)
        .where(
            deliveries.c.broadcast == broadcast,
            deliveries.c.position.in_(bindparam("b_positions", expanding=True)),
            deliveries.c.state == DeliveryState.LEASED.value,
            deliveries.c.region == region,
            deliveries.c.holder == bindparam("b_holder", type_=Integer()) if held else true(),
            exists(running),
            ~exists(halted.correlate(deliveries)),
            ~exists(select(sign_offs.c.id).where(sign_offs.c.id > newest_word)),
        )
        .values(state=DeliveryState.SENDING.value, at=bindparam("b_now", type_=deliveries.c.at.type))
        .returning(deliveries.c.position)
    )


def begin_sending(
    connection: Connection,
    place: tuple[int, str],
    positions: Sequence[int],
    now: dt.datetime,
    newest_word: int,
    holder: int | None = None,
) -> list[int]:
    """Say that these of a broadcast are about to leave, as they were made ready for a region; those that may: still in
    hand, of somebody who still lives there, of a broadcast that is still running, where nothing has been halted, and no
    reviewer has said anything since `newest_word`."""
    broadcast, region = place
    values = {"b_broadcast": broadcast, "b_region": region, "b_positions": list(positions), "b_now": now}
    of_one = {} if holder is None else {"b_holder": holder}
    statement = _begins(held=holder is not None)
    return list(connection.scalars(statement, {**values, "b_newest_word": newest_word, **of_one}))


def let_go(
    connection: Connection, broadcast: int, positions: Sequence[int], now: dt.datetime, holder: int | None = None
) -> None:
    """Nothing of these was sent: they are to be taken in hand again later. Those cancelled meanwhile stay so."""
    for start in range(0, len(positions), _TOGETHER):
        some = positions[start : start + _TOGETHER]
        connection.execute(_leased(broadcast, some, holder).values(state=DeliveryState.PENDING.value, at=now))


_END = (
    update(deliveries)
    .where(
        deliveries.c.broadcast == bindparam("b_broadcast"),
        deliveries.c.position == bindparam("b_position"),
        deliveries.c.state == DeliveryState.SENDING.value,
    )
    .values(
        state=bindparam("b_state"),
        at=bindparam("b_at"),
        region=None,
        # Whoever has left meanwhile is only counted.
        sealed=case((deliveries.c.chat.is_(None), null()), else_=bindparam("b_sealed", type_=Sealed())),
    )
)
_BACK = (
    update(deliveries)
    .where(
        deliveries.c.broadcast == bindparam("b_broadcast"),
        deliveries.c.position == bindparam("b_position"),
        deliveries.c.state == DeliveryState.SENDING.value,
    )
    # Whoever may not be written to any more has no region: it was taken away while this was under way.
    .values(
        state=case((deliveries.c.region.is_(None), DeliveryState.CANCELLED.value), else_=DeliveryState.PENDING.value),
        at=bindparam("b_at"),
    )
)


def end(
    connection: Connection,
    broadcast: int,
    endings: Sequence[Ending],
    now: dt.datetime,
    holder: int | None = None,
    *,
    again: bool = False,
) -> None:
    """What became of those that were sending. Of several processes, of those that the caller still has; `again`, where
    that may be written already."""
    if holder is not None or again:
        still = _still_sending(connection, broadcast, [each.position for each in endings], holder)
        endings = [each for each in endings if each.position in still]
    came_back = [each.position for each in endings if each.state is DeliveryState.PENDING]
    ended = [each for each in endings if each.state is not DeliveryState.PENDING]
    if ended:
        rows = [
            {"b_broadcast": broadcast, "b_position": e.position, "b_state": e.state.value, "b_at": now,
             "b_sealed": e.sealed}
            for e in ended
        ]  # fmt: skip
        connection.execute(_END, rows)
        stored.count_in(connection, broadcast, Counter(each.state.value for each in ended))
        arrived = Counter(each.region for each in ended if each.state is DeliveryState.DELIVERED)
        tallies.count_invited(connection, broadcast, arrived)
    if came_back:
        stopped = connection.scalar(
            select(func.count()).where(
                deliveries.c.broadcast == broadcast,
                deliveries.c.position.in_(came_back),
                deliveries.c.region.is_(None),
            )
        )
        connection.execute(_BACK, [{"b_broadcast": broadcast, "b_position": p, "b_at": now} for p in came_back])
        stored.count_in(connection, broadcast, {"cancelled": int(stopped or 0)})


def _still_sending(connection: Connection, broadcast: int, positions: Sequence[int], holder: int | None) -> set[int]:
    """A process that was taken for dead had what it was sending counted as unknown by another, and a commit whose
    answer was lost may have been carried out."""
    query = select(deliveries.c.position).where(
        deliveries.c.broadcast == broadcast,
        deliveries.c.position.in_(positions),
        deliveries.c.state == DeliveryState.SENDING.value,
        _held_by(holder),
    )
    return set(connection.scalars(query.with_for_update())) if positions else set()


def settle_and_begin(
    connection: Connection,
    endings: Mapping[int, Sequence[Ending]],
    beginning: Mapping[tuple[int, str], Sequence[int]],
    now: dt.datetime,
    newest_word: int,
    holder: int | None = None,
    *,
    again: bool = False,
) -> set[tuple[int, int]]:
    """What became of some (`again`: that may be written already), and others that are about to leave, by broadcast and
    region; broadcast and position of those that may.

    Who may not, since the broadcast was paused, something was halted or is no longer signed off, or the person has
    stopped or moved, is let go.
    """
    may: set[tuple[int, int]] = set()
    for broadcast, ended in endings.items():
        end(connection, broadcast, ended, now, holder, again=again)
    for (broadcast, region), positions in beginning.items():
        leaving = set(begin_sending(connection, (broadcast, region), positions, now, newest_word, holder))
        may |= {(broadcast, position) for position in leaving}
        let_go(connection, broadcast, [each for each in positions if each not in leaving], now, holder)
    return may


async def hold(
    connection: AsyncConnection, broadcast: int, positions: Sequence[int], now: dt.datetime, holder: int | None = None
) -> None:
    """These were in hand, and nobody new is asked in what their readers read just now."""
    leased = _leased(broadcast, positions, holder)
    await connection.execute(leased.values(state=DeliveryState.HELD.value, at=now))


async def hold_no_longer(connection: AsyncConnection, now: dt.datetime, broadcast: int | None = None) -> None:
    """Whatever was held, of one broadcast or of all, waits as before: something has been signed, or is given up."""
    query = update(deliveries).where(deliveries.c.state == text_of(DeliveryState.HELD))
    mine = query if broadcast is None else query.where(deliveries.c.broadcast == broadcast)
    await connection.execute(mine.values(state=DeliveryState.PENDING.value, at=now))


async def cancel_leased(
    connection: AsyncConnection, broadcast: int, positions: Sequence[int], now: dt.datetime, holder: int | None = None
) -> None:
    """These were in hand, and whoever they are for is gone or wants nothing any more."""
    leased = _leased(broadcast, positions, holder)
    written = await connection.execute(leased.values(state=DeliveryState.CANCELLED.value, at=now, region=None))
    await stored.count(connection, broadcast, {"cancelled": written.rowcount})


def _leased(broadcast: int, positions: Sequence[int], holder: int | None) -> Update:
    """Those of some that are still leased, by this process: what they become is for the caller to say."""
    return update(deliveries).where(
        deliveries.c.broadcast == broadcast,
        deliveries.c.position.in_(positions),
        deliveries.c.state == DeliveryState.LEASED.value,
        _held_by(holder),
    )


IN_HAND = select(deliveries.c.broadcast, deliveries.c.position, deliveries.c.state, deliveries.c.holder).where(
    deliveries.c.state.in_([text_of(DeliveryState.LEASED), text_of(DeliveryState.SENDING)])
)
"""Of all broadcasts, what is leased or sending."""


async def in_hand_of(connection: AsyncConnection, holder: int | None) -> list[tuple[tuple[int, int], DeliveryState]]:
    """Broadcast, position and state of what is leased or sending: of one process; where there is one alone, of all."""
    found = await connection.execute(IN_HAND.where(_held_by(holder)))
    return [((broadcast, position), DeliveryState(state)) for broadcast, position, state, _ in found]


async def is_in_hand(connection: AsyncConnection, broadcast: int) -> bool:
    """Whether something of a broadcast is leased or sending, by whichever process."""
    found = await connection.execute(IN_HAND.where(deliveries.c.broadcast == broadcast).limit(1))
    return found.first() is not None


async def take_over(connection: AsyncConnection, now: dt.datetime, holders: Sequence[int] | None = None) -> int:
    """After processes that died, by default all: what they had in hand goes again, what was sending is unknown; how
    many are."""
    query = IN_HAND if holders is None else IN_HAND.where(deliveries.c.holder.in_(holders))
    found = (await connection.execute(query)).all()
    for broadcast in sorted({row[0] for row in found}):
        mine = [row for row in found if row[0] == broadcast]
        leased = [row[1] for row in mine if row[2] == DeliveryState.LEASED.value]
        await connection.run_sync(let_go, broadcast, leased, now)
        sending = [Ending(row[1], DeliveryState.UNKNOWN) for row in mine if row[2] == DeliveryState.SENDING.value]
        await connection.run_sync(end, broadcast, sending, now)
    return sum(row[2] == DeliveryState.SENDING.value for row in found)


async def cancel_for(connection: AsyncConnection, chats: Sequence[bytes], now: dt.datetime) -> None:
    """Nothing unasked goes to these chats any more. What is just leaving leaves, and does so once."""
    await _cancel(connection, chats, now)


async def follow(connection: AsyncConnection, chats: Sequence[bytes], now: dt.datetime) -> None:
    """What is still to be sent to these chats goes by where their people live now: it waits for that region, or is
    cancelled where the broadcast was not planned for it, or nothing allows an invite any more."""
    for start in range(0, len(chats), _TOGETHER):
        query = _not_settled(chats[start : start + _TOGETHER])
        places: dict[tuple[int, str | None], list[int]] = {}
        for broadcast, position, before, audience, lives_in in await connection.execute(query):
            region = lives_in if lives_in is not None and stored.is_for(audience, lives_in) else None
            if region is None or region != before:
                places.setdefault((broadcast, region), []).append(position)
        for (broadcast, region), positions in places.items():
            await _move(connection, broadcast, positions, region, now)


def _not_settled(chats: Sequence[bytes]) -> Select[Any]:
    """What may still be sent to some chats, or may yet come back, and where each of them lives."""
    columns = (deliveries.c.broadcast, deliveries.c.position, deliveries.c.region, broadcasts.c.audience, _LIVES_IN)
    return (
        select(*columns)
        .join(broadcasts, broadcasts.c.id == deliveries.c.broadcast)
        .where(deliveries.c.chat.in_(chats), deliveries.c.state.in_([*NOT_SENT, DeliveryState.SENDING.value]))
    )


async def _move(
    connection: AsyncConnection, broadcast: int, positions: Sequence[int], region: str | None, now: dt.datetime
) -> None:
    """To a region, or nowhere. What was opened for the one before is opened anew; what is just leaving leaves."""
    mine = update(deliveries).where(deliveries.c.broadcast == broadcast, deliveries.c.position.in_(positions))
    state = DeliveryState.CANCELLED if region is None else DeliveryState.PENDING
    waiting = mine.where(deliveries.c.state.in_(NOT_SENT))
    written = await connection.execute(waiting.values(state=state.value, at=now, region=region))
    if region is None:
        await stored.count(connection, broadcast, {"cancelled": written.rowcount})
    leaving = mine.where(deliveries.c.state == DeliveryState.SENDING.value)
    await connection.execute(leaving.values(region=region))


async def forget(connection: AsyncConnection, chats: Sequence[bytes], now: dt.datetime) -> None:
    """These chats are forgotten: what they got is only counted from now on."""
    await _cancel(connection, chats, now)
    for start in range(0, len(chats), _TOGETHER):
        some = chats[start : start + _TOGETHER]
        await _keep_days_of_cancelled(connection, some)
        theirs = update(deliveries).where(deliveries.c.chat.in_(some))
        await connection.execute(theirs.values(chat=None, sealed=None, region=None))


_ON_A_DAY = (
    update(deliveries)
    .where(deliveries.c.broadcast == bindparam("b_broadcast"), deliveries.c.position == bindparam("b_position"))
    .values(at=bindparam("b_at"))
)


async def _keep_days_of_cancelled(connection: AsyncConnection, chats: Sequence[bytes]) -> None:
    """What somebody ended themselves ended at the moment of their word, which stands beside a pseudonym; and of a row
    without a chat, those beside it say about whose it was."""
    query = select(deliveries.c.broadcast, deliveries.c.position, deliveries.c.at)
    cancelled = query.where(deliveries.c.chat.in_(chats), deliveries.c.state == DeliveryState.CANCELLED.value)
    rows = (await connection.execute(cancelled)).all()
    if rows:
        days = [{"b_broadcast": each.broadcast, "b_position": each.position, "b_at": day_of(each.at)} for each in rows]
        await connection.execute(_ON_A_DAY, days)


async def _cancel(connection: AsyncConnection, chats: Sequence[bytes], now: dt.datetime) -> None:
    for start in range(0, len(chats), _TOGETHER):
        theirs = deliveries.c.chat.in_(chats[start : start + _TOGETHER])
        query = update(deliveries).where(theirs, deliveries.c.state.in_(NOT_SENT))
        ended = await connection.scalars(
            query.values(state=DeliveryState.CANCELLED.value, at=now, region=None).returning(deliveries.c.broadcast)
        )
        for broadcast, number in Counter(ended).items():
            await stored.count(connection, broadcast, {"cancelled": number})
        leaving = update(deliveries).where(theirs, deliveries.c.state == DeliveryState.SENDING.value)
        await connection.execute(leaving.values(region=None))


async def clear_cancelled(connection: AsyncConnection, broadcast: int, now: dt.datetime) -> int:
    """End some of what a cancelled broadcast had pending; how many."""
    await hold_no_longer(connection, now, broadcast)
    # Another process may be taking some of them in hand just now, and counts whom it finds gone.
    pending = held(connection, pending_of(broadcast, None).limit(CLEARED_TOGETHER))
    positions = list(await connection.scalars(pending))
    await _set(connection, broadcast, positions, DeliveryState.CANCELLED, now, region=None)
    await stored.count(connection, broadcast, {"cancelled": len(positions)})
    return len(positions)


async def messages_of(connection: AsyncConnection, chats: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Invites that may stand in these chats: chat, and the message's number, sealed."""
    query = select(deliveries.c.chat, deliveries.c.sealed).where(
        deliveries.c.chat.in_(chats), deliveries.c.sealed.is_not(None)
    )
    return [(row[0], row[1]) for row in await connection.execute(query)]


async def forget_old(connection: AsyncConnection, now: dt.datetime, kept: dt.timedelta) -> bool:
    """Whom a broadcast reached that ended so long ago is nobody's concern any more; what it came to stays counted. Some
    of them, and whether there may be others."""
    over = select(broadcasts.c.id).where(broadcasts.c.ended_at < now - kept)
    some = (
        select(deliveries.c.broadcast, deliveries.c.position)
        .where(deliveries.c.broadcast.in_(over))
        .order_by(deliveries.c.broadcast, deliveries.c.position)
        .limit(CLEARED_TOGETHER)
    )
    rows = (await connection.execute(some)).all()
    for broadcast in {row[0] for row in rows}:
        most = max(row[1] for row in rows if row[0] == broadcast)
        await discard(connection, broadcast, most + 1)
    return len(rows) == CLEARED_TOGETHER
