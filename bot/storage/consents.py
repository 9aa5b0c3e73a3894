"""Consent records and their events, contact permissions, submitted answers, what is owed: rows in, rows out."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Numeric, Row, Select, and_, bindparam, case, cast, delete, insert, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import audit
from bot.storage.entitlements import named_apart
from bot.storage.holding import Turn, in_turn, inserting
from bot.storage.tables import (
    answers,
    consent_events,
    consent_records,
    contact_permissions,
    contributions,
    documents,
    entitlements,
    key_destructions,
    purpose_meanings,
    withdrawals,
)
from flows.on_record import PayState

_AT_A_TIME = 500
"""SQLite takes only so many values in a statement."""


def _keep_first(connection: AsyncConnection, table: Any) -> Any:  # noqa: ANN401  # two dialects, one shape
    """An insert that leaves a row of the same key as it is."""
    return inserting(connection, table).on_conflict_do_nothing()


_AS_AGREED_ANEW = (PayState.OWED, PayState.NOT_ARRIVED, PayState.WITHHELD)
"""What has neither been sent nor given to a provider: of it nobody has named a sum to anybody else."""


def _owe_once(connection: AsyncConnection) -> Any:  # noqa: ANN401  # two dialects, one shape
    """An insert that owes nobody twice. Who left before they were paid, and takes part anew, is owed what was promised
    now, for as long as was said now, where that is more than what was said first; or where it is another currency."""
    made = inserting(connection, entitlements)
    old, new = entitlements.c, made.excluded
    # One by one: a list of values is not for an insert of several rows.
    is_open = or_(*(old.state == state.value for state in _AS_AGREED_ANEW))
    is_more = cast(old.amount, Numeric) < cast(new.amount, Numeric)
    is_promised_anew = and_(is_open, or_(old.currency != new.currency, is_more))
    is_to_come = and_(old.state != PayState.SENT.value, old.state != PayState.PAID_BEFORE.value)
    is_longer = old.kept_until < new.kept_until
    is_elsewhere = old.territory.is_distinct_from(new.territory)
    became = {
        **{name: case((is_promised_anew, new[name]), else_=old[name]) for name in ("amount", "currency", "territory")},
        "way": case((and_(is_promised_anew, is_elsewhere), null()), else_=old.way),  # each place has its own
        "kept_until": case((is_longer, new.kept_until), else_=old.kept_until),
    }
    changes = and_(is_to_come, or_(is_longer, is_promised_anew))
    return made.on_conflict_do_update(index_elements=[old.holder], set_=became, where=changes)


@dataclass(frozen=True, slots=True)
class EarlierEnd:
    """A contribution's consents before the one in force end with it, as far as they have not ended yet."""

    pseudonym: str
    record: str
    """The consent in force, whose own event is written by itself."""
    event: str
    at: dt.datetime
    purposes: tuple[str, ...] = ()
    """What ends of them; where none is named, all of it."""


@dataclass(slots=True)
class Ledger:
    """Rows that a batch adds to the tables about consent. Filled by the step, written in its transaction."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    meanings: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    permissions: list[dict[str, Any]] = field(default_factory=list)
    permissions_ended: list[tuple[bytes, str]] = field(default_factory=list)
    answers_erased: list[str] = field(default_factory=list)
    answers_replaced: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Pseudonym and questions whose answers go; what takes their place, if anything, is in `answers`."""
    answers: list[dict[str, Any]] = field(default_factory=list)
    entitlements: list[dict[str, Any]] = field(default_factory=list)
    withdrawals: list[dict[str, Any]] = field(default_factory=list)
    destructions: list[dict[str, Any]] = field(default_factory=list)
    earlier_destructions: list[dict[str, Any]] = field(default_factory=list)
    """`pseudonym` or `record`, `lock` and `at`: for every key of a contribution's consents, or for one consent's."""
    earlier_ends: list[EarlierEnd] = field(default_factory=list)
    carried_over: list[tuple[str, str, str, dt.datetime]] = field(default_factory=list)
    """Pseudonym, the record that answers stand under, the one that they stand under now, and when it was given."""
    answers_ended: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Pseudonym and records: answers that still stand under them go."""
    audit: list[dict[str, Any]] = field(default_factory=list)

    def erase_answers(self, pseudonym: str) -> None:
        """All answers of a contribution go, also those that this batch was to write."""
        self.answers_erased.append(pseudonym)
        self.answers = [row for row in self.answers if row["pseudonym"] != pseudonym]

    def replace_answers(self, pseudonym: str, questions: Sequence[str]) -> None:
        """The answers of a contribution to these questions go, also those that this batch was to write."""
        self.answers_replaced.append((pseudonym, tuple(questions)))
        gone = {(pseudonym, question) for question in questions}
        self.answers = [row for row in self.answers if (row["pseudonym"], row["question"]) not in gone]


async def write_ledger(connection: AsyncConnection, ledger: Ledger) -> None:
    """Write everything that a batch owes to these tables."""
    for chat, collection in ledger.permissions_ended:
        ended = contact_permissions.c
        await connection.execute(delete(contact_permissions).where(ended.chat == chat, ended.collection == collection))
    if ledger.answers_erased:
        await connection.execute(delete(answers).where(answers.c.pseudonym.in_(ledger.answers_erased)))
    for pseudonym, questions in ledger.answers_replaced:
        gone = (answers.c.pseudonym == pseudonym) & answers.c.question.in_(questions)
        await connection.execute(delete(answers).where(gone))
    await _write_what_is_over(connection, ledger)
    if ledger.withdrawals:
        await in_turn(connection, Turn.WITHDRAWALS)
    for table, rows in (
        (consent_records, ledger.records),
        (consent_events, ledger.events),
        (contact_permissions, ledger.permissions),
        (answers, ledger.answers),
        (withdrawals, ledger.withdrawals),
        (key_destructions, ledger.destructions),
    ):
        if rows:
            await connection.execute(insert(table), rows)
    await end_earlier(connection, ledger.earlier_ends)
    await audit.append(connection, ledger.audit)
    for table, rows in ((documents, ledger.documents), (purpose_meanings, ledger.meanings)):
        if rows:
            await connection.execute(_keep_first(connection, table), rows)
    if ledger.entitlements:
        await connection.execute(_owe_once(connection), await named_apart(connection, ledger.entitlements))


async def end_earlier(connection: AsyncConnection, ends: Sequence[EarlierEnd]) -> None:
    """Write the end of earlier consents. After the events of the consent in force."""
    for start in range(0, len(ends), _AT_A_TIME):
        await _end_some_earlier(connection, {each.pseudonym: each for each in ends[start : start + _AT_A_TIME]})


async def _end_some_earlier(connection: AsyncConnection, of: Mapping[str, EarlierEnd]) -> None:
    columns = consent_records.c
    query = select(columns.id, columns.pseudonym).where(columns.pseudonym.in_(of)).order_by(columns.given_at)
    earlier = {row.id: of[row.pseudonym] for row in await connection.execute(query)}
    earlier = {record: end for record, end in earlier.items() if record != end.record}
    live = await purposes_now(connection, list(earlier)) if earlier else {}
    rows = [
        {"record": record, "pseudonym": end.pseudonym, "event": end.event, "at": end.at, "purposes": sorted(ending)}
        for record, end in earlier.items()
        if (ending := live.get(record, set()) & set(end.purposes or live.get(record, ())))
    ]
    if rows:
        await connection.execute(insert(consent_events), rows)


async def _write_what_is_over(connection: AsyncConnection, ledger: Ledger) -> None:
    """What consents that follow one another do to what stood under the earlier one."""
    for pseudonym, records in ledger.answers_ended:
        gone = (answers.c.pseudonym == pseudonym) & answers.c.record.in_(records)
        await connection.execute(delete(answers).where(gone))
    for pseudonym, before, now, given_at in ledger.carried_over:
        stood = update(answers).where(answers.c.pseudonym == pseudonym, answers.c.record == before)
        await connection.execute(stood.values(record=now, consent_given_at=given_at))
    decided = {(row["key_id"], row["lock"]) for row in ledger.destructions}
    for each in ledger.earlier_destructions:
        await _destroy_earlier(connection, each, decided)


async def _destroy_earlier(
    connection: AsyncConnection, row: dict[str, Any], decided: set[tuple[bytes, str | None]]
) -> None:
    """Decide the destruction of the keys of consents that came before, which no contribution names any more.

    The contribution's own key is decided on by itself, and its row may be gone by now.
    """
    columns = consent_records.c
    whose = columns.id == row["record"] if "record" in row else columns.pseudonym == row["pseudonym"]
    current = select(contributions.c.key_id).where(
        contributions.c.pseudonym == columns.pseudonym, contributions.c.key_id.is_not(None)
    )
    keys = select(columns.key_id).where(whose, columns.key_id.is_not(None), columns.key_id.not_in(current)).distinct()
    found = [key_id for key_id in await connection.scalars(keys) if (key_id, row["lock"]) not in decided]
    if found:
        rows = [{"key_id": key_id, "lock": row["lock"], "at": row["at"]} for key_id in found]
        await connection.execute(insert(key_destructions), rows)


async def end_contact(connection: AsyncConnection, chats: Sequence[bytes]) -> None:
    """These chats are not written to unasked any more, whatever collection it was agreed to in."""
    if chats:
        await connection.execute(delete(contact_permissions).where(contact_permissions.c.chat.in_(chats)))


async def pending_destructions(
    connection: AsyncConnection, most: int | None = None
) -> list[tuple[int, bytes, str | None]]:
    """Keys whose destruction is decided and not carried out yet: all, or the first of them."""
    query = select(key_destructions.c.id, key_destructions.c.key_id, key_destructions.c.lock)
    found = await connection.execute(query.order_by(key_destructions.c.id).limit(most))
    return [(row[0], row[1], row[2]) for row in found]


async def destructions_done(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Those destructions have been carried out."""
    for start in range(0, len(ids), _AT_A_TIME):
        some = key_destructions.c.id.in_(ids[start : start + _AT_A_TIME])
        await connection.execute(delete(key_destructions).where(some))


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submitted contribution and the consent that it stands under, as a release reads it."""

    pseudonym: str
    key_id: bytes = field(repr=False)
    """What its answers are sealed with."""
    passage_key_id: bytes = field(repr=False)
    """What its passage is sealed with: the key of the consent in force, which may be a later one."""
    sealed: bytes = field(repr=False)
    submitted_at: dt.datetime
    record: str
    version: int
    language: str
    territory: str
    sha256: str
    given_at: dt.datetime
    purposes: frozenset[str]
    """What the contributor agrees to now, by the record's events."""
    meanings: str | None = None
    """The hash of what purposes meant when they were agreed to; None where nothing tells."""


def _live_submissions(columns: Any, collection: str, now: dt.datetime) -> Select[Any]:  # noqa: ANN401  # columns of two tables
    """Submitted contributions whose consent has not come to its end."""
    return (
        select(*columns)
        .join(consent_records, consent_records.c.id == contributions.c.submitted_under)
        .where(
            contributions.c.collection == collection,
            contributions.c.submitted_at.is_not(None),
            contributions.c.key_id.is_not(None),
            consent_records.c.key_id.is_not(None),
            consent_records.c.expires_at > now,
        )
    )


async def submitted_pseudonyms(
    connection: AsyncConnection, collection: str, now: dt.datetime
) -> AsyncIterator[Sequence[str]]:
    """Pseudonyms of submitted contributions under a consent that has not ended, some at a time, in no order."""
    found = await connection.stream_scalars(_live_submissions([contributions.c.pseudonym], collection, now))
    async for some in found.partitions(5_000):
        yield some


async def submitted_after(
    connection: AsyncConnection,
    collection: str,
    territories: Sequence[str],
    after: str,
    most: int,
    now: dt.datetime,
) -> Sequence[str]:
    """The next pseudonyms of submitted contributions in some regions, under a consent that has not ended, in order."""
    query = _live_submissions([contributions.c.pseudonym], collection, now)
    query = query.where(contributions.c.pseudonym > after, consent_records.c.territory.in_(territories))
    return (await connection.scalars(query.order_by(contributions.c.pseudonym).limit(most))).all()


async def submitted_by(connection: AsyncConnection, collection: str, chats: Sequence[bytes]) -> dict[str, bytes]:
    """Pseudonym -> chat, of those of some chats that have submitted a collection."""
    columns = contributions.c
    query = select(columns.pseudonym, columns.chat).where(
        columns.collection == collection, columns.chat.in_(chats), columns.submitted_at.is_not(None)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


_SUBMITTED = (
    contributions.c.pseudonym,
    consent_records.c.key_id.label("answers_key_id"),
    contributions.c.key_id,
    contributions.c.sealed,
    contributions.c.submitted_at,
    consent_records.c.id,
    consent_records.c.version,
    consent_records.c.language,
    consent_records.c.territory,
    consent_records.c.sha256,
    consent_records.c.given_at,
    consent_records.c.meanings,
)


async def submitted(
    connection: AsyncConnection, collection: str, pseudonyms: Sequence[str], now: dt.datetime
) -> list[Submitted]:
    """Those of some contributions that are submitted and under a consent that has not ended, in the order given."""
    query = _live_submissions(_SUBMITTED, collection, now).where(contributions.c.pseudonym.in_(pseudonyms))
    rows = {row.pseudonym: row for row in await connection.execute(query)}
    live = await purposes_now(connection, [row.id for row in rows.values()])
    found = [row for name in pseudonyms if (row := rows.get(name)) is not None]
    return [Submitted(*[*row[:-1], frozenset(live.get(row.id, ())), row.meanings]) for row in found]


_EVENTS = (
    select(consent_events.c.record, consent_events.c.event, consent_events.c.purposes)
    .where(consent_events.c.record.in_(bindparam("whose", expanding=True)))
    .order_by(consent_events.c.id)
)


async def purposes_now(connection: AsyncConnection, records: Sequence[str]) -> dict[str, set[str]]:
    """What each consent record's events add up to: given and renewed add purposes, withdrawn and expired end them."""
    live: dict[str, set[str]] = {}
    for record, event, purposes in await connection.execute(_EVENTS, {"whose": records}):
        standing = live.setdefault(record, set())
        if event in {"given", "renewed"}:
            standing |= set(purposes)
        elif event in {"withdrawn", "expired"}:
            standing -= set(purposes) or set(standing)  # none named: all of them
    return live


async def answers_of(
    connection: AsyncConnection, pseudonyms: Sequence[str]
) -> Sequence[Row[str, str, bytes, int, str]]:
    """Submitted answers of some contributions: pseudonym, question, sealed, collection version, consent record."""
    columns = (answers.c.pseudonym, answers.c.question, answers.c.sealed, answers.c.collection_version)
    query = select(*columns, answers.c.record).where(answers.c.pseudonym.in_(pseudonyms))
    return (await connection.execute(query)).all()


async def keys_for(
    connection: AsyncConnection, records: Sequence[str], purpose: str, now: dt.datetime
) -> dict[str, tuple[bytes, str | None]]:
    """Data keys of those consents that have not ended and that agree to a purpose now, by record; and the hash of what
    purposes meant then."""
    columns = consent_records.c
    query = select(columns.id, columns.key_id, columns.meanings).where(
        columns.id.in_(records), columns.expires_at > now, columns.key_id.is_not(None)
    )
    keys = {row.id: (row.key_id, row.meanings) for row in await connection.execute(query)}
    agreed = await purposes_now(connection, list(keys))
    return {record: found for record, found in keys.items() if purpose in agreed.get(record, ())}
