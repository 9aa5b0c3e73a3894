"""What is sent to many without their asking keeps the token's one pace with broadcasts: word of a collection that has
closed, reminders, and screens that a start finds owed. What Telegram says to one of them holds for all."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.by_hand import CHAT, by_hand
from support.closing import closed_for
from support.inviting import copies, crowd, over, sent
from support.running import TOKEN, Bot, until

from bot.broadcasts.rate import Pace
from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

PEOPLE, RATE = 40, 20
OTHERS = 7_100_000_001
HALF_WAY = 25


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN, first_retry=0.01) as running:
        yield running
        assert running.violations == []


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """Not started yet."""
    bot = Bot(sandbox, tmp_path, send_rate=RATE, remind_after=3)
    yield bot
    await bot.stop()


def refused(sandbox: Sandbox) -> list[str]:
    """Calls that the stand-in found to be too many."""
    return [call.error for call in sandbox.calls if call.error and "Too Many" in call.error]


async def half_way(sandbox: Sandbox, bot: Bot, count: int, monkeypatch: pytest.MonkeyPatch) -> list[Person]:
    """People who have stopped half-way some days ago, and whom no night keeps from being reminded."""
    monkeypatch.setattr("bot.reminding.wakes_at", lambda _region, wanted: wanted)
    async with by_hand(bot.stores.folder, remind_after=3) as hand:
        hand.now = dt.datetime.now(dt.UTC) - dt.timedelta(days=4)
        for number in range(count):
            await hand.to_questions(CHAT + number)
    people = [sandbox.person(f"Half {number}", user_id=CHAT + number) for number in range(count)]
    for person in people:
        person.account.started = person.account.met = True
    return people


async def test_a_collection_that_closes_beside_a_broadcast_keeps_its_pace(bot: Bot, sandbox: Sandbox) -> None:
    invited = await crowd(sandbox, bot.settings, PEOPLE)
    told = await crowd(sandbox, bot.settings, PEOPLE, first=OTHERS)
    await closed_for(bot.settings, told)
    broadcast = await sent(bot.settings, "demographics")
    sandbox.limits.enforce(per_second=RATE, per_chat=None, replies=False)
    await bot.start()
    ended = await over(bot.settings, broadcast)
    await until(lambda: bot.stores.count("outbox") == 0, seconds=30)
    assert ended.delivered == PEOPLE
    assert copies(invited) == {1: PEOPLE}
    assert copies(told) == {2: PEOPLE}, "that it is gone, and how to come by their pay"
    assert refused(sandbox) == []


async def test_reminders_beside_a_broadcast_keep_its_pace(
    bot: Bot, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    reminded = await half_way(sandbox, bot, HALF_WAY, monkeypatch)
    invited = await crowd(sandbox, bot.settings, PEOPLE)
    broadcast = await sent(bot.settings, "demographics")
    sandbox.limits.enforce(per_second=RATE, per_chat=None, replies=False)
    await bot.start()
    await over(bot.settings, broadcast)
    await until(lambda: copies(reminded) == {1: HALF_WAY}, seconds=30)
    assert copies(invited) == {1: PEOPLE}
    assert refused(sandbox) == []


class Paces:
    """Every pace that a process has, and what each was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[Pace] = []
        self.told: list[float] = []
        made, told = Pace.__init__, Pace.told_to_wait

        def begin(pace: Pace, rate: float, now: float) -> None:
            made(pace, rate, now)
            self.made.append(pace)

        def hear(pace: Pace, now: float, seconds: float) -> None:
            told(pace, now, seconds)
            self.told.append(seconds)

        monkeypatch.setattr(Pace, "__init__", begin)
        monkeypatch.setattr(Pace, "told_to_wait", hear)


@pytest.mark.parametrize("what", ["a reminder", "word of what is gone"])
async def test_a_429_is_heard_by_the_pace_of_broadcasts_and_by_nobody_who_presses(
    bot: Bot, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    paces = Paces(monkeypatch)
    if what == "a reminder":
        [one] = await half_way(sandbox, bot, 1, monkeypatch)
    else:
        [one] = await crowd(sandbox, bot.settings, 1, first=OTHERS)
        await closed_for(bot.settings, [one])
    invited = await crowd(sandbox, bot.settings, PEOPLE)
    sandbox.faults.too_many_requests(retry_after=600, method="sendMessage", chat_id=one.id)
    paces.made.clear()
    await bot.start()
    await until(lambda: paces.told)
    assert paces.told == [600]
    assert len(paces.made) == 1, "one for everything that leaves unasked"

    broadcast = await sent(bot.settings, "demographics")
    kim = invited[0]
    await kim.say("/help")
    await kim.settled()
    if what == "a reminder":
        await one.say("/help")
        await one.settled()
    assert "/mydata" in kim.screen
    assert copies(invited[1:]) == {0: PEOPLE - 1}, "none has left"
    assert bot.stores.rows("select state from broadcasts where id = ?", broadcast.id) == [("running",)]


@pytest.mark.parametrize("what", ["a reminder", "word of what is gone"])
async def test_what_met_a_429_comes_after_it_and_once(
    bot: Bot, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("bot.due._LONGEST_WAIT", 0.2)
    if what == "a reminder":
        people = await half_way(sandbox, bot, 3, monkeypatch)
    else:
        people = await crowd(sandbox, bot.settings, 3, first=OTHERS)
        await closed_for(bot.settings, people)
    sandbox.faults.too_many_requests(retry_after=1, times=2, method="sendMessage")
    await bot.start()
    messages = 1 if what == "a reminder" else 2  # that it is gone, and how to come by their pay
    await until(lambda: copies(people) == {messages: 3}, seconds=30)
    await until(lambda: bot.stores.rows("select count(*) from conversations where owed") == [(0,)])
    await until(lambda: bot.stores.count("outbox") == 0)
    assert len(refused(sandbox)) == 2
    assert copies(people) == {messages: 3}


async def test_what_a_start_finds_owed_keeps_the_pace(bot: Bot, sandbox: Sandbox) -> None:
    people = await crowd(sandbox, bot.settings, PEOPLE)
    await bot.stores.change("update conversations set owed = true")
    sandbox.limits.enforce(per_second=RATE, per_chat=None, replies=False)
    await bot.start()
    await until(lambda: bot.stores.rows("select count(*) from conversations where owed") == [(0,)], seconds=30)
    assert copies(people) == {1: PEOPLE}
    assert refused(sandbox) == []
