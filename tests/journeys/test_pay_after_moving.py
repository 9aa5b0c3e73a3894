"""Pay is what it was where it was earned, wherever somebody has moved to since."""

from __future__ import annotations

from pathlib import Path

from support.by_hand import CHAT, ByHand, by_hand

from flows.collection import OPT_OUT
from flows.events import Command


def shown(hand: ByHand) -> str:
    return hand.texts.screen(hand.telegram.cards[CHAT].screen, "en")


async def moves_to_brazil(hand: ByHand) -> None:
    """And agrees to what is asked there."""
    await hand.commands(Command.MY_DATA)
    await hand.presses("open_places")
    await hand.presses("choose_place", "BR")
    await hand.presses("move")
    await hand.presses("read_cards")
    await hand.reads_cards(place="BR")
    await hand.presses("agree")


async def test_thanks_name_what_is_owed_and_not_what_is_paid_where_they_live_now(tmp_path: Path) -> None:
    async with by_hand(tmp_path) as hand:
        await hand.to_review()
        await hand.presses("submit")
        assert "We owe you \u2068$2.50\u2069" in shown(hand)
        await moves_to_brazil(hand)
        while hand.screen.startswith("question-"):
            leave_out = next(each for each in hand.telegram.cards[CHAT].screen.choices if each.value == OPT_OUT)
            await hand.presses(leave_out.verb, OPT_OUT)
        await hand.presses("submit")
        assert hand.screen == "thanks"
        assert "We owe you \u2068$2.50\u2069" in shown(hand)
