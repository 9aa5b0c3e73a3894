"""What may not be kept any longer goes: whole contributions, and single purposes that end before the rest.

A contribution ends with its consent, with `retention.answers`, or with what a required purpose may be kept, whichever
comes first. What comes due goes by itself from the chat's own schedule, with a word to its contributor; this goes
through everything once a day, so that nothing stays that the schedule does not know of: a purpose with a time of its
own, a time that was shortened since, a schedule that was lost.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot.clock import Clock
from bot.destroying import try_to_destroy_decided
from bot.owing.chat import Gone
from bot.stewardship.archive import Archive
from bot.stewardship.ending import told, told_of_earlier, without_earlier
from bot.stewardship.erasing import TOGETHER, emptied_log, take_out
from bot.storage import audit
from bot.storage import contributions as found_by
from bot.storage.agreed_texts import needing_code
from bot.storage.consents import EarlierEnd, Ledger, pending_destructions, purposes_now, write_ledger
from bot.storage.contributions import Kept
from bot.storage.conversations import ContributionRow, update_contributions
from bot.storage.database import Database
from bot.storage.key_order import TELLING, Telling, write_anew
from bot.tombstones import Tombstones
from bot.uncut import uncut
from bot.vault import purpose_lock
from bot.writing import follow_permissions
from flows.collection import Collection, Purpose
from flows.consent import after, shorter

log = structlog.get_logger()

EACH = dt.timedelta(days=1)

RETENTION, DAILY = "retention", "daily"
"""What the schedule calls it."""

AT_ONCE = dt.timedelta()
BESIDE_PEOPLE = dt.timedelta(milliseconds=50)
"""The pause in a bot that people are talking to: a million are looked through in a few minutes."""

EVERYTHING = "everything"
"""What goes where a whole contribution does; otherwise a purpose's id."""

EARLIER = "answers under an earlier consent"
"""What goes where something still stands under a consent that another one has followed, and the time of that one is
over. What was agreed to since goes on."""

GRACE = dt.timedelta(days=1)
"""The chat's own schedule comes first: it knows whether its contributor is in the middle of something."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that may be kept until then."""

    kept: Kept
    what: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """How many contributions something goes from on a day."""

    collection: str
    what: str
    on: dt.date
    contributions: int


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What went, and how many keys of what went are still to be destroyed: the key store, or the list of destroyed
    keys, could not be reached. The bot destroys them as soon as it can."""

    counted: list[Counted]
    keys_wait: int


def due_of(collection: Collection, kept: Kept, live: set[str]) -> list[Due]:
    """When what of a contribution has to go, given the purposes that are agreed to now."""
    required = [at for each in collection.required_purposes if (at := _end_of(each, kept)) is not None]
    whole = min(kept.expires_at, after(kept.given_at, _whole(collection, kept)), *required)
    found = [Due(kept, EARLIER if kept.is_earlier else EVERYTHING, whole)]
    for purpose in collection.purposes:
        if kept.is_earlier and purpose.uses == "contact":
            continue  # the consent in force alone says who may be written to
        at = _end_of(purpose, kept)
        if purpose.id in live and not purpose.required and at is not None and at < whole:
            found.append(Due(kept, purpose.id, at))
    return found


# What was said when it was agreed to, or what is said now: the shorter of the two.


def _whole(collection: Collection, kept: Kept) -> str:
    now = collection.retention.answers
    return shorter(kept.given_at, kept.answers, now) or now


def _of_purpose(purpose: Purpose, kept: Kept) -> str | None:
    return shorter(kept.given_at, kept.purposes.get(purpose.id), purpose.kept)


def _end_of(purpose: Purpose, kept: Kept) -> dt.datetime | None:
    said = _of_purpose(purpose, kept)
    return after(kept.given_at, said) if said is not None else None


async def look_ahead(archive: Archive, collections: Sequence[Collection], until: dt.datetime) -> list[Counted]:
    """What has to go until then, by day; what is overdue stands at its own day."""
    counted: dict[tuple[str, str, dt.date], int] = {}
    for collection in collections:
        async for some in _due(archive, collection, until, AT_ONCE):
            for due in some:
                key = (collection.id, due.what, due.at.date())
                counted[key] = counted.get(key, 0) + 1
    return [Counted(*key, count) for key, count in sorted(counted.items(), key=lambda each: (each[0][2], each[0]))]


async def carry_out(
    archive: Archive,
    tombstones: Tombstones,
    collections: Sequence[Collection],
    clock: Clock,
    *,
    actor: str,
    rest: dt.timedelta = AT_ONCE,
) -> CarriedOut:
    """Let go of what is overdue, and count what went: somebody may have left, or agreed anew, since it was looked up.
    Each deletion leaves a proof in the audit that names nobody. Raises StoreUnavailable where the data is out of reach.

    `rest` is the pause after each few hundred that were looked at.
    """
    now = clock()
    counted: list[Counted] = []
    for collection in collections:
        went = await _carry_out(archive, tombstones, collection, now, clock, actor, rest)
        counted += [Counted(collection.id, what, now.date(), count) for what, count in went.items() if count]
    await _take_order_away(archive.database, rest)
    return CarriedOut(counted, await _keys_that_wait(archive, tombstones))


async def _carry_out(
    archive: Archive,
    tombstones: Tombstones,
    collection: Collection,
    until: dt.datetime,
    clock: Clock,
    actor: str,
    rest: dt.timedelta,
) -> Mapping[str, int]:
    """From how many went what. What is due of those looked at goes before others are looked at: however many they are,
    few are held at a time, and a bot that is stopped on the way has less to do the next time."""
    went = dict.fromkeys((EVERYTHING, EARLIER, *(each.id for each in collection.purposes)), 0)
    async for found in _due(archive, collection, until, rest):
        whole = [due.kept for due in found if due.what == EVERYTHING and _is_over(due, until)]
        went[EVERYTHING] += await _let_go(archive, tombstones, collection, whole, clock, actor)
        gone = {each.row.pseudonym for each in whole}
        mine = [due for due in found if due.kept.row.pseudonym not in gone]
        earlier = [due.kept for due in mine if due.what == EARLIER and _is_over(due, until)]
        ways = [(EARLIER, earlier)]
        ways += [(each.id, [due.kept for due in mine if due.what == each.id]) for each in collection.purposes]
        for what, ending in ways:
            went[what] += await _end(archive, tombstones, collection, what, ending, clock, actor)
    if went[EVERYTHING]:
        await emptied_log(archive)
    return went


async def _keys_that_wait(archive: Archive, tombstones: Tombstones) -> int:
    """How many cannot be destroyed, also on a last try."""
    if await try_to_destroy_decided(archive.database, archive.keystore, tombstones):
        return 0
    async with archive.database.read() as connection:
        return len(await pending_destructions(connection))


async def _take_order_away(database: Database, rest: dt.timedelta) -> None:
    """How rows lie that lead to nobody's answers says no more beside whose they were written."""
    for rows in TELLING:
        after = await uncut(_write_some_anew(database, rows, None))
        while after is not None:
            await asyncio.sleep(rest.total_seconds())
            after = await uncut(_write_some_anew(database, rows, after))


async def _write_some_anew(database: Database, rows: Telling, after: Any) -> Any:  # noqa: ANN401  # a key of any table
    async with database.write() as connection:
        return await write_anew(connection, rows, after)


def _is_over(due: Due, until: dt.datetime) -> bool:
    return due.at <= until - GRACE or _is_ours(due)


def _is_ours(due: Due) -> bool:
    """Whether the chat's schedule does not know of it: its consent has longer to go."""
    return due.at < due.kept.expires_at


async def _due(
    archive: Archive, collection: Collection, until: dt.datetime, rest: dt.timedelta
) -> AsyncIterator[list[Due]]:
    """What is due of a few hundred contributions, and then of the next, by pseudonym: that some are gone by then hides
    nobody who comes after them."""
    beyond = ""
    while True:
        async with archive.database.read() as connection:
            some = await found_by.kept(connection, collection.id, beyond)
            standing = [*some, *await found_by.kept_earlier(connection, [each.row for each in some])]
            live = await purposes_now(connection, [each.record for each in standing])
        found = (due for each in standing for due in due_of(collection, each, live.get(each.record, set())))
        yield [due for due in found if due.at <= until]
        if len(some) < found_by.KEPT_TOGETHER:
            return
        beyond = some[-1].row.pseudonym
        await asyncio.sleep(rest.total_seconds())


async def _let_go(
    archive: Archive,
    tombstones: Tombstones,
    collection: Collection,
    whole: Sequence[Kept],
    clock: Clock,
    actor: str,
) -> int:
    """How many went."""
    looked_up = {each.row.pseudonym: each for each in whole}

    def note(gone: Sequence[ContributionRow], keys: Sequence[tuple[bytes, str | None]]) -> list[dict[str, object]]:
        kept = _how_long(collection, EVERYTHING, [looked_up[row.pseudonym] for row in gone])
        return [_proof(collection.id, EVERYTHING, kept, len(gone), keys, clock(), actor)]

    rows = [each.row for each in whole]
    erased = await take_out(archive, tombstones, rows, Gone.KEPT, note, clock)
    return erased.contributions


def _how_long(collection: Collection, what: str, some: Sequence[Kept]) -> str:
    """How long it might be kept, of everybody from whom it goes: one time, unless it was made longer or shorter."""
    purpose = collection.purpose(what)
    said = (_whole(collection, each) if purpose is None else _of_purpose(purpose, each) for each in some)
    return " ".join(sorted({each for each in said if each is not None}))


async def _end(
    archive: Archive,
    tombstones: Tombstones,
    collection: Collection,
    what: str,
    ending: Sequence[Kept],
    clock: Clock,
    actor: str,
) -> int:
    """From how many it went. Where it ends under the consent in force, it ends under those before it as well."""
    newest = [each for each in ending if not each.is_earlier]
    ended = {each.row.pseudonym for each in newest}
    earlier = [each for each in ending if each.is_earlier and each.row.pseudonym not in ended]
    went = 0
    for end, all_of_them in ((_end_some, newest), (_end_some_earlier, earlier)):
        for start in range(0, len(all_of_them), TOGETHER):
            some = all_of_them[start : start + TOGETHER]
            went += await uncut(end(archive, collection, what, some, clock(), actor))
            await try_to_destroy_decided(archive.database, archive.keystore, tombstones)
    return went


async def _end_some(
    archive: Archive, collection: Collection, purpose_id: str, ending: Sequence[Kept], now: dt.datetime, actor: str
) -> int:
    purpose, ledger, written = collection.purpose(purpose_id), Ledger(), []
    lock = purpose_lock(collection.id, purpose_id)
    records = {each.record for each in ending}
    needing_today = {each.id for each in collection.purposes if each.needs_participant}
    async with archive.database.write() as connection:
        rows = await found_by.still_there(connection, [each.row for each in ending])
        before = {each for each, _, _ in await pending_destructions(connection)}
        live = await purposes_now(connection, sorted(records))
        meant = await needing_code(connection, records)
        for row in rows:
            if row.record not in records or purpose_id not in live.get(row.record or "", set()):
                continue  # agreed to anew, or ended, since it was looked up
            common = {"pseudonym": row.pseudonym, "purposes": [purpose_id], "at": now}
            ledger.events.append({**common, "record": row.record, "event": "expired"})
            ledger.earlier_ends.append(EarlierEnd(row.pseudonym, row.record or "", "expired", now, (purpose_id,)))
            ledger.withdrawals.append({**common, "collection": collection.id})
            if row.key_id is not None:
                ledger.destructions.append({"key_id": row.key_id, "lock": lock, "at": now})
            ledger.earlier_destructions.append({"pseudonym": row.pseudonym, "lock": lock, "at": now})
            if purpose is not None and purpose.uses == "contact":
                ledger.permissions_ended.append((row.chat, row.collection))
            needing = meant.get(row.record or "", frozenset()) | needing_today
            written.append(await told(row, [purpose_id], needing, archive.keystore, archive.vault))
        await write_ledger(connection, ledger)
        await follow_permissions(connection, ledger, now)
        await update_contributions(connection, [each for each in written if each is not None])
        keys = [(key, of) for each, key, of in await pending_destructions(connection) if each not in before]
        kept = _how_long(collection, purpose_id, ending)
        proof = _proof(collection.id, purpose_id, kept, len(written), keys, now, actor)
        await audit.append(connection, [proof] if written else [])
    return len(written)


async def _end_some_earlier(
    archive: Archive, collection: Collection, what: str, ending: Sequence[Kept], now: dt.datetime, actor: str
) -> int:
    """A purpose, or everything, under earlier consents alone: what was agreed to since is not touched."""
    ledger, written = Ledger(), []
    wanted = {each.record for each in ending}
    async with archive.database.write() as connection:
        rows = await found_by.still_there(connection, [each.row for each in ending])
        before = {each for each, _, _ in await pending_destructions(connection)}
        standing = [each for each in await found_by.kept_earlier(connection, rows) if each.record in wanted]
        live = await purposes_now(connection, [each.record for each in standing])
        for row in rows:
            records = [each.record for each in standing if each.row.pseudonym == row.pseudonym]
            agreed = {each: sorted(live.get(each, set())) for each in records}
            ends = agreed if what == EARLIER else {each: [what] for each in records if what in agreed[each]}
            if ends:
                _note_earlier(ledger, row, what, ends, now)
                written.append(await _told_of_earlier(archive, row, what, list(ends)))
        await write_ledger(connection, ledger)
        await update_contributions(connection, written)
        keys = [(key, of) for each, key, of in await pending_destructions(connection) if each not in before]
        kept = _how_long(collection, what, ending)
        proof = _proof(collection.id, what, kept, len(written), keys, now, actor)
        await audit.append(connection, [proof] if written else [])
    return len(written)


def _note_earlier(
    ledger: Ledger, row: ContributionRow, what: str, ends: Mapping[str, Sequence[str]], now: dt.datetime
) -> None:
    """`ends` says which purposes end under which consent."""
    common = {"pseudonym": row.pseudonym, "at": now}
    lock = None if what == EARLIER else purpose_lock(row.collection, what)
    for record, purposes in ends.items():
        ledger.events.append({**common, "record": record, "event": "expired", "purposes": list(purposes)})
        ledger.earlier_destructions.append({"record": record, "lock": lock, "at": now})
    if what == EARLIER:
        ledger.answers_ended.append((row.pseudonym, tuple(ends)))
    gone = sorted({purpose for purposes in ends.values() for purpose in purposes})
    if gone:
        ledger.withdrawals.append({**common, "collection": row.collection, "purposes": gone})


async def _told_of_earlier(
    archive: Archive, row: ContributionRow, what: str, records: Sequence[str]
) -> dict[str, object]:
    if what == EARLIER:
        return await without_earlier(row, records, archive.keystore, archive.vault)
    return await told_of_earlier(row, records, [what], archive.keystore, archive.vault)


def _proof(
    collection: str,
    what: str,
    kept: str,
    count: int,
    keys: Sequence[tuple[bytes, str | None]],
    at: dt.datetime,
    actor: str,
) -> dict[str, object]:
    """How many, and a hash over the ids of the keys that were destroyed: they stand on the list of destroyed keys."""
    lines = sorted(f"{key_id.hex()} {lock or '*'}" for key_id, lock in keys)
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    detail = {"what": what, "kept": kept, "contributions": count, "keys": len(keys), "keys_sha256": digest}
    entry = {"at": at, "actor": actor, "action": "retention carried out", "collection": collection, "pseudonym": None}
    return {**entry, "detail": detail}


async def carry_out_daily(
    archive: Archive, tombstones: Tombstones, collections: Sequence[Collection], clock: Clock, _due: object
) -> dt.datetime:
    """The day's retention, beside a bot that serves; when the next one is due. Raises StoreUnavailable.

    Keys that cannot be destroyed just now are by the hourly sweep (`bot.due`).
    """
    done = await carry_out(archive, tombstones, collections, clock, actor="bot", rest=BESIDE_PEOPLE)
    for each in done.counted:
        log.info("kept long enough, and gone", collection=each.collection, what=each.what, count=each.contributions)
    return clock() + EACH
