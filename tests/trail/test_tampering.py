"""Whoever changes the audit table is found out, and where."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from support import stores

from bot.trail.verifying import Verdict

from .conftest import Office

CHANGES = 1_000
SIZE = 150

Row = dict[str, Any]
COLUMNS = (
    "id", "at", "actor", "action", "collection", "pseudonym", "detail", "entry", "mac", "leaf", "seal",
)  # fmt: skip


class Tampering:
    """Single changes to a table, each taken back afterwards: from a copy that is in memory."""

    def __init__(self, path: str, dice: random.Random) -> None:
        self.connection = sqlite3.connect(path, timeout=15)
        self.dice = dice
        self.connection.execute("pragma synchronous = off")
        self.connection.execute("create table kept as select * from audit")
        # Whoever can write to the file can drop what would only stand in the way of an accident.
        self.connection.executescript(
            "create table bare as select * from audit; drop table audit; alter table bare rename to audit;"
        )

    def put_back(self) -> None:
        """As it was."""
        self.connection.executescript("delete from audit; insert into audit select * from kept;")

    def __call__(self) -> tuple[str, set[int]]:
        """One change; what it was, and the places that it is about."""
        kind = self.dice.choice(list(_KINDS))
        return kind, _KINDS[kind](self)

    def run(self, query: str, *values: object) -> None:
        """SQL."""
        self.connection.execute(query, values)
        self.connection.commit()

    def place(self) -> int:
        """Somewhere in the log."""
        return self.dice.randrange(SIZE)

    def row(self, leaf: int) -> Row:
        """What stands there."""
        found = self.connection.execute(f"select {', '.join(COLUMNS)} from audit where leaf = ?", (leaf,))  # noqa: S608
        return dict(zip(COLUMNS, found.fetchone(), strict=True))

    def rowid(self, leaf: int) -> int:
        """What SQLite itself knows the row by."""
        found: int = self.connection.execute("select rowid from audit where leaf = ?", (leaf,)).fetchone()[0]
        return found

    def insert(self, row: Row) -> None:
        """One row more."""
        marks = ", ".join("?" * len(row))
        self.run(f"insert into audit ({', '.join(row)}) values ({marks})", *row.values())  # noqa: S608


def _change(tampering: Tampering) -> set[int]:
    leaf, column = tampering.place(), tampering.dice.choice(COLUMNS)
    before = tampering.row(leaf)[column]
    after = _other(before, column, tampering.dice)
    tampering.run(f"update audit set {column} = ? where leaf = ?", after, leaf)  # noqa: S608
    return {leaf}


def _other(before: Any, column: str, dice: random.Random) -> Any:  # noqa: ANN401  # whatever stands in a table
    if isinstance(before, bytes):
        where = dice.randrange(len(before))
        changed = before[:where] + bytes([before[where] ^ (1 << dice.randrange(8))]) + before[where + 1 :]
        return dice.choice([changed, b"", None, before.hex(), before[:-1]])
    if isinstance(before, int):
        return dice.choice([before + 1, before - 1, before + 10_000, -before - 1, "x", None])
    if column == "detail":
        return dice.choice([before.replace("count", "counts"), before + " ", "{}", "null", "[", b"\xff", ""])
    if before is None:
        return "somebody"
    return dice.choice([before + "x", before[:-1], "", before.replace(before[0], "~"), b"\xfe", 7, None])


def _delete(tampering: Tampering) -> set[int]:
    leaf = tampering.dice.randrange(SIZE - 1)
    tampering.run("delete from audit where leaf = ?", leaf)
    return {leaf}


def _insert_copy(tampering: Tampering) -> set[int]:
    leaf = tampering.place()
    copy = {**tampering.row(leaf), "id": 10_000_000}
    copy["leaf"] = tampering.dice.choice([leaf, tampering.place(), SIZE, None])
    copy["seal"] = tampering.dice.choice([copy["seal"], None])
    tampering.insert(copy)
    return {leaf if copy["leaf"] is None else copy["leaf"]}


def _insert_forged(tampering: Tampering) -> set[int]:
    leaf = tampering.dice.choice([tampering.place(), SIZE, None])
    row = tampering.row(tampering.place())
    forged = {**row, "id": 10_000_000, "leaf": leaf, "actor": "owner", "action": "forged", "entry": "0" * 32}
    forged["mac"] = tampering.dice.choice([row["mac"], b"", tampering.dice.randbytes(32)])
    tampering.insert(forged)
    return set() if leaf is None else {leaf}


def _swap(tampering: Tampering) -> set[int]:
    one, two = tampering.dice.sample(range(SIZE), 2)
    which = tampering.dice.choice([("leaf",), ("leaf", "seal"), ("id",), COLUMNS[1:9], ("mac",)])
    first, second = tampering.row(one), tampering.row(two)
    sets = ", ".join(f"{column} = ?" for column in which)
    rowids = [tampering.rowid(one), tampering.rowid(two)]
    for rowid, source in zip(rowids, (second, first), strict=True):
        tampering.run(f"update audit set {sets} where rowid = ?", *(source[column] for column in which), rowid)  # noqa: S608
    return {one, two}


def _cut_off(tampering: Tampering) -> set[int]:
    first = tampering.dice.randrange(SIZE - 30, SIZE)
    tampering.run("delete from audit where leaf >= ?", first)
    return set(range(first, SIZE))


_KINDS: dict[str, Callable[[Tampering], set[int]]] = {
    "change": _change,
    "delete": _delete,
    "copy": _insert_copy,
    "forge": _insert_forged,
    "swap": _swap,
    "cut off": _cut_off,
}


def named(verdict: Verdict) -> set[int]:
    """Places that findings name."""
    found: set[int] = set()
    for each in verdict.findings:
        if each.first is not None and each.last is not None:
            found |= set(range(each.first, each.last + 1))
    return found


@pytest.mark.sqlite("changes columns to what their types are not")
async def test_a_thousand_changes_are_all_found_and_each_in_its_place(office: Office) -> None:
    sealer = office.sealer()
    for _ in range(6):
        await office.write(SIZE // 6)
        await sealer.seal()
    untouched = await office.verdict()
    assert (untouched.findings, untouched.sealed, untouched.waiting) == ([], SIZE, 0)
    dice = random.Random(20_261_102)  # noqa: S311  # the same changes each time
    tampering = Tampering(str(office.folder / "survey.db"), dice)
    with closing(tampering.connection):
        seen: set[str] = set()
        for number in range(CHANGES):
            kind, places = tampering()
            verdict = await office.verdict()
            assert verdict.findings, f"change {number}, {kind} at {places}, was not found"
            if kind == "cut off":
                assert [(each.kind, each.first, each.last) for each in verdict.findings] == [
                    ("cut off", min(places), SIZE - 1)
                ]
            elif places:
                touched = named(verdict)
                assert places & touched or any(each.row == 10_000_000 for each in verdict.findings), (kind, places)
                assert len(touched) <= 4, f"{kind} at {places} is said to be about {len(touched)} places"
            tampering.put_back()
            seen.add(kind)
        assert seen == set(_KINDS)
        assert (await office.verdict()).findings == []


@pytest.mark.parametrize("what", ["changed", "removed", "cut off"])
async def test_what_was_tampered_with_is_not_sealed_anew(office: Office, what: str) -> None:
    sealer = office.sealer()
    await office.write(20)
    await sealer.seal()
    match what:
        case "changed":
            office.run("update audit set action = 'something else' where leaf = 7")
        case "removed":
            office.run("delete from audit where leaf = 7")
        case _:
            office.run("delete from audit where leaf >= 15")
    await office.write(20)
    await sealer.seal()
    await office.sealer().seal()
    verdict = await office.verdict()
    places = (15, 19) if what == "cut off" else (7, 7)
    kind = "removed" if what == "cut off" else what
    assert [(each.kind, each.first, each.last) for each in verdict.findings] == [(kind, *places)]


async def test_rows_that_are_no_entries_get_no_place(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    sealer = office.sealer()
    await office.write(3)
    columns = "at, actor, action, collection, pseudonym, detail, entry, mac"
    office.run(
        f"insert into audit ({columns}) select at, 'owner', action, collection, pseudonym, detail, 'x', mac "  # noqa: S608
        "from audit limit 1"
    )
    await office.write(3)
    await sealer.seal()
    assert office.run("select leaf from audit order by id") == [(0,), (1,), (2,), (None,), (3,), (4,), (5,)]
    verdict = await office.verdict()
    assert [(each.kind, each.row) for each in verdict.findings] == [("inserted", 4)]
    assert "audit verify" in "".join(capfd.readouterr())


async def test_heads_that_somebody_else_signed_are_found(office: Office) -> None:
    await office.write(5)
    await office.sealer().seal()
    [head] = await office.keystore.heads()
    with stores.opened(office.folder, stores.KEYS) as keys:
        keys.execute("update heads set size = 4")
    verdict = await office.verdict()
    assert head.size == 5
    assert {each.kind for each in verdict.findings} >= {"head"}
