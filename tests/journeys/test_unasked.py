"""What nobody has asked for waits for the pace where it lies, and nobody who presses something waits with it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.by_hand import CHAT, LONG, ByHand, by_hand

from bot.arrivals import DueArrival
from bot.broadcasts.quiet_hours import is_awake
from bot.messenger import Sent, TryLater
from bot.storage import outbox
from bot.storage.asking import SHOW, UNASKED
from bot.storage.schedule import Due
from flows.collection import Region
from flows.events import Command
from flows.screens import Screen

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


async def test_a_screen_that_is_under_way_is_not_sent_once_more(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks for screens that are still owed may see one between its commit and its leaving."""
    await hand.to_decision()
    before, may_leave, at_once = sends(hand, CHAT), asyncio.Event(), hand.telegram.show

    async def slowly(chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent:
        await may_leave.wait()
        return await at_once(chat_id, card, screen, language, step)

    monkeypatch.setattr(hand.telegram, "show", slowly)
    await hand.conversation.take([hand.arrival(hand.tap("agree"), callback="callback")])
    chat = hand.stores.vault.chat_hash(CHAT)
    await hand.conversation.take([DueArrival(chat, Due(SHOW, chat.hex(), hand.now))])
    may_leave.set()
    await hand.settled()
    assert sends(hand, CHAT) == before + 1
    assert hand.stored.rows("select count(*) from conversations where owed") == [(0,)]


# --- who wants no messages -------------------------------------------------------------------------------------------


async def told_later_that_it_is_gone(hand: ByHand) -> None:
    """A consent has come to its end, and word of that is to wait for half a day."""
    await hand.to_questions()
    hand.telegram.script("say", TryLater(TOLD, told=True))
    await hand.later(days=731)
    assert hand.stored.rows("select lane, kind from outbox") == [("unasked", "gone")]


async def stops_messages(hand: ByHand) -> None:
    await hand.commands(Command.LEAVE)
    await hand.presses("stop_messages")


async def test_what_waits_unasked_is_not_said_to_who_stops_messages(hand: ByHand) -> None:
    await told_later_that_it_is_gone(hand)
    said = len(hand.telegram.said)
    await stops_messages(hand)
    assert hand.stored.count("outbox") == 0
    await hand.later(days=1)
    assert len(hand.telegram.said) == said


async def test_nor_is_what_was_in_hand_as_they_stopped(hand: ByHand) -> None:
    """It was claimed before their step was committed."""
    await told_later_that_it_is_gone(hand)
    said = len(hand.telegram.said)
    async with hand.stores.database.write() as connection:
        in_hand = await outbox.claim(connection, hand.now + DAY, dt.timedelta(0), 1, None, UNASKED)
    await stops_messages(hand)
    async with hand.stores.database.write() as connection:
        await outbox.put(connection, in_hand)
    await hand.later(days=1)
    assert len(hand.telegram.said) == said
    assert hand.stored.count("outbox") == 0


# --- at night --------------------------------------------------------------------------------------------------------


async def reminded_just_before_the_night(hand: ByHand) -> Region:
    """Somebody has stopped half-way, and their reminder is told to wait until they sleep; where they live."""
    await hand.to_questions()
    region = hand.shelf.collections["demographics"].region("US")
    assert region is not None
    hand.now += PAUSE
    while not is_awake(region, hand.now) or is_awake(region, hand.now + dt.timedelta(hours=1)):
        hand.now += dt.timedelta(minutes=30)
    hand.telegram.script("show", TryLater(3 * 3600.0, told=True))
    await hand.later(seconds=0)
    assert hand.stored.rows("select owed from conversations") == [(1,)]
    return region


async def test_a_reminder_that_did_not_get_through_before_the_night_waits_for_the_morning(hand: ByHand) -> None:
    """Whatever the pace says by then, and also where the bot is started anew in between."""
    region = await reminded_just_before_the_night(hand)
    before = sends(hand, CHAT)
    while not is_awake(region, hand.now + dt.timedelta(hours=1)):
        await hand.later(hours=1)
        await hand.shows_owed()
        assert sends(hand, CHAT) == before, "they sleep"
    for _ in range(3):
        await hand.later(hours=1)
    assert shown(hand) == "reminded"
    assert sends(hand, CHAT) > before
    assert hand.stored.rows("select kind from schedule where kind = 'show'") == []


async def test_who_presses_something_at_night_is_answered_and_reminded_no_more(hand: ByHand) -> None:
    await reminded_just_before_the_night(hand)
    await hand.later(hours=5)
    await hand.commands(Command.HELP)
    assert shown(hand) == "help"
    sent = sends(hand, CHAT)
    await hand.later(hours=12)
    assert sends(hand, CHAT) == sent, "nothing is owed any more"
