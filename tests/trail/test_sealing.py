"""Sealing: by one process at a time, through deaths of it, restores, and from before there was a trail."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sqlite3
from contextlib import closing

import pytest

from bot.storage import audit
from bot.trail.merkle import TILE
from bot.trail.proofs import Proofs
from bot.trail.resuming import resume
from bot.trail.sealer import LEASE, adopt_earlier
from bot.vault import Vault, is_signed

from .conftest import Office

BRIEFLY = dt.timedelta(seconds=1)


@pytest.mark.sqlite("the lease goes by the clock of the test; a server's goes by its own")
async def test_a_lease_of_a_clock_that_was_ahead_keeps_nobody_from_sealing(office: Office) -> None:
    """Who took it has died, and the clock is right again: otherwise nothing would be sealed for days."""
    office.now += dt.timedelta(days=5)
    await office.write(3)
    await office.sealer().seal()
    office.now -= dt.timedelta(days=5)
    await office.write(3)
    await office.sealer().seal()
    assert (await office.verdict()).waiting == 0


async def test_two_processes_never_both_seal(office: Office) -> None:
    one, two = office.sealer(), office.sealer()
    await office.write(3)
    await one.seal()
    await office.write(3)
    await two.seal()
    assert (await office.verdict()).waiting == 3
    await one.seal()
    assert (await office.verdict()).waiting == 0
    await office.write(3)
    office.now += LEASE + BRIEFLY
    await asyncio.gather(two.seal(), one.seal())
    verdict = await office.verdict()
    assert (verdict.findings, verdict.sealed, verdict.waiting) == ([], 9, 0)


@pytest.mark.server("a lease goes by the server's clock, whatever that of a process says")
@pytest.mark.parametrize("behind", [dt.timedelta(seconds=8), dt.timedelta(minutes=5)])
async def test_whose_clock_was_put_back_seals_no_more_than_others_know_of(office: Office, behind: dt.timedelta) -> None:
    """Two that give entries their places give two the same one, and nobody can undo that."""
    one, two = office.sealer(behind=behind), office.sealer()
    await office.write(3)
    await one.seal()
    office.now += LEASE + BRIEFLY
    await office.keystore.let_go_of_sealing()  # by the server's clock it is over
    await two.seal()
    await office.write(3)
    await one.seal()
    assert (await office.verdict()).waiting == 3
    await two.seal()
    verdict = await office.verdict()
    assert (verdict.findings, verdict.waiting) == ([], 0)


async def test_a_process_that_ends_leaves_the_next_one_no_wait(office: Office) -> None:
    one = office.sealer()
    await office.write(3)
    await one.finish()
    await office.write(3)
    await office.sealer().seal()
    assert (await office.verdict()).waiting == 0


async def test_processes_that_end_at_once_leave_nothing_that_waits(office: Office) -> None:
    """Whoever writes last may not be who seals: that one is still at it, and lets go a moment later."""
    one, two = office.sealer(), office.sealer()
    await office.write(3)
    await one.seal()
    await office.write(3)
    ending = asyncio.create_task(two.finish())
    await asyncio.sleep(0.05)
    assert (await office.verdict()).waiting == 3
    await one._keystore.let_go_of_sealing(one._holder)
    await ending
    assert (await office.verdict()).waiting == 0


async def test_a_process_ends_though_another_one_that_has_died_held_the_lease(office: Office) -> None:
    died = office.sealer()
    await office.write(3)
    await died.seal()
    await office.write(3)
    await asyncio.wait_for(office.sealer().finish(), 8)
    assert (await office.verdict()).waiting == 3


@pytest.mark.sqlite("the lease goes by the clock of the test; a server's goes by its own")
async def test_a_process_that_dies_before_the_head_is_kept_loses_nothing(office: Office) -> None:
    sealer = office.sealer()
    await office.write(4)
    await sealer.seal()
    await office.write(4)
    newest = await office.keystore.newest_head()
    assert newest is not None
    await sealer._place(newest.tree)  # the places are committed, and then it dies
    await office.write(2)
    verdict = await office.verdict()
    assert (verdict.findings, verdict.sealed, verdict.waiting) == ([], 4, 6)
    office.now += LEASE + BRIEFLY
    await office.sealer().seal()
    verdict = await office.verdict()
    assert (verdict.findings, verdict.sealed, verdict.waiting) == ([], 10, 0)


@pytest.mark.sqlite("the lease goes by the clock of the test; a server's goes by its own")
async def test_what_a_process_that_died_had_placed_is_sealed_though_nothing_new_comes(office: Office) -> None:
    await office.write(4)
    sealer = office.sealer()
    await sealer.seal()
    await office.write(4)
    newest = await office.keystore.newest_head()
    assert newest is not None
    await sealer._place(newest.tree)
    office.now += LEASE + BRIEFLY
    await office.sealer().seal()
    assert (await office.verdict()).sealed == 8


async def test_of_each_hour_one_head_is_kept_and_all_are_signed(office: Office) -> None:
    sealer = office.sealer()
    for _ in range(6):
        await office.write(2)
        await sealer.seal()
        office.now += dt.timedelta(minutes=25)
    heads = await office.keystore.heads()
    assert [head.size for head in heads] == [6, 10, 12]
    assert all(is_signed(office.vault.head_key(), h.statement("an installation"), h.signature) for h in heads)
    assert (await office.verdict()).findings == []


async def test_entries_from_before_the_trail_are_taken_in_once(office: Office) -> None:
    await office.write(3)
    office.run("update audit set mac = x''")
    verdict = await office.verdict()
    assert (verdict.findings, verdict.earlier) == ([], 3)
    await adopt_earlier(office.database, office.keystore, office.vault, office.now)
    await office.sealer().seal()
    assert office.run("select action, detail from audit order by id")[-1] == ("trail begun", '{"earlier_entries": 3}')
    assert (await office.verdict()).sealed == 4
    await office.write(1)
    office.run("update audit set mac = x'' where leaf is null")
    await adopt_earlier(office.database, office.keystore, office.vault, office.now)
    assert [each.kind for each in (await office.verdict()).findings] == ["inserted"]


async def test_another_ring_finds_everything_forged(office: Office) -> None:
    await office.write(2)
    await office.sealer().seal()
    office.vault = Vault({"signing": os.urandom(32)}, os.urandom)
    kinds = [each.kind for each in (await office.verdict()).findings]
    assert kinds == ["head", "changed", "changed"]


@pytest.mark.sqlite("the data's file is copied by SQLite")
async def test_what_a_backup_lacks_is_said_and_not_taken_for_tampering(office: Office) -> None:
    sealer = office.sealer()
    await office.write(10)
    await sealer.seal()
    with closing(sqlite3.connect(office.folder / "survey.db")) as connection:
        connection.execute("vacuum into ?", (str(office.folder / "backup.db"),))
    office.now += dt.timedelta(hours=2)
    await office.write(5)
    await sealer.seal()
    office.run("delete from audit where leaf >= 10")  # as the backup has it
    assert [each.kind for each in (await office.verdict()).findings] == ["cut off"]
    assert await resume(office.database, office.keystore, office.vault, "b1", office.now) == 5
    verdict = await office.verdict()
    assert verdict.findings == []
    assert [(loss.note, loss.size, loss.entries) for loss in verdict.losses] == [("backup b1", 10, 5)]
    await office.write(3)
    await sealer.seal()
    verdict = await office.verdict()
    assert (verdict.findings, verdict.sealed) == ([], 13)
    office.run("delete from audit where leaf >= 12")
    assert [(each.kind, each.first) for each in (await office.verdict()).findings] == [("cut off", 12)]


async def test_a_backup_that_was_tampered_with_is_not_signed(office: Office) -> None:
    await office.write(10)
    await office.sealer().seal()
    office.run("delete from audit where leaf >= 8")
    office.run("update audit set action = 'nothing' where leaf = 2")
    assert await resume(office.database, office.keystore, office.vault, "b1", office.now) == 0
    assert [each.kind for each in (await office.verdict()).findings] == ["changed", "cut off"]


async def test_a_consent_is_proved_in_logs_of_every_length(office: Office) -> None:
    proofs = Proofs(database=office.database, keystore=office.keystore, vault=office.vault)
    sealer = office.sealer()
    consent = {"at": office.now, "actor": "contributor", "action": "consent given", "collection": "c"}
    async with office.database.write() as connection:
        await audit.append(connection, [{**consent, "pseudonym": "sam", "detail": {"record": "r"}}])
    assert await proofs.of_consent("sam", "r") is None
    for size in (1, 2, TILE - 1, TILE, TILE + 1, 2 * TILE, 2 * TILE + 7):
        await office.write(size - 1 - office.written)
        await sealer.seal()
        proof = await proofs.of_consent("sam", "r")
        assert proof is not None
        assert (proof.size, proof.place) == (size, 0)
    assert await proofs.of_consent("sam", "another") is None
    assert (await office.verdict()).findings == []
    office.run("update audit_tiles set hash = ? where tile = 1", bytes(32))
    assert await proofs.of_consent("sam", "r") is None
    assert [(each.kind, each.first) for each in (await office.verdict()).findings] == [("rewritten", TILE)]
