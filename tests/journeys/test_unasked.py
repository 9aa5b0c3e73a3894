"""What nobody has asked for waits for the pace where it lies, and nobody who presses something waits with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.by_hand import CHAT, LONG, ByHand, by_hand

from bot.broadcasts.quiet_hours import is_awake
from bot.messenger import TryLater
from flows.events import Command

DAY, PAUSE = dt.timedelta(days=1), dt.timedelta(days=3)
OTHER = CHAT + 1
TOLD = 12 * 3600.0


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path, remind_after=3) as running:
        yield running


def shown(hand: ByHand, chat: int = CHAT) -> str:
    return hand.telegram.cards[chat].screen.name


def sends(hand: ByHand, chat: int) -> int:
    """How often a screen was sent to somebody."""
    return hand.telegram.calls.count(("show", chat))


async def reminded_at_a_429(hand: ByHand) -> None:
    """Two have stopped half-way, and are reminded at noon in the place where they live; the first reminder that leaves
    is told to wait for half a day."""
    for chat in (CHAT, OTHER):
        await hand.to_questions(chat)
    region = hand.shelf.collections["demographics"].region("US")
    assert region is not None
    hand.now += PAUSE
    while not is_awake(region, hand.now) or is_awake(region, hand.now - dt.timedelta(hours=4)):
        hand.now += dt.timedelta(minutes=30)
    hand.telegram.script("show", TryLater(TOLD, told=True))


async def test_what_a_reminder_is_told_holds_for_everything_at_the_pace(hand: ByHand) -> None:
    await reminded_at_a_429(hand)
    before = sends(hand, CHAT) + sends(hand, OTHER)
    hand.unasked._most = 1
    await hand.later(hours=2)
    assert sends(hand, CHAT) + sends(hand, OTHER) == before + 1, "the other one has not left"
    assert hand.pace.wait(hand.ticks) > LONG
    assert hand.pace.take(hand.ticks, 1) == 0, "nor does an invite"
    [kept] = hand.stored.rows("select due_at from schedule where kind = 'remind' and leased_until is null")
    assert kept, "whose turn has not come is on the schedule still"


async def test_who_presses_something_is_answered_while_the_pace_is_held(hand: ByHand) -> None:
    await reminded_at_a_429(hand)
    await hand.later(hours=2)
    assert hand.pace.wait(hand.ticks) > LONG
    for chat in (CHAT, OTHER):
        await hand.commands(Command.HELP, chat)
        assert shown(hand, chat) == "help"
    assert hand.slept == [], "nobody has waited"
    assert hand.pace.wait(hand.ticks) > LONG


async def test_a_reminder_that_was_held_comes_once_and_in_waking_hours(hand: ByHand) -> None:
    await reminded_at_a_429(hand)
    hand.unasked._most = 1
    for _ in range(4):
        await hand.later(hours=3)
    before = [sends(hand, chat) for chat in (CHAT, OTHER)]
    for _ in range(24):
        await hand.later(hours=1)
    assert [shown(hand, chat) for chat in (CHAT, OTHER)] == ["reminded", "reminded"]
    assert [sends(hand, chat) - earlier for chat, earlier in zip((CHAT, OTHER), before, strict=True)] == [2, 2]
    assert hand.stored.rows("select count(*) from conversations where owed") == [(0,)]
    assert hand.stored.count("outbox") == 0
