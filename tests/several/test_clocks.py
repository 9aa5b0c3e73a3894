"""Machines whose clocks differ, as far as a start allows: what one has in hand is nobody else's as long as it lives."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from support import stores
from support.by_hand import START, ByHand, by_hand

from bot.clock_went_back import put_right
from bot.errands import LEASE
from bot.presence import Presence
from bot.storage import outbox, processes, schedule
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow
from bot.storage.schedule import Due

pytestmark = pytest.mark.server("several processes share one database")

APART = dt.timedelta(minutes=4)
"""How far each is off, one of them behind and the other ahead: Telegram's time is five minutes off for none."""

PLAN = Due("plan", "ab/7", START - dt.timedelta(hours=1))


class Machine:
    """One that serves, by a clock of its own."""

    def __init__(self, database: Database, off: dt.timedelta) -> None:
        self.database = database
        self.now = START + off
        self.presence = Presence(database, lambda: self.now, fetches=False)

    @property
    def number(self) -> int | None:
        return self.presence.number

    async def due(self) -> list[Due]:
        """What it takes from the schedule."""
        async with self.database.write() as connection:
            return await schedule.claim_due(connection, self.now, LEASE, 10, self.number)

    async def owed(self) -> list[str]:
        """What it takes from the outbox."""
        async with self.database.write() as connection:
            return [row.id for row in await outbox.claim(connection, self.now, LEASE, 10, self.number)]

    async def next_due(self) -> list[dt.datetime | None]:
        """When it looks again at schedule and outbox."""
        async with self.database.read() as connection:
            return [await schedule.next_due(connection, self.number), await outbox.next_due(connection, self.number)]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database.connect(stores.url(tmp_path, stores.DATA))
    await made.upgrade()
    yield made
    await made.close()


@pytest.fixture
async def behind(database: Database) -> Machine:
    machine = Machine(database, -APART)
    await machine.presence.begin()
    return machine


@pytest.fixture
async def ahead(database: Database, behind: Machine) -> Machine:
    machine = Machine(database, APART)
    assert machine.now - behind.now > LEASE
    await machine.presence.begin()
    return machine


def row(name: str, due: dt.datetime = PLAN.due_at, holder: int | None = None, left_to: int | None = None) -> OutboxRow:
    return OutboxRow(name, b"chat", "reply", "words", b"", 0, due, 0, PLAN.due_at, holder, left_to)


async def put(database: Database, *rows: OutboxRow) -> None:
    async with database.write() as connection:
        await schedule.put_due(connection, [PLAN])
        await outbox.put(connection, rows)


async def is_taken_over(machine: Machine) -> None:
    """It has died, and whoever lives takes over what it had."""
    assert machine.number is not None
    async with machine.database.write() as connection:
        assert machine.number in await processes.gone(connection, 0, dt.datetime.max.replace(tzinfo=dt.UTC))
        await processes.take_over(connection, [machine.number], START)


async def test_what_one_has_in_hand_another_whose_clock_is_ahead_does_not_take(
    database: Database, behind: Machine, ahead: Machine
) -> None:
    await put(database, row("a file"))
    assert await behind.due() == [PLAN]
    assert await behind.owed() == ["a file"]
    assert (await ahead.due(), await ahead.owed()) == ([], []), "by its clock, the lease is over"
    assert await ahead.next_due() == [None, None], "it does not look again and again"


async def test_what_a_step_sends_is_left_to_who_took_it_however_late_it_is_elsewhere(
    database: Database, behind: Machine, ahead: Machine
) -> None:
    soon = behind.now + APART
    await put(database, row("mine", soon, holder=behind.number), row("left to it", soon, left_to=behind.number))
    assert await ahead.owed() == []
    assert await ahead.next_due() == [PLAN.due_at, None]
    behind.now = soon
    assert set(await behind.owed()) == {"mine", "left to it"}, "who lives takes up what it has lost, by its own clock"


async def test_what_a_dead_one_had_in_hand_is_taken_whatever_the_clocks_say(
    database: Database, behind: Machine, ahead: Machine
) -> None:
    await put(database, row("a file"))
    assert await ahead.due() == [PLAN]
    assert await ahead.owed() == ["a file"]
    assert (await behind.due(), await behind.owed()) == ([], [])
    await is_taken_over(ahead)
    assert (await behind.due(), await behind.owed()) == ([PLAN], ["a file"])


async def test_what_a_dead_one_put_is_not_late_for_who_is_behind(behind: Machine, ahead: Machine) -> None:
    """Taken over by one whose clock is behind, it is due by that clock, and not by the server's."""
    behind.now, ahead.now = (dt.datetime.now(dt.UTC) + off for off in (-APART, APART))
    made = OutboxRow("put", b"chat", "reply", "words", b"", 0, ahead.now + LEASE, 0, ahead.now, ahead.number)
    await put(behind.database, made)
    async with behind.database.write() as connection:
        await processes.beat(connection, ahead.number or 0, START - dt.timedelta(days=900))
    assert await behind.presence.beat()
    assert await behind.owed() == ["put"]


async def test_a_lease_that_was_lost_ends_by_the_clock_of_who_has_it(behind: Machine, ahead: Machine) -> None:
    await put(behind.database)
    assert await behind.due() == [PLAN]
    behind.now += LEASE + dt.timedelta(seconds=1)
    assert await ahead.due() == []
    assert await behind.due() == [PLAN]


async def test_whoevers_clock_is_put_back_keeps_what_it_has_in_hand(
    database: Database, behind: Machine, ahead: Machine
) -> None:
    await put(database)
    assert await ahead.due() == [PLAN]
    ahead.now = START - APART
    await put_right(database, ahead.now, LEASE, ahead.number)
    assert await behind.due() == []
    ahead.now += LEASE + dt.timedelta(seconds=1)
    assert await ahead.due() == [PLAN], "no later than it ever may"


@pytest.mark.parametrize(("off", "said"), [(-APART, [True]), (APART, [False]), (dt.timedelta(0), [])])
async def test_a_start_warns_of_a_clock_that_is_off_the_servers(
    database: Database, off: dt.timedelta, said: list[bool]
) -> None:
    with structlog.testing.capture_logs() as logs:
        await Presence(database, lambda: dt.datetime.now(dt.UTC) + off, fetches=False).begin()
    assert [each["seconds"] < 0 for each in logs if "clock is off" in each["event"]] == said


@pytest.fixture
async def starting(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path) as hand:
        yield hand


async def test_a_start_whose_clock_is_behind_frees_nothing_that_another_has_in_hand(starting: ByHand) -> None:
    """To it, the hourly sweep waits for longer than it ever does: as after a clock that was days ahead."""
    database = starting.stores.database
    serving, own = Machine(database, dt.timedelta(seconds=90)), Machine(database, dt.timedelta(0))
    await serving.presence.begin()
    sweep = Due("sweep", "hourly", serving.now + dt.timedelta(hours=1))
    mine = [row("in hand"), row("of a step", serving.now + 3 * LEASE, holder=serving.number)]
    nobodys = row("put while a clock was ahead", START + dt.timedelta(days=5))
    await put(database, *mine, nobodys)
    assert (await serving.due(), await serving.owed()) == ([PLAN], ["in hand"])
    async with database.write() as connection:
        await schedule.put_due(connection, [sweep])
    await own.presence.begin()
    starting.now = own.now
    starting.dues._me = starting.outgoing._me = lambda: own.number
    await starting.dues.take_over()
    assert await own.due() == []
    left = starting.stored.rows("select id, holder from outbox order by id")
    assert left == [("in hand", serving.number), ("of a step", serving.number)], "and what was nobody's is done with"
    own.now = START + dt.timedelta(hours=1)
    assert [due.kind for due in await own.due()] == ["sweep"], "which is pulled back: nobody had it in hand"
