"""Pay that is owed from consent on, where people agreed when it was owed from a later moment on."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.by_hand import CHAT, ByHand, by_hand
from support.copies import FIRST, copied, new_version, reworded

from flows.events import Command


def shown(hand: ByHand) -> str:
    return hand.texts.screen(hand.telegram.cards[CHAT].screen, "en")


def owed(hand: ByHand) -> list[tuple[str, ...]]:
    return hand.stored.rows("select amount, state from entitlements")


def owing(folder: Path, before: str, after: str) -> None:
    reworded(folder / FIRST / "collection.yaml", f"accrues: {before}", f"accrues: {after}")


@pytest.mark.parametrize("before", ["last_question", "half"])
async def test_who_is_half_way_is_owed_it_with_the_next_question(tmp_path: Path, before: str) -> None:
    folder = copied(tmp_path / "collections")
    if before != "half":
        owing(folder, "half", before)
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.to_questions()
        assert owed(hand) == []
    owing(folder, before, "consent")
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.start()
        await hand.leaves_out()
        assert owed(hand) == [("2.50", "owed")]
        while hand.screen.startswith("question-"):
            await hand.leaves_out()
        await hand.presses("submit")
        assert "We owe you \u2068$2.50\u2069" in shown(hand)
        assert owed(hand) == [("2.50", "owed")], "once"


async def test_who_agrees_anew_is_owed_it_from_then_on(tmp_path: Path) -> None:
    folder = copied(tmp_path / "collections")
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.to_questions()
    owing(folder, "half", "consent")
    new_version(folder / FIRST, 2, "material", "Pay is owed from now on.")
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.start()
        assert owed(hand) == []
        await hand.presses("decide")
        await hand.presses("agree")
        assert owed(hand) == [("2.50", "owed")]


async def test_thanks_speak_of_no_pay_that_is_not_on_record(tmp_path: Path) -> None:
    """It is forgotten when consent said it would be."""
    async with by_hand(tmp_path) as hand:
        await hand.to_review()
        await hand.presses("submit")
        assert "We owe you" in shown(hand)
        await hand.stored.change("delete from entitlements")
        await hand.commands(Command.MY_DATA)
        await hand.presses("close")
        assert hand.screen == "thanks"
        assert "We owe you" not in shown(hand)
