"""One reminder, days later, in waking hours, to somebody who agreed and stopped half-way."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.by_hand import CHAT, START, ByHand, by_hand

from bot import shipped
from bot.broadcasts.quiet_hours import is_awake, wakes_at
from bot.storage.schedule import Due, put_due
from flows.events import TOKEN_BYTES, Blocked, Command
from flows.load import load_collection

PAUSE = dt.timedelta(days=3)
READY = load_collection(shipped.ready_collections() / "demographics")


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path, remind_after=3) as running:
        yield running


def kinds(hand: ByHand) -> list[str]:
    return [row[0] for row in hand.stored.rows("select kind from schedule order by kind")]


async def days_pass(hand: ByHand, days: int) -> set[str]:
    """The screens that came by themselves, hour by hour."""
    seen = set()
    for _ in range(days * 24):
        before = list(hand.telegram.calls)
        await hand.later(hours=1)
        if hand.telegram.calls != before:
            seen.add(hand.screen)
    return seen


async def test_whoever_stops_half_way_is_reminded_once_in_waking_hours(hand: ByHand) -> None:
    await hand.to_questions()
    question = hand.screen
    hand.now += PAUSE - dt.timedelta(hours=2)
    region = READY.region("US")
    assert region is not None
    while hand.screen == question:
        await hand.later(minutes=30)
        assert hand.now < START + PAUSE + dt.timedelta(days=1)
    assert hand.screen == "reminded"
    assert hand.now >= START + PAUSE
    assert is_awake(region, hand.now)
    assert await days_pass(hand, 8) == set()
    await hand.presses("close")
    assert hand.screen == question


async def test_those_who_wait_for_the_same_morning_are_reminded_one_after_the_other(hand: ByHand) -> None:
    """All at once, they would stand in the way of each other and of everybody's replies."""
    chats = [CHAT + number for number in range(6)]
    for chat in chats:
        await hand.to_questions(chat)
    region = READY.region("US")
    assert region is not None
    hand.now += PAUSE
    while is_awake(region, hand.now):
        hand.now += dt.timedelta(hours=1)
    await hand.later(hours=0)
    due = [moment for (moment,) in hand.stored.rows("select due_at from schedule where kind = 'remind'")]
    moments = [dt.datetime.fromisoformat(each).replace(tzinfo=dt.UTC) for each in due]
    morning = wakes_at(region, hand.now)
    assert morning is not None
    assert len(set(moments)) == len(chats)
    assert all(morning <= each < morning + dt.timedelta(hours=1) and is_awake(region, each) for each in moments)
    await days_pass(hand, 1)
    assert {hand.telegram.cards[chat].screen.name for chat in chats} == {"reminded"}


async def test_a_word_in_between_puts_it_off(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.later(days=2)
    await hand.commands(Command.HELP)
    await hand.later(days=2)
    assert hand.screen == "help"
    await hand.later(days=1, hours=1)
    await days_pass(hand, 1)
    assert hand.screen == "reminded"


@pytest.mark.parametrize("how", ["submitted", "left", "declined", "stopped", "blocked", "looking at how to leave"])
async def test_nobody_else_is_reminded(hand: ByHand, how: str) -> None:
    if how == "declined":
        await hand.to_decision()
        await hand.presses("decline")
    elif how == "submitted":
        await hand.to_review()
        await hand.presses("submit")
    else:
        await hand.to_questions()
    if how == "left":
        await hand.leaves()
    if how in {"stopped", "looking at how to leave"}:
        await hand.commands(Command.LEAVE)
    if how == "stopped":
        await hand.presses("stop_messages")
        await hand.presses("close")
    if how == "blocked":
        await hand.happens(Blocked(at=hand.now, token=os.urandom(TOKEN_BYTES)))
    before = hand.screen
    assert "reminded" not in await days_pass(hand, 5)
    assert hand.screen == before or how == "left"
    assert "remind" not in kinds(hand)


async def test_where_it_is_halted_nobody_is_reminded_until_it_is_reopened(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.stored.change("insert into halts values ('h1', null, 'US', '2026-11-26 12:00:00', 'm1', 'owner', '[]')")
    assert "reminded" not in await days_pass(hand, 6)
    await hand.stored.change("delete from halts")
    assert await days_pass(hand, 3) == {"reminded"}


async def test_without_a_pause_nobody_is_reminded_and_what_was_due_is_dropped(tmp_path: Path) -> None:
    async with by_hand(tmp_path, remind_after=0) as hand:
        await hand.to_questions()
        assert "remind" not in kinds(hand)
        async with hand.stores.database.write() as connection:
            chat = hand.stores.vault.chat_hash(CHAT).hex()
            await put_due(connection, [Due("remind", f"{chat}/demographics", hand.now)])
        await hand.later(days=4)
        assert hand.screen.startswith("question-")
        assert "remind" not in kinds(hand)


@given(st.sampled_from(READY.regions), st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31)))  # noqa: DTZ001
def test_the_next_waking_hour_is_one_and_the_first_there_is(region: object, moment: dt.datetime) -> None:
    """What a reminder waits for."""
    assert isinstance(region, type(READY.regions[0]))
    now = moment.replace(tzinfo=dt.UTC)
    awake = wakes_at(region, now)
    assert awake is not None
    assert is_awake(region, awake)
    between = awake - dt.timedelta(minutes=15)
    assert awake == now or between < now or not is_awake(region, between)
