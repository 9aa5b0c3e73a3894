"""Who may be invited: everybody who agreed to something, some at a time, each with the reason why not, or none.

Region comes from the consent record that allows the invite, which says it in clear; the language is sealed, and read by
whoever asks for it (`bot.broadcasts.audience`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, null, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.deliveries import NOT_SENT, DeliveryState
from bot.storage.holding import Turn, in_turn
from bot.storage.tables import (
    broadcasts,
    consent_records,
    contact_permissions,
    contributions,
    conversations,
    deliveries,
)
from flows.broadcasts import ENDED, Broadcast, Reason

TOGETHER = 2_000
"""People that are looked at together: few enough that memory does not grow with how many there are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is asked for. `finished`: None for who is not in the collection yet, True for who submitted, False for who
    began and did not; `everybody` leaves all that out."""

    collection: str
    regions: tuple[str, ...]
    """Those that are asked for."""
    open_regions: tuple[str, ...]
    finished: bool | None = None
    in_it_too: bool = False
    """Whether being in the collection keeps nobody out."""
    last_invited_before: dt.datetime | None = None
    never_invited: bool = False
    most: int | None = None
    """So many invites that somebody had at most, since `since`."""
    since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who agreed to something. `why_not` is None where nothing stands against it."""

    chat: bytes = field(repr=False)
    key_id: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    why_not: Reason | None
    region: str | None


async def people(database: Database, wanted: Wanted, now: dt.datetime) -> AsyncIterator[list[Person]]:
    """Everybody, some at a time, in the order of their chats. Each some is read by itself, so that nobody waits."""
    after = b""
    reasons = {reason.value: reason for reason in Reason}
    while True:
        async with database.read() as connection:
            rows = (await connection.execute(_query(wanted, now, after))).all()
        if not rows:
            return
        after = rows[-1][0]
        yield [Person(row[0], row[1], row[2], reasons.get(row[3]), row[4]) for row in rows]


def _query(wanted: Wanted, now: dt.datetime, after: bytes) -> Select[Any]:
    chat, permission, record = conversations.c.chat, contact_permissions.c, consent_records.c
    reason = case(*[(condition, literal(why.value)) for why, condition in _against(wanted, now)], else_=null())
    agreed = exists().where(contributions.c.chat == chat, contributions.c.record.is_not(None))
    return (
        select(chat, conversations.c.key_id, conversations.c.sealed, reason, record.territory)
        .select_from(conversations)
        .outerjoin(contact_permissions, and_(permission.chat == chat, ~_newer_permission()))
        .outerjoin(consent_records, record.id == permission.record)
        .where(chat > after, agreed)
        .order_by(chat)
        .limit(TOGETHER)
    )


def _newer_permission() -> ColumnElement[bool]:
    """Somebody who agreed twice is written to under the newer consent: that says where they live now."""
    other, this = contact_permissions.alias("other"), contact_permissions.c
    newer = or_(
        other.c.given_at > this.given_at,
        and_(other.c.given_at == this.given_at, other.c.collection > this.collection),
    )
    return exists().where(other.c.chat == this.chat, newer)


def _against(wanted: Wanted, now: dt.datetime) -> list[tuple[Reason, ColumnElement[bool]]]:
    territory = consent_records.c.territory
    found: list[tuple[Reason, ColumnElement[bool]]] = [
        (
            Reason.NOT_AGREED,
            or_(consent_records.c.id.is_(None), consent_records.c.expires_at <= now, conversations.c.ending),
        ),
        (Reason.UNREACHABLE, ~conversations.c.reachable),
        (Reason.OTHER_REGION, territory.not_in(wanted.regions)),
        (Reason.CLOSED_REGION, territory.not_in(wanted.open_regions)),
        *_standing(wanted.collection, finished=wanted.finished, in_it_too=wanted.in_it_too),
    ]
    return found + _invited_before(wanted)


def _invited_before(wanted: Wanted) -> list[tuple[Reason, ColumnElement[bool]]]:
    """How somebody was invited by now, to whatever it was."""
    found: list[tuple[Reason, ColumnElement[bool]]] = []
    if wanted.never_invited:
        found.append((Reason.LATELY, exists().where(_invited())))
    elif wanted.last_invited_before is not None:
        found.append((Reason.LATELY, exists().where(_invited_since(wanted.last_invited_before))))
    if wanted.most is not None and wanted.since is not None:
        often = select(func.count()).where(_invited_since(wanted.since)).scalar_subquery()
        found.append((Reason.OFTEN, often >= wanted.most))
    return found


async def invited_meanwhile(connection: AsyncConnection, wanted: Wanted, chats: Sequence[bytes]) -> dict[bytes, Reason]:
    """Who of them has been written down by another plan since they were read, so that these invites would be too many.
    Until this transaction ends, no other plan writes anybody down."""
    await in_turn(connection, Turn.INVITED)
    found: dict[bytes, Reason] = {}
    for why, invited in _invited_before(wanted):
        for start in range(0, len(chats), TOGETHER):
            some = conversations.c.chat.in_(chats[start : start + TOGETHER])
            query = select(conversations.c.chat).where(some, invited)
            found = {**dict.fromkeys(await connection.scalars(query), why), **found}
    return found


def stands_so(broadcast: Broadcast) -> ColumnElement[bool]:
    """Whether somebody stands in the collection as those do whom a broadcast was planned for: people join, submit and
    take back while it waits."""
    finished = broadcast.audience.get("finished")
    against = _standing(broadcast.collection, finished=finished, in_it_too=broadcast.any_hour)
    return and_(true(), *(~condition for _, condition in against))


def _standing(
    collection: str, *, finished: bool | None, in_it_too: bool
) -> Sequence[tuple[Reason, ColumnElement[bool]]]:
    """How somebody stands in the collection that they are to be invited to."""
    mine = and_(contributions.c.chat == conversations.c.chat, contributions.c.collection == collection)
    begun = exists().where(mine)
    submitted = exists().where(mine, contributions.c.submitted_at.is_not(None))
    if in_it_too and finished is None:
        return ()
    if finished is None:
        return ((Reason.ALREADY_IN, begun),)
    if finished:
        return ((Reason.NOT_BEGUN, ~begun), (Reason.NOT_FINISHED, ~submitted))
    return ((Reason.NOT_BEGUN, ~begun), (Reason.FINISHED, submitted))


def _invited() -> ColumnElement[bool]:
    """Whether an invite has reached somebody, may have, or is to: nothing more leaves of a broadcast that has ended."""
    ended_without = [DeliveryState.CANCELLED.value, DeliveryState.UNREACHABLE.value]
    has_ended = broadcasts.c.state.in_([state.value for state in ENDED])
    ended = exists().where(broadcasts.c.id == deliveries.c.broadcast, has_ended)
    return and_(
        deliveries.c.chat == conversations.c.chat,
        deliveries.c.state.not_in(ended_without),
        or_(deliveries.c.state.not_in(NOT_SENT), ~ended),
    )


def _invited_since(then: dt.datetime) -> ColumnElement[bool]:
    """Whether an invite has reached somebody since then, or may have, or is to: what has not left has no time yet but
    that of its planning, and counts however long it waits."""
    to_go = [*NOT_SENT, DeliveryState.SENDING.value]
    return and_(_invited(), or_(deliveries.c.state.in_(to_go), deliveries.c.at >= then))


async def count_people(connection: AsyncConnection) -> int:
    """How many chats there are, to show how far a look through them has come."""
    return int(await connection.scalar(select(func.count()).select_from(conversations)) or 0)
