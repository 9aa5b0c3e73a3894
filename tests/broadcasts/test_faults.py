"""A broadcast against a service that goes wrong, over HTTP; and the rate that the service enforces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support import stores
from support.inviting import copies, crowd, over, sent
from support.running import TOKEN, Bot, until

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox
from bot.start_checks import CannotStart
from flows.broadcasts import BroadcastState

PEOPLE = 60


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN, first_retry=0.01) as running:
        yield running
        assert running.violations == []


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    bot = Bot(sandbox, tmp_path, send_rate=300)
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def people(bot: Bot, sandbox: Sandbox) -> list[Person]:
    return await crowd(sandbox, bot.settings, PEOPLE)


async def test_a_429_holds_the_broadcast_and_not_a_reply(bot: Bot, sandbox: Sandbox, people: list[Person]) -> None:
    """While the broadcast waits as long as told, people are answered."""
    sandbox.faults.too_many_requests(retry_after=2, times=6, method="sendMessage")
    broadcast = await sent(bot.settings, "demographics")
    await until(lambda: any(call.error for call in sandbox.calls if call.method == "sendMessage"))
    sandbox.faults.clear()
    kim = people[0]
    await kim.say("/help")
    await kim.settled()
    assert "/mydata" in kim.screen, "that is how to ask for help, in whichever language"
    assert copies(people[1:])[1] < PEOPLE - 1, "the broadcast waits still"
    ended = await over(bot.settings, broadcast)
    assert (ended.delivered, ended.unknown) == (PEOPLE, 0)
    assert copies(people[1:]) == {1: PEOPLE - 1}


async def test_a_connection_that_is_cut_after_delivery_is_unknown_and_not_repeated(
    bot: Bot, sandbox: Sandbox, people: list[Person]
) -> None:
    for person in (people[3], people[33]):
        sandbox.faults.cut_after(method="sendMessage", chat_id=person.id)
    ended = await over(bot.settings, await sent(bot.settings, "demographics"))
    assert (ended.state, ended.delivered, ended.unknown) == (BroadcastState.DONE, PEOPLE - 2, 2)
    assert copies(people) == {1: PEOPLE}


async def test_a_5xx_is_unknown_since_it_may_have_been_passed_on(
    bot: Bot, sandbox: Sandbox, people: list[Person]
) -> None:
    sandbox.faults.server_error(code=502, method="sendMessage", chat_id=people[5].id)
    ended = await over(bot.settings, await sent(bot.settings, "demographics"))
    assert (ended.delivered, ended.unknown) == (PEOPLE - 1, 1)
    assert copies(people) == {0: 1, 1: PEOPLE - 1}


async def test_who_blocked_or_is_gone_is_unreachable(bot: Bot, people: list[Person]) -> None:
    people[1].deactivate()
    people[2].account.started = people[2].account.met = False
    ended = await over(bot.settings, await sent(bot.settings, "demographics"))
    assert (ended.delivered, ended.unreachable) == (PEOPLE - 2, 2)
    await until(lambda: bot.stores.rows("select count(*) from conversations where not reachable") == [(2,)])
    await people[2].start()
    await people[2].settled()
    assert bot.stores.rows("select count(*) from conversations where not reachable") == [(1,)]


async def test_at_an_enforced_rate_nothing_is_refused_and_replies_go_on(
    bot: Bot, sandbox: Sandbox, people: list[Person]
) -> None:
    sandbox.limits.enforce(per_second=300, per_chat=None, replies=False)
    broadcast = await sent(bot.settings, "demographics")
    await people[0].say("/help")
    ended = await over(bot.settings, broadcast)
    assert ended.delivered == PEOPLE
    assert [call.error for call in sandbox.calls if call.error] == []


async def test_a_broadcast_that_was_stopped_in_the_middle_goes_on_after_the_next_start(
    bot: Bot, sandbox: Sandbox, people: list[Person]
) -> None:
    """SIGTERM makes nobody unknown: what has left is waited for, what is in hand is let go."""
    sandbox.faults.slow(0.05, times=PEOPLE, method="sendMessage")
    broadcast = await sent(bot.settings, "demographics")
    await until(lambda: copies(people)[1] > 0)
    await bot.restart()
    ended = await over(bot.settings, broadcast)
    assert (ended.delivered, ended.unknown) == (PEOPLE, 0)
    assert copies(people) == {1: PEOPLE}


async def test_a_second_process_on_the_same_data_says_so_and_stops(bot: Bot, sandbox: Sandbox) -> None:
    second = Bot(sandbox, bot.stores.folder)
    taken = "fetches updates for these data already" if stores.on_server() else "serves from here already"
    with pytest.raises(CannotStart, match=taken):
        await second.start()
    assert bot.is_running


async def test_a_paid_broadcast_says_so_to_telegram(bot: Bot, sandbox: Sandbox, people: list[Person]) -> None:
    await over(bot.settings, await sent(bot.settings, "demographics", paid=True))
    invites = [call for call in sandbox.calls if call.method == "sendMessage"]
    assert len(invites) == PEOPLE == len(people)
    assert all(call.parameters["allow_paid_broadcast"] is True for call in invites)


async def test_without_being_asked_nothing_is_paid(bot: Bot, sandbox: Sandbox, people: list[Person]) -> None:
    await over(bot.settings, await sent(bot.settings, "demographics"))
    assert not any("allow_paid_broadcast" in call.parameters for call in sandbox.calls)
    assert copies(people) == {1: PEOPLE}
