"""Whoever is half-way where something is halted reads at once, and once, that it is not about them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.by_hand import CHAT, ByHand, by_hand
from support.copies import SECOND, copied

from bot.storage import halt_news
from flows.events import TOKEN_BYTES, Blocked, Command
from flows.team.events import TeamAsked, TeamCommand

OWNER = 5_000_001


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path, owners=(OWNER,), one_person_team=True) as opened:
        yield opened


async def halts(hand: ByHand, region: str = "US") -> None:
    """An owner halts a region; nothing that has come due is worked on yet."""
    token = os.urandom(TOKEN_BYTES)
    asked = TeamAsked(at=hand.now, token=token, language_code="en", command=TeamCommand.HALT, argument=region)
    await hand.happens(asked, OWNER)


def screens(hand: ByHand, count: int) -> list[str]:
    return [hand.telegram.cards[CHAT + number].screen.name for number in range(count)]


def shown(hand: ByHand, chat_id: int) -> int:
    """How many cards were shown to somebody."""
    return hand.telegram.calls.count(("show", chat_id))


async def test_people_half_way_are_told_at_a_gentle_rate_and_once(hand: ByHand) -> None:
    for number in range(4):
        await hand.to_questions(CHAT + number)
    before = [shown(hand, CHAT + number) for number in range(4)]
    await halts(hand)
    await hand.later(seconds=0)
    assert screens(hand, 4).count("halted") == 1
    await hand.later(seconds=0.1)
    assert screens(hand, 4).count("halted") == 2
    await hand.later(seconds=1)
    assert screens(hand, 4) == ["halted"] * 4
    await hand.later(hours=30)
    assert [shown(hand, CHAT + number) for number in range(4)] == [each + 1 for each in before]


async def test_many_are_told_some_at_a_time_and_nobody_is_left_out(
    hand: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halt_news, "TOGETHER", 2)
    for number in range(5):
        await hand.to_questions(CHAT + number)
    before = [shown(hand, CHAT + number) for number in range(5)]
    await halts(hand)
    for _ in range(10):
        await hand.later(seconds=0.1)
    assert screens(hand, 5) == ["halted"] * 5
    assert [shown(hand, CHAT + number) for number in range(5)] == [each + 1 for each in before]
    assert hand.stored.rows("select kind from schedule where kind in ('halt', 'halted')") == []


@pytest.mark.parametrize("how", ["before agreeing", "submitted", "stopped", "blocked", "leaving", "elsewhere"])
async def test_nobody_else_is_told(hand: ByHand, how: str) -> None:
    if how == "before agreeing":
        await hand.to_decision()
    elif how == "submitted":
        await hand.to_review()
        await hand.presses("submit")
    else:
        await hand.to_questions()
    if how in {"stopped", "leaving"}:
        await hand.commands(Command.LEAVE)
    if how == "stopped":
        await hand.presses("stop_messages")
    if how == "blocked":
        await hand.happens(Blocked(at=hand.now, token=os.urandom(TOKEN_BYTES)))
    before = shown(hand, CHAT)
    await halts(hand, "EG" if how == "elsewhere" else "US")
    await hand.later(seconds=5)
    assert shown(hand, CHAT) == before


async def test_who_was_told_is_not_told_again_when_more_is_halted(hand: ByHand) -> None:
    await hand.to_questions()
    await halts(hand)
    await hand.later(seconds=5)
    before = shown(hand, CHAT)
    await hand.stored.change(
        "insert into halts values ('h_all', null, null, '2026-11-24 12:00:00', 'm1', 'owner', '[]')"
    )
    await hand.stored.change(
        "insert into schedule (kind, key, note, due_at) values ('halt', 'h_all', 0, '2026-11-23 12:00:00.000000')"
    )
    await hand.later(seconds=5)
    assert shown(hand, CHAT) == before
    assert hand.stored.rows("select kind from schedule where kind in ('halt', 'halted')") == []


async def test_where_it_was_reopened_before_they_were_told_nobody_hears_of_it(hand: ByHand) -> None:
    await hand.to_questions()
    await halts(hand)
    await hand.stored.change("delete from halts")
    await hand.later(seconds=5)
    assert hand.screen.startswith("question-")


async def test_whoever_goes_through_another_collection_is_told_once_they_have_been_away(tmp_path: Path) -> None:
    """What they write there until then is kept, and not lost under news of something else."""
    collections = copied(tmp_path / "collections", second=True)
    async with by_hand(tmp_path, owners=(OWNER,), one_person_team=True, collections=collections) as hand:
        await hand.to_questions()
        await hand.start(collection=SECOND)
        await hand.presses("live_in", "US")
        await hand.presses("next")
        for card in hand.shelf.document(hand.shelf.collections[SECOND], "en", "US").cards[1:]:
            assert card.question is not None
            await hand.presses("card_answer", str(card.question.right))
        await hand.presses("agree")
        await hand.stored.change(
            "insert into halts values ('h_one', 'demographics', null, '2026-11-24 12:00:00', 'm1', 'owner', '[]')"
        )
        await hand.stored.change(
            "insert into schedule (kind, key, note, due_at) values ('halt', 'h_one', 0, '2026-11-23 12:00:00.000000')"
        )
        await hand.later(seconds=5)
        assert hand.screen == "question-age"
        await hand.leaves_out()
        assert hand.screen == "question-ancestry"
        await hand.later(hours=2)
        assert hand.screen == "halted"
        await hand.presses("go_on_elsewhere")
        assert next(each.verb for each in hand.telegram.cards[CHAT].screen.choices) == "show", "it is put away"
