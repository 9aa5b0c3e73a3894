"""PostgreSQL falls over while people go their way, and comes back, or another takes its place: nothing that anybody was
told is lost, and nobody is stuck.

The seed is printed; `SURVEYBOT_CHAOS_SEED` repeats it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from support import stores
from support.balancing import Balancer
from support.fleet import Fleet
from support.running import until
from support.standby import Pair
from support.travelling import look_at_what_is_kept, somebody

from bot.sandbox.server import Sandbox

PEOPLE = 3

pytestmark = pytest.mark.server("a server can fall over")


@pytest.fixture
async def pair(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    """A server of this test's own, since others would miss theirs."""
    pair = Pair()
    try:
        await pair.make()
        monkeypatch.setenv(stores.SERVER, str(pair.address))
        await stores.make_templates()
        yield pair
    finally:
        pair.remove()


@pytest.mark.parametrize("falls", ["and comes back, twice", "and another takes its place"])
async def test_a_server_that_falls_over_while_people_go_their_way(
    sandbox: Sandbox,
    address: Balancer,
    tmp_path: Path,
    dice: random.Random,
    stack: AsyncExitStack,
    pair: Pair,
    falls: str,
) -> None:
    if falls == "and another takes its place":
        await pair.follow()
    fleet = Fleet(sandbox, address, tmp_path, 2)
    await stack.enter_async_context(fleet)
    everybody = [somebody(sandbox, random.Random(dice.random()), n, tmp_path) for n in range(PEOPLE)]  # noqa: S311
    async with asyncio.TaskGroup() as people:
        for each in everybody:
            people.create_task(each.come_and_go())
        await asyncio.sleep(dice.uniform(0.2, 1.5))
        if falls == "and another takes its place":
            await pair.fail_over()
        else:
            await pair.restart()
            await asyncio.sleep(dice.uniform(0.2, 1.0))
            await pair.restart()
    stayed = [each for each in everybody if not each.leaves]
    await until(lambda: fleet.stores.count("conversations") == len(stayed), seconds=30)
    await until(lambda: fleet.stores.count("key_destructions") + fleet.stores.count("outbox") == 0, seconds=30)
    await until(lambda: fleet.stores.count("processes") == 2, seconds=30)
    await fleet.close()
    assert sandbox.violations == []
    assert "passed over" not in fleet.logs
    assert "Traceback" not in fleet.logs
    look_at_what_is_kept(fleet.stores, everybody)
