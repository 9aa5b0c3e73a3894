"""What a collection's counters say after people have pressed their way through it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.by_hand import CHAT, ByHand, by_hand

from bot.storage.tallies import tallied
from flows.tallies import CONSENTED, DECLINED, FIRST_CARD, LEFT, OPENED, REVIEW, SUBMITTED, minutes


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    """A bot that is driven event by event."""
    async with by_hand(tmp_path) as running:
        yield running


async def counted(hand: ByHand, territory: str = "US") -> Counter[str]:
    """The counters of a place."""
    async with hand.stores.database.read() as connection:
        return (await tallied(connection, "demographics"))[territory]


async def test_people_are_counted_as_they_go_and_stay_counted_when_they_leave(hand: ByHand) -> None:
    await hand.to_review(CHAT)
    await hand.presses("submit")
    await hand.to_questions(CHAT + 1)
    await hand.to_decision(CHAT + 2)
    await hand.presses("decline", chat_id=CHAT + 2)
    before = await counted(hand)
    assert (before[OPENED], before[FIRST_CARD], before[CONSENTED], before[REVIEW], before[SUBMITTED]) == (3, 3, 2, 1, 1)
    assert (before[DECLINED], before[minutes(1)], before[LEFT]) == (1, 1, 0)
    await hand.leaves(CHAT)
    assert await counted(hand) == before + Counter({LEFT: 1})


async def test_whoever_comes_back_after_leaving_is_counted_as_somebody_new(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.leaves()
    await hand.to_questions()
    after = await counted(hand)
    assert (after[OPENED], after[CONSENTED], after[LEFT]) == (2, 2, 1)
