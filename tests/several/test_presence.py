"""Who serves beside whom: numbers that say what is in hand, one that fetches alone, and one that was only slow."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog.testing
from support import stores
from support.running import TOKEN, Bot

from bot.presence import ALIVE, InTheWay, Presence, TakenForDead
from bot.sandbox.server import Sandbox
from bot.start_checks import CannotStart
from bot.storage.database import Database, StoreUnavailable
from bot.storage.holding import Turn, in_turn
from bot.storage.tables import conversations

pytestmark = pytest.mark.server("several processes share one database")

CHAT = "insert into conversations values (?, x'00', x'00', 1, true, false, true, ?)"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database.connect(stores.url(tmp_path, stores.DATA))
    yield made
    await made.close()


def of(database: Database, *, fetches: bool = False) -> Presence:
    return Presence(database, lambda: dt.datetime.now(dt.UTC), fetches=fetches)


async def dies(folder: Path, presence: Presence) -> None:
    """Its time is over: it was killed a while ago, or could not say anything for so long."""
    query = "update processes set alive_until = now() - interval '1 second' where id = ? returning id"
    assert await asyncio.to_thread(stores.rows, folder, query, presence.number)


async def test_several_have_numbers_and_the_next_has_another(database: Database, tmp_path: Path) -> None:
    one, other = of(database), of(database)
    await one.begin()
    await other.begin()
    assert one.number is not None
    assert other.number is not None
    assert one.number < other.number
    assert (one.others, other.others) == (0, 1)
    assert one.surely == one.number
    await one.end()
    assert await other.beat(), "there may be something of its to do"
    assert other.others == 0
    again = of(database)
    await again.begin()
    assert again.number is not None
    assert again.number > other.number
    places = await asyncio.to_thread(stores.rows, tmp_path, "select place from processes")
    assert all(place.startswith("process ") for (place,) in places)


async def test_one_that_was_only_slow_goes_on_under_another_number_and_leaves_nothing_behind(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, other = of(database), of(database)
    await slow.begin()
    await other.begin()
    before = slow.number
    await dies(tmp_path, slow)
    assert await other.beat()
    # It commits once more under its old number, though nobody has it any more.
    await asyncio.to_thread(stores.rows, tmp_path, f"{CHAT} returning chat", b"a", before)
    assert not await slow.beat()
    assert slow.number is not None
    assert before is not None
    assert slow.number > before
    now = time.monotonic()
    monkeypatch.setattr("bot.presence.time.monotonic", lambda: now + 6)
    assert await other.beat()
    assert await asyncio.to_thread(stores.rows, tmp_path, "select shown_by from conversations") == [(None,)]


async def test_what_was_committed_for_the_dead_is_found_also_where_who_took_over_has_ended(
    database: Database, tmp_path: Path
) -> None:
    first, second = of(database), of(database)
    await first.begin()
    await second.begin()
    before = first.number
    await dies(tmp_path, first)
    assert await second.beat()
    # A step of the second leaves its screen to the first, of which it does not know yet that it has ended.
    await asyncio.to_thread(stores.rows, tmp_path, f"{CHAT} returning chat", b"a", before)
    await second.end()
    await of(database).begin()
    assert await asyncio.to_thread(stores.rows, tmp_path, "select shown_by from conversations") == [(None,)]


async def test_who_cannot_say_that_it_is_alive_takes_no_step(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = of(database)
    await one.begin()
    now = time.monotonic()
    monkeypatch.setattr("bot.presence.time.monotonic", lambda: now + ALIVE.total_seconds())
    with pytest.raises(TakenForDead):
        _ = one.surely
    await one.beat()
    assert one.surely == one.number


async def test_it_is_alive_while_it_goes_on_with_what_was_another_ones(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That can take longer than it is taken for alive without a word. Where the store breaks down, it begins anew."""
    monkeypatch.setattr("bot.presence._EACH", 0.05)
    one, other = of(database), of(database)
    await one.begin()
    await other.begin()
    begun, failures = asyncio.Semaphore(0), iter([StoreUnavailable("hung up")])

    async def take_over() -> None:
        begun.release()
        for failure in failures:
            raise failure
        await asyncio.Event().wait()

    one.taken_over = take_over
    await dies(tmp_path, other)
    running = asyncio.create_task(one.run())
    try:
        async with asyncio.timeout(5):
            await begun.acquire()
            await begun.acquire()
            said = await alive_until(tmp_path, one)
            while await alive_until(tmp_path, one) == said:  # noqa: ASYNC110  # a row wakes nobody
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_who_hangs_with_rows_in_hand_keeps_nobody_from_saying_that_they_are_alive(
    database: Database, tmp_path: Path
) -> None:
    one, hangs = of(database), of(database)
    await one.begin()
    await hangs.begin()
    before = hangs.number
    await asyncio.to_thread(stores.rows, tmp_path, f"{CHAT} returning chat", b"a", before)
    async with database.write() as connection:
        await connection.execute(conversations.update().values(shown_by=before))
        await dies(tmp_path, hangs)
        with structlog.testing.capture_logs() as logs:
            assert not await one.beat(), "its rows are held"
        assert [each["event"].split(";")[0] for each in logs] == ["what a process that ended had in hand is still held"]
        assert one.surely == one.number
    assert await one.beat()
    assert await asyncio.to_thread(stores.rows, tmp_path, "select shown_by from conversations") == [(None,)]


async def alive_until(folder: Path, presence: Presence) -> str:
    """Until when it is taken for alive."""
    query = "select alive_until from processes where id = ?"
    found: str = (await asyncio.to_thread(stores.rows, folder, query, presence.number))[0][0]
    return found


async def test_after_an_outage_nobody_is_taken_over_before_they_could_say_something(
    database: Database, tmp_path: Path
) -> None:
    one, other = of(database), of(database)
    await one.begin()
    await other.begin()
    assert one._said_at is not None
    one._said_at -= 2 * ALIVE
    await dies(tmp_path, other)
    assert not await one.beat()
    await other.beat()
    assert not await one.beat()
    assert other.number is not None
    assert one.others == 1


@pytest.mark.parametrize("is_taken_over", [True, False])
async def test_one_that_was_paused_while_others_went_on_to_other_tables_ends(
    database: Database, tmp_path: Path, *, is_taken_over: bool
) -> None:
    """A newer version saw nobody alive, and has just upgraded or serves already."""
    one, other = of(database), of(database)
    await one.begin()
    await other.begin()
    assert one._said_at is not None
    one._said_at -= 2 * ALIVE
    await dies(tmp_path, one)
    if is_taken_over:
        assert await other.beat()
    newest = await database.schema()
    version = "update alembic_version set version_num = ? returning version_num"
    await asyncio.to_thread(stores.rows, tmp_path, version, "9999")
    with pytest.raises(InTheWay, match=r"the tables are of another version by now.*start the version"):
        await asyncio.wait_for(one.run(), 10)
    still = await asyncio.to_thread(stores.rows, tmp_path, "select 1 from processes where alive_until > now()")
    assert len(still) == 1, "the other one alone"
    await asyncio.to_thread(stores.rows, tmp_path, version, newest)


async def test_one_that_is_back_while_others_upgrade_waits_for_what_comes_of_it(
    database: Database, tmp_path: Path
) -> None:
    one = of(database)
    await one.begin()
    assert one._said_at is not None
    one._said_at -= 2 * ALIVE
    await dies(tmp_path, one)
    other = Database.connect(database.url)
    async with other.write_beside() as connection:
        await in_turn(connection, Turn.ALONE)
        beating = asyncio.create_task(one.beat())
        await asyncio.wait([beating], timeout=0.3)
        await connection.exec_driver_sql("update alembic_version set version_num = '9999'")
        assert not beating.done()
    with pytest.raises(InTheWay):
        await beating
    await other.close()


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True)])
async def test_only_one_may_fetch_and_nobody_beside_it(database: Database, *, first: bool, second: bool) -> None:
    one, other = of(database, fetches=first), of(database, fetches=second)
    await one.begin()
    beginning = asyncio.create_task(other.begin())
    while not beginning.done():  # as one that is alive does, whenever the other looks
        await one.beat()
        await asyncio.sleep(0.05)
    with pytest.raises(InTheWay, match="another surveybot"):
        await beginning
    assert other.number is None


async def test_one_that_was_killed_a_moment_ago_is_waited_for(database: Database, tmp_path: Path) -> None:
    one, other = of(database, fetches=True), of(database, fetches=True)
    await one.begin()
    beginning = asyncio.create_task(other.begin())
    await asyncio.sleep(0.05)
    assert not beginning.done()
    await dies(tmp_path, one)
    await beginning
    assert other.number is not None


async def was_ahead(folder: Path, presence: Presence) -> None:
    """The server's clock was an hour ahead when it last said that it is alive, and has been put right since."""
    query = "update processes set alive_until = now() + interval '1 hour' where id = ? returning id"
    assert await asyncio.to_thread(stores.rows, folder, query, presence.number)


async def counts_as_anybody(folder: Path, presence: Presence) -> bool:
    """Whether it is taken for alive for no longer than it takes to say so again."""
    query = "select alive_until <= clock_timestamp() + interval '8 seconds' from processes where id = ?"
    return bool((await asyncio.to_thread(stores.rows, folder, query, presence.number))[0][0])


async def test_a_clock_that_was_ahead_keeps_nobody_waiting_for_the_dead(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are alive no longer than anybody else is without a word."""
    one, other = of(database, fetches=True), of(database, fetches=True)
    await one.begin()
    await was_ahead(tmp_path, one)
    monkeypatch.setattr("bot.presence._EACH", 0.2)
    beginning = asyncio.create_task(other.begin())
    async with asyncio.timeout(5):
        while not await counts_as_anybody(tmp_path, one):  # noqa: ASYNC110  # a row wakes nobody
            await asyncio.sleep(0.05)
    assert not beginning.done(), "it may live, and has not come to say so yet"
    await dies(tmp_path, one)
    await beginning
    assert other.number is not None


async def test_a_clock_that_was_ahead_is_seen_through_by_a_start_beside_one_that_lives(
    database: Database, tmp_path: Path
) -> None:
    one, other = of(database, fetches=True), of(database, fetches=True)
    await one.begin()
    await was_ahead(tmp_path, one)
    beginning = asyncio.create_task(other.begin())
    async with asyncio.timeout(5):
        while not beginning.done():
            await asyncio.sleep(0.1)
            await one.beat()
    with pytest.raises(InTheWay, match="another surveybot fetches"):
        await beginning


async def test_what_the_dead_had_in_hand_goes_on_also_where_the_clock_was_ahead(
    database: Database, tmp_path: Path
) -> None:
    one, dead = of(database), of(database)
    await one.begin()
    await dead.begin()
    await asyncio.to_thread(stores.rows, tmp_path, f"{CHAT} returning chat", b"a", dead.number)
    await was_ahead(tmp_path, dead)
    await was_ahead(tmp_path, one)
    assert not await one.beat(), "it may live, and has not come to say so yet"
    assert await counts_as_anybody(tmp_path, dead)
    await dies(tmp_path, dead)
    assert await one.beat()
    assert await asyncio.to_thread(stores.rows, tmp_path, "select shown_by from conversations") == [(None,)]


async def test_a_bot_that_would_fetch_beside_another_says_which_is_in_its_way(tmp_path: Path) -> None:
    async with Sandbox(TOKEN, page=False) as sandbox:
        first, second = Bot(sandbox, tmp_path), Bot(sandbox, tmp_path)
        await first.start()
        with pytest.raises(CannotStart, match=r"fetches updates for these data already \(process \d+ on .+\)"):
            await second.start()
        await first.stop()
        await second.start()
        await second.stop()
