"""A spent budget closes a region before the next consent, and never after one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from support.by_hand import CHAT, ByHand, by_hand
from support.paying import settings_of, submitted, with_budget

from flows.events import Command

FIRST, SECOND, THIRD = CHAT, CHAT + 1, CHAT + 2


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    """A bot that can pay two people in the United States."""
    settings = settings_of(tmp_path, with_budget(tmp_path / "collections", "7.49"))
    async with by_hand(tmp_path, collections=settings.collections) as running:
        yield running


def places(hand: ByHand, chat_id: int) -> set[str]:
    """Which places somebody can choose; one page shows them all."""
    return {choice.value for choice in hand.telegram.cards[chat_id].screen.choices if choice.verb == "live_in"}


def reads(hand: ByHand, chat_id: int) -> str:
    """What stands on somebody's card."""
    return hand.texts.screen(hand.telegram.cards[chat_id].screen, "en")


def consents(hand: ByHand) -> int:
    """How many have agreed."""
    return hand.stored.count("consent_records")


async def test_whoever_comes_after_the_last_that_can_be_paid_is_not_asked(hand: ByHand) -> None:
    with structlog.testing.capture_logs() as logged:
        await hand.to_questions(FIRST)
        await hand.to_questions(SECOND)
    assert [each["region"] for each in logged if each["event"] == "a region's budget is spent"] == ["US"]
    await hand.start(THIRD)
    assert "US" not in places(hand, THIRD)
    assert "DE" in places(hand, THIRD)


async def test_whoever_has_agreed_goes_on_and_is_owed_their_pay(hand: ByHand) -> None:
    await hand.to_questions(FIRST)
    await submitted(hand, SECOND)
    await hand.start(FIRST)
    assert hand.telegram.cards[FIRST].screen.name.startswith("question-")
    while hand.telegram.cards[FIRST].screen.name.startswith("question-"):
        choices = hand.telegram.cards[FIRST].screen.choices
        verb = next(choice.verb for choice in choices if choice.value == "prefer_not_to_answer")
        await hand.presses(verb, "prefer_not_to_answer", FIRST)
    await hand.presses("submit", chat_id=FIRST)
    assert hand.screen == "thanks"
    assert hand.stored.count("entitlements") == 2


async def test_whoever_reads_the_cards_meanwhile_is_led_back_before_they_agree(hand: ByHand) -> None:
    await hand.to_decision(THIRD)
    await hand.to_questions(FIRST)
    await hand.to_questions(SECOND)
    await hand.presses("agree", chat_id=THIRD)
    assert hand.telegram.cards[THIRD].screen.name == "place"
    assert "US" not in places(hand, THIRD)
    assert "United States is not open just now." in reads(hand, THIRD)
    await hand.types("United States", chat_id=THIRD)
    assert "United States is not open just now." in reads(hand, THIRD)
    assert consents(hand) == 2


async def test_of_those_who_agree_at_once_as_many_are_taken_as_can_be_paid(hand: ByHand) -> None:
    for chat_id in (FIRST, SECOND, THIRD):
        await hand.to_decision(chat_id)
    await asyncio.gather(*(hand.presses("agree", chat_id=chat_id) for chat_id in (FIRST, SECOND, THIRD)))
    assert consents(hand) == 2


async def test_whoever_leaves_with_nothing_earned_makes_room(hand: ByHand) -> None:
    await hand.to_questions(FIRST)
    await hand.to_questions(SECOND)
    await hand.leaves(FIRST)
    await hand.start(THIRD)
    assert "US" in places(hand, THIRD)


async def test_whoever_leaves_with_pay_earned_makes_none(hand: ByHand) -> None:
    await hand.to_questions(FIRST)
    await submitted(hand, SECOND)
    await hand.leaves(SECOND)
    await hand.start(THIRD)
    assert "US" not in places(hand, THIRD)


async def test_what_was_agreed_to_can_be_looked_at_and_changed_where_nobody_new_is_asked(hand: ByHand) -> None:
    await submitted(hand, FIRST)
    await submitted(hand, SECOND)
    await hand.commands(Command.EDIT)
    assert hand.screen == "review"
    await hand.commands(Command.MY_DATA)
    assert hand.screen == "my-data"
    await hand.start(FIRST)
    assert hand.screen == "review"
