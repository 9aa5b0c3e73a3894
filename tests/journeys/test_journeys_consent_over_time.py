"""Consent over time: cards that change, consents that come to their end, and what was agreed to before."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.by_hand import ByHand, by_hand
from support.copies import FIRST, copied, new_version, reworded
from support.running import Bot

from bot.sandbox.server import Sandbox
from bot.start_checks import CannotStart
from flows.events import Command

from .conftest import running, somebody

# --- texts stay as they were agreed to -----------------------------------------------------------------------------


async def test_words_that_somebody_agreed_to_do_not_change_under_their_version(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Before anybody has agreed, and in a language in which nobody has, cards may still be mended."""
    folder = copied(tmp_path / "collections")
    async with running(Bot(sandbox, tmp_path, collections=folder)) as bot:
        await somebody(bot).to_decision()
    reworded(folder / FIRST / "consent" / "en" / "1.md", "It takes", "This takes")
    async with running(Bot(sandbox, tmp_path, collections=folder)) as bot:
        await somebody(bot, name="Alex").whole()
    reworded(folder / FIRST / "consent" / "ar" / "1.md", "# ", "# - ")
    async with running(Bot(sandbox, tmp_path, collections=folder)):
        pass
    reworded(folder / FIRST / "consent" / "en" / "1.md", "This takes", "It takes")
    with pytest.raises(CannotStart, match=r"demographics/consent/en: the cards for US .* version 1\. .*changes\.md"):
        await Bot(sandbox, tmp_path, collections=folder).start()
    new_version(folder / FIRST, 2, "minor", "The same in other words.")
    async with running(Bot(sandbox, tmp_path, collections=folder)):
        pass


async def test_a_value_that_is_filled_in_belongs_to_the_text(sandbox: Sandbox, tmp_path: Path) -> None:
    """Other pay is another promise."""
    folder = copied(tmp_path / "collections")
    async with running(Bot(sandbox, tmp_path, collections=folder)) as bot:
        await somebody(bot).to_questions()
    reworded(folder / FIRST / "regions" / "US" / "region.yaml", 'amount: "2.50"', 'amount: "3.00"')
    with pytest.raises(CannotStart, match="for US"):
        await Bot(sandbox, tmp_path, collections=folder).start()


# --- agreeing anew on the way ---------------------------------------------------------------------------------------


async def test_answers_that_are_put_away_on_a_journey_do_not_come_under_a_text_that_is_agreed_to_there(
    tmp_path: Path,
) -> None:
    """They are not on the review, so nobody can look at them before they submit."""
    folder = copied(tmp_path / "collections")
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.to_review()
        await hand.presses("submit")
        before = standing(hand)
    new_version(folder / FIRST, 2, "material", "Something is new.")
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.start()
        await hand.commands(Command.HELP)
        await hand.presses("open_travelling")
        await hand.types("Saudi Arabia")
        await hand.presses("travel_to", "SA")
        await hand.presses("close")
        await hand.presses("decide")
        await hand.presses("agree")
        assert hand.screen == "review"
        await hand.presses("submit")
        [(now,)] = hand.stored.rows("select record from contributions")
        after = standing(hand)
        assert {question for question, row in after.items() if row[0] == now} == {"age"}
        put_away = after.keys() - {"age"}
        assert {"ancestry", "gender_identity"} <= put_away
        assert all(after[question] == before[question] for question in put_away), "not touched"


def standing(hand: ByHand) -> dict[str, tuple[str, bytes]]:
    """Question -> the consent that its answer stands under, and the answer as it is sealed."""
    return {row[0]: (row[1], row[2]) for row in hand.stored.rows("select question, record, sealed from answers")}
