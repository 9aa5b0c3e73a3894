"""Errands: once, however many take them; again where they come again; and a fault holds up nothing else."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from support import stores

from bot.arrivals import DueArrival
from bot.errands import LEASE, Errands
from bot.storage import processes, schedule
from bot.storage.database import Database, StoreUnavailable
from bot.storage.schedule import Due

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
CHAT = "ab" * 16


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database.connect(stores.url(tmp_path, stores.DATA))
    await made.upgrade()
    yield made
    await made.close()


class Office:
    """Somebody who carries out errands, and what came of them."""

    def __init__(self, database: Database, number: int | None = None) -> None:
        self.database = database
        self.number = number
        self.done: list[str] = []
        self.told: list[Due] = []
        self.again: dt.datetime | None = None
        self.fault: Exception | None = None
        self.meanwhile: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)
        self.errands = Errands(
            database=database,
            carries={"plan": self.carry_out, "post": self.carry_out, "retention": self.carry_out},
            standing=frozenset({"retention"}),
            take=self.tell,
            clock=lambda: NOW,
            me=lambda: self.number,
        )

    async def carry_out(self, due: Due) -> dt.datetime | None:
        await self.meanwhile()
        if self.fault is not None:
            raise self.fault
        self.done.append(due.key)
        return self.again

    async def tell(self, arrivals: Sequence[DueArrival]) -> None:
        self.told += [each.due for each in arrivals]

    async def claim(self, now: dt.datetime = NOW) -> list[Due]:
        async with self.database.write() as connection:
            return await schedule.claim_due(connection, now, LEASE, 10, self.number)


async def put(database: Database, *dues: Due) -> None:
    async with database.write() as connection:
        await schedule.put_due(connection, dues)


async def waiting(database: Database) -> list[Due]:
    async with database.write() as connection:
        return await schedule.claim_due(connection, NOW + dt.timedelta(days=9), LEASE, 10)


async def test_the_smallest_number_goes_first_and_word_comes_to_the_chat(database: Database) -> None:
    office = Office(database)
    dues = [Due("plan", f"{CHAT}/12", NOW), Due("plan", "/3", NOW), Due("plan", f"{CHAT}/4", NOW)]
    await put(database, *dues)
    office.errands.take(await office.claim())
    office.errands.take(dues)  # in hand already
    await office.errands.work()
    assert office.done == ["/3", f"{CHAT}/4", f"{CHAT}/12"]
    assert [due.key for due in office.told] == [f"{CHAT}/4", f"{CHAT}/12"], "the conversation says that these are done"
    assert {due.key for due in await waiting(database)} == {f"{CHAT}/4", f"{CHAT}/12"}


async def test_what_comes_again_is_put_anew(database: Database) -> None:
    office = Office(database)
    office.again = NOW + dt.timedelta(days=1)
    hurried: list[dt.datetime] = []
    office.errands.hurry = hurried.append
    await put(database, Due("post", "daily", NOW))
    office.errands.take(await office.claim())
    await office.errands.work()
    assert hurried == [office.again]
    assert await waiting(database) == [Due("post", "daily", office.again)]


async def test_a_fault_is_dropped_and_a_store_that_is_away_is_not(database: Database) -> None:
    office = Office(database)
    await put(database, Due("post", f"{CHAT}/a", NOW))
    office.fault = StoreUnavailable("away")
    office.errands.take(await office.claim())
    await office.errands.work()
    assert [due.key for due in await waiting(database)] == [f"{CHAT}/a"]
    office.fault = RuntimeError("a fault of ours")
    office.errands.take([Due("post", f"{CHAT}/a", NOW)])
    await office.errands.work()
    assert await waiting(database) == []
    assert office.told == []


async def test_what_comes_each_day_is_not_dropped_for_good_by_a_fault(database: Database) -> None:
    office = Office(database)
    await put(database, Due("retention", "daily", NOW))
    office.fault = RuntimeError("a fault of ours")
    office.errands.take(await office.claim())
    await office.errands.work()
    assert await waiting(database) == [Due("retention", "daily", NOW + dt.timedelta(hours=1))]


async def test_an_errand_is_one_processs_until_it_has_died(database: Database) -> None:
    one, other = Office(database, 1), Office(database, 2)
    await put(database, Due("post", f"{CHAT}/a", NOW))
    [mine] = await one.claim()
    assert await other.claim(NOW + LEASE / 2) == []
    async with database.write() as connection:
        await schedule.renew(connection, [mine], NOW + 2 * LEASE, 2)  # not the other one's to renew
        await schedule.renew(connection, [mine], NOW + 2 * LEASE, 1)
    assert await other.claim(NOW + LEASE + dt.timedelta(seconds=1)) == []
    async with database.write() as connection:
        await processes.take_over(connection, [1], NOW)
    assert await other.claim() == [mine]


async def is_taken_over(office: Office, anew: int) -> None:
    """It was not heard of for a while, so that others may have what it had in hand; it goes on under a new number."""
    async with office.database.write() as connection:
        await processes.take_over(connection, [office.number or 0], NOW)
    office.number = anew


@pytest.mark.parametrize("key", ["daily", f"{CHAT}/a"])
@pytest.mark.parametrize("fault", [None, RuntimeError("both wrote the same")])
async def test_whoever_was_taken_over_ends_no_errand_of_another(
    database: Database, key: str, fault: Exception | None
) -> None:
    one, other = Office(database, 1), Office(database, 2)
    await put(database, Due("retention", key, NOW))
    one.errands.take(await one.claim())
    claimed: list[Due] = []

    async def it_is_anothers() -> None:
        await is_taken_over(one, 3)
        claimed.extend(await other.claim())

    one.meanwhile, one.fault = it_is_anothers, fault
    await one.errands.work()
    assert [due.key for due in claimed] == [key]
    assert one.told == []
    async with database.read() as connection:
        assert await schedule.due_at(connection, "retention", key) == NOW
    other.errands.take(claimed)
    await other.errands.work()
    assert other.done == [key]


async def test_what_waited_its_turn_when_it_became_another_s_is_not_begun(database: Database) -> None:
    one, other = Office(database, 1), Office(database, 2)
    await put(database, Due("post", f"{CHAT}/a", NOW))
    one.errands.take(await one.claim())
    await is_taken_over(one, 3)
    other.errands.take(await other.claim())
    await one.errands.work()
    await other.errands.work()
    assert (one.done, other.done) == ([], [f"{CHAT}/a"])


async def test_an_errand_that_comes_back_to_whoever_had_it_is_carried_out_anew(database: Database) -> None:
    """Others may have begun it in between."""
    office = Office(database, 1)
    await put(database, Due("post", f"{CHAT}/a", NOW), Due("post", f"{CHAT}/b", NOW))
    office.errands.take(await office.claim())

    async def it_is_back() -> None:
        office.meanwhile = lambda: asyncio.sleep(0)
        await is_taken_over(office, 3)
        office.errands.take(await office.claim())

    office.meanwhile = it_is_back
    await office.errands.work()
    assert office.done == [f"{CHAT}/a", f"{CHAT}/a", f"{CHAT}/b"]
    assert [due.key for due in office.told] == [f"{CHAT}/a", f"{CHAT}/b"]
