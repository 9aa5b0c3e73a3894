"""Planning that another process has taken over: whoever only was slow writes nobody down beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from support.running import until

from bot.arrivals import DueArrival
from bot.broadcasts.audience import Sieve, Tally
from bot.broadcasts.planner import Planner
from bot.errands import LEASE, Errands
from bot.storage import audiences, processes, schedule
from bot.storage import broadcasts as stored
from bot.storage.audiences import Person
from bot.storage.schedule import Due
from bot.team.rows import PLAN
from flows.broadcasts import Audience, BroadcastState

from .conftest import NOON, PEOPLE, Office

CHAT = "ab" * 16
TOGETHER = 10
"""People that a plan reads at a time here."""


class Process:
    """One of two that plan what the schedule has; it goes as far as it is let."""

    def __init__(self, office: Office, number: int) -> None:
        self._office = office
        self._number = number
        self._may = asyncio.Semaphore(2)
        self.waits = False
        """Whether it has come to where it is held."""
        self.told: list[Due] = []
        planner = Planner(
            database=office.stores.database,
            keystore=office.stores.keystore,
            vault=office.stores.vault,
            shelf=office.desk._shelf,
            rules=office.desk._rules,
            clock=lambda: NOON,
        )
        self._errands = Errands(
            database=office.stores.database,
            carries={PLAN: planner.carry_out},
            take=self._tell,
            clock=lambda: NOON,
            me=lambda: number,
        )

    async def _tell(self, arrivals: Sequence[DueArrival]) -> None:
        self.told += [each.due for each in arrivals]

    async def begins(self) -> asyncio.Task[None]:
        """It takes what is due, and plans until it is held."""
        async with self._office.stores.database.write() as connection:
            self._errands.take(await schedule.claim_due(connection, NOON, LEASE, 10, self._number))
        planning = asyncio.create_task(self._errands.work(), name=str(self._number))
        await until(lambda: self.waits or planning.done())
        return planning

    async def goes_on(self) -> None:
        """Wait until it may read more."""
        self.waits = self._may.locked()
        await self._may.acquire()

    def let_go(self) -> None:
        """It is held no more."""
        for _ in range(PEOPLE):
            self._may.release()


async def asked_for(office: Office) -> int:
    """A broadcast that was asked for in a chat."""
    row = {
        "collection": "demographics", "audience": Audience().as_json(), "paragraphs": {}, "paid": False,
        "any_hour": True, "planned_by": "Kim", "planned_at": NOON, "starts_at": NOON, "ended_at": None, "why": None,
        "without_pilot": None,
    }  # fmt: skip
    async with office.stores.database.write() as connection:
        number = await stored.begin(connection, row, BroadcastState.ASKED)
        await schedule.put_due(connection, [Due(PLAN, f"{CHAT}/{number}", NOON)])
    return number


def written(office: Office) -> list[tuple[int, ...]]:
    """How many places there are in the broadcast, and how many people."""
    return office.rows("select count(*), count(distinct chat) from deliveries")


async def test_a_plan_that_another_process_has_taken_over_does_not_go_on_beside_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody left in between, so that the second reads people some of whom are the first one's next."""
    first, second = Process(office, 1), Process(office, 2)
    by_task, invited = {"1": first, "2": second}, Sieve.invited

    async def once_let(sieve: Sieve, people: Sequence[Person], tally: Tally) -> list[Person]:
        task = asyncio.current_task()
        assert task is not None
        await by_task[task.get_name()].goes_on()
        return await invited(sieve, people, tally)

    monkeypatch.setattr(Sieve, "invited", once_let)
    monkeypatch.setattr(audiences, "TOGETHER", TOGETHER)
    number = await asked_for(office)
    slow = await first.begins()
    leaves = office.rows("select chat from conversations order by chat limit 1")[0][0]
    for table in ("contact_permissions", "contributions", "conversations"):
        office.rows(f"delete from {table} where chat = ?", leaves)  # noqa: S608  # a test's own words
    async with office.stores.database.write() as connection:
        await processes.take_over(connection, [1], NOON)
    planning = await second.begins()
    assert written(office) == [(2 * TOGETHER, 2 * TOGETHER)]

    first.let_go()
    await slow
    assert written(office) == [(2 * TOGETHER, 2 * TOGETHER)]
    assert (await office.desk.look(number)).state is BroadcastState.PLANNING
    second.let_go()
    await planning
    assert written(office) == [(PEOPLE - 1, PEOPLE - 1)]
    assert (await office.desk.look(number)).state is BroadcastState.PLANNED
    assert (len(first.told), len(second.told)) == (0, 1)
