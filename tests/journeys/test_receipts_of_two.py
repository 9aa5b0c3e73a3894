"""Who agrees to two collections has two receipts, each with a code of its own, and each code goes when it should."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.by_hand import CHAT, ByHand, by_hand
from support.copies import FIRST, SECOND, copied

from flows.collection import OPT_OUT
from flows.events import Command

CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path, collections=copied(tmp_path / "collections", second=True)) as opened:
        yield opened


async def agrees_to(hand: ByHand, collection: str) -> None:
    await hand.start(collection=collection)
    await hand.presses("live_in", "US")
    await hand.presses("next")
    for card in hand.shelf.document(hand.shelf.collections[collection], "en", "US").cards[1:]:
        assert card.question is not None
        await hand.presses("card_answer", str(card.question.right))
    await hand.presses("agree")


async def submits(hand: ByHand, collection: str) -> None:
    await hand.start(collection=collection)
    while hand.screen.startswith("question-"):
        leave_out = next(each for each in hand.telegram.cards[CHAT].screen.choices if each.value == OPT_OUT)
        await hand.presses(leave_out.verb, OPT_OUT)
    await hand.presses("submit")


def codes(hand: ByHand) -> dict[int, str | None]:
    """By message: the code that stands in each receipt."""
    return {
        message: found[0] if (found := CODE.search(words)) else None
        for message, words in hand.telegram.stands.items()
        if "Your receipt" in words
    }


async def test_each_receipt_says_what_it_is_for_and_loses_its_own_code(hand: ByHand) -> None:
    for collection in (FIRST, SECOND):
        await agrees_to(hand, collection)
    first, second = codes(hand)
    assert hand.shelf.collections[FIRST].title in hand.telegram.stands[first]
    assert hand.shelf.collections[SECOND].title in hand.telegram.stands[second]
    await submits(hand, SECOND)
    assert codes(hand)[first] is not None, "it is needed still"
    assert codes(hand)[second] is None
    await submits(hand, FIRST)
    assert set(codes(hand).values()) == {None}
    assert hand.shelf.collections[SECOND].title in hand.telegram.stands[second], "each receipt is there still"


async def test_both_go_when_the_chat_is_cleaned(hand: ByHand) -> None:
    for collection in (FIRST, SECOND):
        await agrees_to(hand, collection)
    await hand.commands(Command.LEAVE)
    await hand.presses("clean_chat")
    assert set(codes(hand)) <= set(hand.telegram.deleted)
