"""Migrations on data that is there already."""

from __future__ import annotations

import json
import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection
from support import stores

from bot.storage.database import Database
from bot.storage.schema import alembic

RECORD = ("p", "c", 1, "en", "US", "aa", "2026-11-01", "2026-11-01", "2028-11-01", '{"use": true}', "[]", 18)


async def at(revision: str, folder: Path) -> Database:
    """A database with the tables of an earlier program."""
    database = Database.connect(stores.url(folder, stores.DATA, empty=True))

    def upgrade(connection: Connection) -> None:
        command.upgrade(alembic(connection), revision)

    async with database.write_beside() as connection:
        await connection.run_sync(upgrade)
    return database


def run(folder: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """SQL, as somebody else would run it."""
    return stores.rows(folder, query, *values)


def agreed(folder: Path, record: str, **other: object) -> None:
    """A consent record."""
    names = ("pseudonym", "collection", "version", "language", "territory", "sha256", "shown_at", "given_at",
             "expires_at", "decisions", "card_answers", "minimum_age")  # fmt: skip
    values = {"id": record, **dict(zip(names, RECORD, strict=True)), **other}
    marks = ", ".join("?" * len(values))
    run(folder, f"insert into consent_records ({', '.join(values)}) values ({marks})", *values.values())  # noqa: S608


async def test_a_text_that_two_versions_share_is_kept_under_both(tmp_path: Path) -> None:
    """The first tables kept each text once, under the version that somebody agreed to first."""
    database = await at("0001", tmp_path)
    run(tmp_path, "insert into documents values ('aa', 'c', 1, 'en', 'US', 'words'), ('bb', 'c', 1, 'ar', 'US', 'x')")
    agreed(tmp_path, "r1")
    agreed(tmp_path, "r2")
    agreed(tmp_path, "r3", version=2)
    await database.upgrade()
    await database.check_schema()
    await database.close()
    assert run(tmp_path, "select * from documents order by sha256, version") == [
        ("aa", "c", 1, "en", "US", "words"),
        ("aa", "c", 2, "en", "US", "words"),
        ("bb", "c", 1, "ar", "US", "x"),
    ]


async def test_what_was_submitted_stands_under_the_only_consent_that_there_was(tmp_path: Path) -> None:
    """Until consents could follow one another, the record in force was the only one, and its key the contribution's."""
    database = await at("0002", tmp_path)
    agreed(tmp_path, "r1")
    agreed(tmp_path, "r2", pseudonym="q")
    row = "insert into contributions values (?, 'c', ?, ?, x'00', ?, ?)"
    run(tmp_path, row, b"chat 1", "p", b"key 1", "r1", "2026-11-02")
    run(tmp_path, row, b"chat 2", "q", b"key 2", "r2", None)
    release = "insert into releases values ('x', 'c', 'use', 'lab', 'csv', '2026-11-03', 1, 'aa', false)"
    run(tmp_path, release)
    await database.upgrade()
    await database.check_schema()
    await database.close()
    assert run(tmp_path, "select pseudonym, submitted_under from contributions order by 1") == [
        ("p", "r1"),
        ("q", None),
    ]
    assert run(tmp_path, "select id, key_id from consent_records order by 1") == [("r1", b"key 1"), ("r2", b"key 2")]
    assert run(tmp_path, "select withdrawals_before from releases") == [(0,)]
    protected = "select smallest_group, own_words, tables, stewards, manifest from releases"
    assert run(tmp_path, protected) == [(1, 1, "[]", "[]", "")], "what left before went as it was"


async def test_what_was_owed_before_there_were_payouts_is_owed_still_and_can_be_named(tmp_path: Path) -> None:
    """Each gets a reference of its own, and whoever takes part has been promised pay."""
    database = await at("0003", tmp_path)
    owed = "insert into entitlements values (?, 'c', '2.50', 'USD', '2026-11-02 00:00:00.000000', '2028-11-02')"
    run(tmp_path, owed, b"one")
    run(tmp_path, owed, b"two")
    agreed(tmp_path, "r1")
    row = "insert into contributions values (?, 'c', ?, ?, x'00', ?, ?, ?)"
    run(tmp_path, row, b"chat 1", "p", b"key 1", "r1", None, None)
    await database.upgrade()
    await database.check_schema()
    await database.close()
    kept = run(tmp_path, 'select state, state_on, way, territory, told, "left", length(reference) from entitlements')
    assert kept == [("owed", "2026-11-02 00:00:00.000000", None, None, 1, 0, 13)] * 2
    assert run(tmp_path, "select count(distinct reference) from entitlements") == [(2,)]
    assert run(tmp_path, "select * from pay_promises") == [("c", "US", 1)]


async def test_audit_entries_from_before_the_trail_stay_and_have_names(tmp_path: Path) -> None:
    database = await at("0006", tmp_path)
    entry = "insert into audit (at, actor, action, detail) values (?, 'contributor', 'consent given', '{}')"
    for second in range(3):
        run(tmp_path, entry, f"2026-11-02 09:00:0{second}.000000")
    await database.upgrade()
    await database.check_schema()
    await database.close()
    found = run(tmp_path, "select id, action, entry, mac, leaf, seal from audit order by id")
    assert [(row[0], row[1], *row[3:]) for row in found] == [(i, "consent given", b"", None, None) for i in (1, 2, 3)]
    names = [row[2] for row in found]
    assert names == sorted(set(names)), "a name begins with its moment"
    assert all(len(name) == 32 for name in names)


async def test_what_a_provider_was_given_before_it_was_counted_was_given_once(tmp_path: Path) -> None:
    database = await at("0023", tmp_path)
    names = ("holder", "collection", "amount", "currency", "accrued_on", "kept_until", "reference", "state",
             "state_on", "way")  # fmt: skip
    day = "2026-11-02 00:00:00.000000"
    owed = f'insert into entitlements ({", ".join(names)}, told, "left") values ({"?, " * len(names)}true, false)'  # noqa: S608
    for state, way in (("owed", "bank"), ("under_way", "bank"), ("not_arrived", "airtime"), ("sent", "voucher")):
        named = f"PAY-{state}"[:16]
        run(tmp_path, owed, state.encode(), "c", "2.50", "USD", day, day, named, state, day, way)
    await database.upgrade()
    await database.check_schema()
    await database.close()
    found = run(tmp_path, "select state, given, export from entitlements order by state")
    assert found == [("not_arrived", 1, None), ("owed", 0, None), ("sent", 0, None), ("under_way", 1, 1)]
    assert run(tmp_path, "select id, collection, rows from payout_exports") == [(1, "c", 1)]


async def test_what_is_owed_stays_and_lies_in_no_order_that_it_came_in(tmp_path: Path) -> None:
    database = await at("0025", tmp_path)
    names = ("holder", "collection", "amount", "currency", "accrued_on", "kept_until", "reference", "state", "state_on")
    day = "2026-11-02 00:00:00.000000"
    owed = (
        f'insert into entitlements ({", ".join(names)}, told, "left", given) '  # noqa: S608
        f"values ({'?, ' * len(names)}true, false, 2)"
    )
    holders = [bytes([number]) * 16 for number in (7, 2, 9, 4)]
    for holder in holders:
        run(tmp_path, owed, holder, "c", "2.50", "USD", day, day, f"PAY-{holder[0]}", "owed", day)
        run(tmp_path, "insert into payout_numbers values (?, ?, ?, ?)", holder, b"key" + holder, b"sealed", day)
    every = "select holder, collection, amount, accrued_on, reference, told, given, export from entitlements"
    before = run(tmp_path, f"{every} order by holder")
    await database.upgrade()
    await database.check_schema()
    await database.close()
    assert run(tmp_path, f"{every} order by holder") == before
    assert len(before) == len(holders)
    kept = "select holder, key_id, sealed, kept_until from payout_numbers order by holder"
    assert run(tmp_path, kept) == [(each, b"key" + each, b"sealed", day) for each in sorted(holders)]
    if stores.on_server():
        return
    with pytest.raises(sqlite3.IntegrityError, match="reference"):
        run(tmp_path, "update entitlements set reference = 'PAY-7'")
    for table in ("entitlements", "payout_numbers"):
        with pytest.raises(sqlite3.OperationalError, match="rowid"):
            run(tmp_path, f"select rowid from {table}")  # noqa: S608
    content = stores.file_of(tmp_path, stores.DATA).read_bytes()
    lying = sorted(holders, key=lambda holder: content.index(holder + b"c2.50"), reverse=True)
    assert lying == sorted(holders)
    assert content.count(holders[0] + b"c2.50") == 1, "the table that was there left nothing behind"


async def test_what_was_to_come_due_of_what_is_gone_goes(tmp_path: Path) -> None:
    database = await at("0026", tmp_path)
    chat = bytes(range(200, 216))
    run(tmp_path, "insert into contributions values (?, 'b', 'p', ?, x'00', 'r', null, null)", chat, b"key")
    due = "insert into schedule (kind, \"key\", note, due_at) values (?, ?, 0, '2028-11-02 00:00:00.000000')"
    kinds = ("lapse", "again", "remind", "pay", "halted")
    for kind in kinds:
        for collection in "ab":
            run(tmp_path, due, kind, f"{chat.hex()}/{collection}")
    others = [("answer", f"{chat.hex()}/letter"), ("retention", "daily"), ("silence", chat.hex())]
    for each in others:
        run(tmp_path, due, *each)
    await database.upgrade()
    await database.check_schema()
    await database.close()
    left = run(tmp_path, 'select kind, "key" from schedule')
    assert sorted(left) == sorted([*others, *((kind, f"{chat.hex()}/b") for kind in kinds)])


# --- what purposes meant ---------------------------------------------------------------------------------------------

SHOWN = {
    "collection · consent.version": "1",
    "collection · purposes.order": "use",
    "collection · purposes.use.label": "Use it",
    "collection · purposes.use.why": "So that it is used.",
    "collection · purposes.use.balance": "false",
    "collection · purposes.use.needs_participant": "false",
    "collection · retention.answers": "P24M",
    "card 1 · title": "Hello",
    "card 1 · text": "We pay {pay} for it.",
}
"""What reviewers signed, as far as it matters."""

WIDER = {"collection · purposes.use.own_words": "true", "collection · purposes.use.statistics": "true"}
CARDS = "Hello\n\nWe pay $3 for it."


def signed(folder: Path, day: int, shown: dict[str, str], place: str = "US", language: str = "en") -> None:
    """A reviewer's signature of a day in October."""
    content = sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
    run(folder, "delete from reviewed_texts where content = ?", content)
    run(folder, "insert into reviewed_texts values (?, ?)", content, json.dumps(shown))
    names = '"collection", territory, "language", content, verdict, capacity, "role", "by", "at", words, alone'
    query = f"insert into sign_offs ({names}) values ('c', ?, ?, ?, 'signed', 'reviewer', 'r', 'm', ?, '', false)"  # noqa: S608
    run(folder, query, place, language, content, f"2026-10-{day:02} 00:00:00.000000")


async def met(folder: Path, *records: dict[str, object]) -> list[tuple[dict[str, Any] | None, str | None]]:
    """What of purposes, and of time, each record says after the migration."""
    run(folder, "insert into documents values ('aa', 'c', 1, 'en', 'US', ?)", CARDS)
    for number, record in enumerate(records):
        agreed(folder, f"r{number}", **record)
    database = Database.connect(stores.url(folder, stores.DATA))
    await database.upgrade()
    await database.check_schema()
    await database.close()
    known = {sha256: json.loads(said) for sha256, said in run(folder, "select sha256, meanings from purpose_meanings")}
    found = run(folder, "select meanings, answers_kept from consent_records order by id")
    return [(known.get(meanings), kept) for meanings, kept in found]


def meaning(*may: str, label: str = "Use it", why: str = "So that it is used.") -> dict[str, Any]:
    return {"use": {"label": label, "why": why, "may": list(may)}}


def given_on(day: int) -> dict[str, object]:
    return {"given_at": f"2026-10-{day:02} 12:00:00.000000"}


async def test_records_of_before_say_what_had_been_signed_when_they_were_given(tmp_path: Path) -> None:
    """Nobody can have read what was signed later; of several texts with the same cards each may have been read."""
    await (await at("0024", tmp_path)).close()
    signed(tmp_path, 2, SHOWN)
    signed(tmp_path, 4, {**SHOWN, **WIDER, "collection · retention.answers": "P36M"})
    found = await met(tmp_path, given_on(1), given_on(3), given_on(5))
    assert found == [(None, None), (meaning(), "P24M"), (meaning(label="", why=""), "P24M")]


async def test_the_cards_on_file_tell_which_text_a_record_of_before_is_to(tmp_path: Path) -> None:
    """A purpose that was given more to do, and cards that say so: whoever agreed to those cards agreed to that."""
    await (await at("0024", tmp_path)).close()
    signed(tmp_path, 2, {**SHOWN, "card 1 · text": "We pay."})
    signed(tmp_path, 4, {**SHOWN, **WIDER})
    signed(tmp_path, 5, {**SHOWN, "collection · consent.version": "2"})
    found = await met(tmp_path, given_on(3), given_on(6))
    assert found == [(None, None), (meaning("own_words", "statistics"), "P24M")]


async def test_records_of_before_are_read_in_their_language(tmp_path: Path) -> None:
    """Another region's text in that language tells the same, where none is signed for the one that they are in."""
    await (await at("0024", tmp_path)).close()
    signed(tmp_path, 2, SHOWN)
    signed(tmp_path, 2, {**SHOWN, "collection · purposes.use.label · ar": "استخدمه"}, "EG", "ar")
    found = await met(tmp_path, given_on(3), {**given_on(3), "language": "ar"})
    assert found == [(meaning(), "P24M"), (meaning(label="استخدمه"), "P24M")]


async def test_without_a_signature_nothing_is_known(tmp_path: Path) -> None:
    await (await at("0024", tmp_path)).close()
    found = await met(tmp_path, given_on(3))
    assert found == [(None, None)]


async def test_whoever_has_submitted_is_looked_after_for_their_pay(tmp_path: Path) -> None:
    """Where a person pays nobody was; of who waits for nothing the row goes at the first look."""
    database = await at("0025", tmp_path)
    names = "chat, collection, pseudonym, sealed, submitted_at"
    row = f"insert into contributions ({names}) values (?, 'c', ?, x'00', ?)"  # noqa: S608
    run(tmp_path, row, b"\xab\x01", "p", "2026-11-02 00:00:00.000000")
    run(tmp_path, row, b"\xab\x02", "q", "2026-11-02 00:00:00.000000")
    run(tmp_path, row, b"\xab\x03", "r", None)
    due = "insert into schedule (kind, key, note, due_at, lane) values ('pay', 'ab02/c', 0, ?, 'unasked')"
    run(tmp_path, due, "2026-12-24 00:00:00.000000")
    await database.upgrade()
    await database.check_schema()
    await database.close()
    found = run(tmp_path, "select key, lane, note, due_at from schedule where kind = 'pay' order by key")
    assert [each[:3] for each in found] == [("ab01/c", "unasked", 0), ("ab02/c", "unasked", 0)]
    assert str(found[1][3]).startswith("2026-12-24"), "who is looked after stays so"
