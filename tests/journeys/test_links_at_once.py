"""Links where many come in one moment, and what a link costs those who came by none: nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from support.by_hand import CHAT, START, ByHand, by_hand

from bot.storage import links
from flows.events import TOKEN_BYTES, Opened
from flows.links import CollectionLink, LinkKind, LinkState

CODE = "7K2M9QX4PD"


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path) as running:
        yield running


async def a_link(hand: ByHand, daily: int | None = None) -> None:
    made = CollectionLink(
        id=CODE, collection="demographics", kind=LinkKind.POSTER, name="library", supplier=None, territory=None,
        daily=daily, state=LinkState.OPEN, why="", made_by="Kim", made_at=START,
    )  # fmt: skip
    async with hand.stores.database.write() as connection:
        await links.add(connection, made)


async def opens(hand: ByHand, chat_id: int) -> None:
    await hand.happens(Opened(at=hand.now, token=os.urandom(TOKEN_BYTES), language_code="en", link=CODE), chat_id)


async def to_decision(hand: ByHand, chat_id: int) -> None:
    """By the link to the decision."""
    await opens(hand, chat_id)
    await hand.presses("live_in", "US", chat_id)
    await hand.presses("next", chat_id=chat_id)
    document = hand.shelf.document(hand.shelf.collections["demographics"], "en", "US")
    for card in document.cards[1:]:
        assert card.question is not None
        await hand.presses("card_answer", str(card.question.right), chat_id)


def counted(hand: ByHand) -> tuple[int, int, int]:
    found: tuple[int, int, int] = hand.stored.rows("select opened, consented, submitted from links")[0]
    return found


async def test_of_those_who_agree_at_once_as_many_are_taken_as_may(hand: ByHand) -> None:
    await a_link(hand, daily=2)
    people = [CHAT + number for number in range(4)]
    for chat_id in people:
        await to_decision(hand, chat_id)
    await asyncio.gather(*(hand.presses("agree", chat_id=chat_id) for chat_id in people))
    assert hand.stored.count("consent_records") == 2
    assert counted(hand) == (4, 2, 0)
    shown = sorted(hand.telegram.cards[chat_id].screen.name for chat_id in people)
    assert shown[:2] == ["link-resting", "link-resting"]
    assert all(name.startswith("question-") for name in shown[2:])
    await hand.later(days=1)
    waiting = next(each for each in people if hand.telegram.cards[each].screen.name == "link-resting")
    await hand.presses("try_link", chat_id=waiting)
    await hand.presses("agree", chat_id=waiting)
    assert counted(hand) == (4, 3, 0), "the next day has room again"


async def test_of_a_crowd_that_opens_it_at_once_it_rests_for_those_after_the_burst(hand: ByHand) -> None:
    await a_link(hand)
    people = [CHAT + number for number in range(110)]
    await asyncio.gather(*(opens(hand, chat_id) for chat_id in people))
    resting = [each for each in people if hand.telegram.cards[each].screen.name == "link-resting"]
    assert hand.stored.rows("select state, why, opened, since_opened from links") == [("paused", "burst", 110, 110)]
    assert len(resting) == 9, "the hundred and first makes the burst, and comes in still"


async def test_who_comes_by_no_link_makes_no_statement_about_links(hand: ByHand) -> None:
    await hand.stored.change("drop table links")
    with structlog.testing.capture_logs() as logged:
        await hand.to_review()
        await hand.presses("submit")
        await hand.start()
    assert hand.screen in {"review", "thanks", "pay"}
    assert not [each for each in logged if "replayed" in each["event"] or "passed over" in each["event"]]


async def test_what_the_link_forgets_with_who_leaves_and_the_counts_stay(hand: ByHand) -> None:
    await a_link(hand)
    await to_decision(hand, CHAT)
    await hand.presses("agree")
    await hand.leaves()
    assert counted(hand) == (1, 1, 0)
    await opens(hand, CHAT)
    assert counted(hand) == (2, 1, 0), "nothing is known of who had left"
