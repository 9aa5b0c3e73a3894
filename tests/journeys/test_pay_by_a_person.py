"""Where a person pays and no program does: people are told of what becomes of their pay, as everywhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.by_hand import CHAT, ByHand, by_hand
from support.copies import copied
from support.paying import settings_of, submitted

from bot.settings import Settings
from bot.stewardship.archive import open_archive
from bot.stewardship.payouts import grant, withhold
from bot.stewardship.provider import settle
from flows.consent import pay_reference
from flows.events import Command

TO_GET_IT = "To get it, please write to"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """What a steward's command is set up with."""
    return settings_of(tmp_path, copied(tmp_path / "collections"))


@pytest.fixture
async def hand(tmp_path: Path, settings: Settings) -> AsyncIterator[ByHand]:
    """A bot whose ready collection leaves paying to people."""
    async with by_hand(tmp_path, collections=settings.collections) as running:
        yield running


def reference(hand: ByHand) -> str:
    ((found,),) = hand.stored.rows("select reference from entitlements")
    return str(found)


def words_on(hand: ByHand) -> str:
    return hand.texts.screen(hand.telegram.cards[CHAT].screen, "en")


async def told(hand: ByHand) -> str:
    """The one thing that was said once the bot has looked at what was changed."""
    await hand.later(seconds=1)
    (words,) = hand.telegram.said
    hand.telegram.said.clear()
    assert reference(hand) in words
    assert "hello@example.org" in words
    return words


async def settled(hand: ByHand, settings: Settings, outcome: str) -> None:
    async with open_archive(settings) as archive:
        await settle(archive, "by-hand.csv", f"{reference(hand)},{outcome}".encode(), lambda: hand.now)


async def test_whose_reference_somebody_else_has_gets_another_one(
    hand: ByHand, logged: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["PAY-K7M4-QX2P"] * 3)
    monkeypatch.setattr(
        "bot.owing.pay.pay_reference", lambda randomness: next(drawn, None) or pay_reference(randomness)
    )
    for chat_id in (CHAT, CHAT + 1):
        await submitted(hand, chat_id)
    owed = {str(reference) for (reference,) in hand.stored.rows("select reference from entitlements")}
    assert len(owed) == 2
    shown = [hand.texts.screen(hand.telegram.cards[chat_id].screen, "en") for chat_id in (CHAT, CHAT + 1)]
    assert {each for each in owed for words in shown if each in words} == owed
    assert [each["event"] for each in logged if each["log_level"] != "info"] == []


async def test_people_are_told_that_it_was_held_back_granted_came_back_and_was_paid(
    hand: ByHand, settings: Settings
) -> None:
    await submitted(hand, CHAT)
    hand.telegram.said.clear()
    assert TO_GET_IT in words_on(hand)

    async with open_archive(settings) as archive:
        await withhold(archive, reference(hand), "One telephone, two accounts", lambda: hand.now)
    words = await told(hand)
    assert "Held back by a person" in words
    assert "One telephone, two accounts" in words
    assert "Do you see it otherwise?" in words
    assert "Held back by a person" in words_on(hand)
    assert TO_GET_IT not in words_on(hand)

    async with open_archive(settings) as archive:
        await grant(archive, reference(hand), "They are two people", lambda: hand.now)
    assert "We still owe you" in await told(hand)
    assert TO_GET_IT in words_on(hand)

    await settled(hand, settings, "failed,No such account")
    words = await told(hand)
    assert "Came back on" in words
    assert "No such account" in words
    assert "Please write to us" in words
    assert "look at the number" not in words
    assert TO_GET_IT in words_on(hand)
    await hand.commands(Command.MY_DATA)
    await hand.presses("open_pay")
    assert TO_GET_IT in words_on(hand)

    await settled(hand, settings, "paid,in cash")
    assert "Sent to you on" in await told(hand)
    assert "Sent to you on" in words_on(hand)
    assert TO_GET_IT not in words_on(hand)
    assert hand.stored.rows("select state, told from entitlements") == [("sent", 1)]
    assert hand.stored.rows("select count(*) from schedule where kind = 'pay'") == [(0,)]


async def test_who_waits_is_not_looked_at_each_day(hand: ByHand) -> None:
    """Nothing comes by itself there, and what a person does has everybody looked at at once."""
    await submitted(hand, CHAT)
    before = hand.stored.rows("select due_at from schedule where kind = 'pay'")
    await hand.later(days=2)
    assert hand.stored.rows("select due_at from schedule where kind = 'pay'") == before
    await hand.later(days=6)
    assert hand.stored.rows("select due_at from schedule where kind = 'pay'") > before


async def test_who_wants_no_messages_reads_it_under_their_pay(hand: ByHand, settings: Settings) -> None:
    await submitted(hand, CHAT)
    await hand.presses("open_leave")
    await hand.presses("stop_messages")
    await hand.presses("close")
    said = list(hand.telegram.said)
    await settled(hand, settings, "paid")
    await hand.later(days=8)
    assert hand.telegram.said == said
    await hand.commands(Command.MY_DATA)
    await hand.presses("open_pay")
    assert "Sent to you on" in words_on(hand)
