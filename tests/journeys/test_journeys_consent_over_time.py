"""Consent over time: cards that change, consents that come to their end, and what was agreed to before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.by_hand import ByHand, by_hand
from support.contributors import PLAIN_ANSWERS
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


IMPROVING = "label: Improve AI models"


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (IMPROVING, "label: Improve AI models, and sell them to advertisers", "label of the purpose improvement"),
        ("AI models learn from your answers. That cannot be undone.", "They learn.", "why of the purpose improvement"),
        (IMPROVING, "own_words: true\n    label: Improve AI models", "own_words of the purpose improvement"),
        ("    statistics: true # card 2 says that published numbers cannot be undone\n", "", "statistics of .* evalu"),
        ("    balance: true\n", "", "balance of the purpose balance"),
        ("    needs_participant: true\n", "", "needs_participant of the purpose link"),
    ],
)
async def test_what_purposes_say_and_allow_does_not_change_under_a_version_that_somebody_agreed_to(
    sandbox: Sandbox, tmp_path: Path, before: str, after: str, what: str
) -> None:
    folder = copied(tmp_path / "collections")
    async with running(Bot(sandbox, tmp_path, collections=folder)) as bot:
        await somebody(bot).to_questions()
    reworded(folder / FIRST / "collection.yaml", before, after)
    with pytest.raises(CannotStart, match=rf"demographics/collection\.yaml: {what}.* \(en\) .* version 1"):
        await Bot(sandbox, tmp_path, collections=folder).start()
    new_version(folder / FIRST, 2, "minor", "Something else.")
    async with running(Bot(sandbox, tmp_path, collections=folder)):
        pass


async def test_what_was_agreed_to_is_shown_in_the_words_that_were_read(sandbox: Sandbox, tmp_path: Path) -> None:
    """On the receipt, in what is held, and in both files: under the day of a yes stand the words of that day."""
    folder = copied(tmp_path / "collections")
    async with running(Bot(sandbox, tmp_path, collections=folder)) as bot:
        sam = somebody(bot)
        await sam.to_questions(1)
    reworded(folder / FIRST / "collection.yaml", IMPROVING, "label: Improve models of any kind")
    new_version(folder / FIRST, 2, "minor", "Something else.")
    async with running(Bot(sandbox, tmp_path, collections=folder)) as bot:
        await sam.to_review(PLAIN_ANSWERS["US"])
        await sam.press("Submit")
        [receipt] = [each.text for each in sam.person.messages if sam.words("Your receipt") in each.text]
        await sam.say("/mydata")
        held = sam.screen
        await sam.press("Receipt as a file")
        await sam.press("Send the file")
        record = json.loads((await sam.newest_file()).content)["dpv:hasRecordOfActivity"]
        kim = somebody(bot, name="Kim")
        await kim.to_questions(1)
        kims = [each.text for each in kim.person.messages if kim.words("Your receipt") in each.text]
    for words in (receipt, held):
        assert "Improve AI models" in words
        assert "models of any kind" not in words
    improving = next(each for each in record["dpv:hasProcess"] if each["dct:identifier"] == "improvement")
    assert improving["dct:description"] == "Improve AI models"
    assert "Improve models of any kind" in kims[0]


async def test_submitting_again_leaves_the_words_of_that_day_on_the_receipt(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = copied(tmp_path / "collections")
    async with running(Bot(sandbox, tmp_path, collections=folder)) as bot:
        sam = somebody(bot)
        await sam.to_questions(1)
        await sam.to_review(PLAIN_ANSWERS["US"])
        await sam.press("Submit")
    reworded(folder / FIRST / "collection.yaml", IMPROVING, "label: Improve models of any kind")
    new_version(folder / FIRST, 2, "minor", "Something else.")
    async with running(Bot(sandbox, tmp_path, collections=folder)):
        await sam.say("/edit")
        await sam.press("Submit")
        [receipt] = [each.text for each in sam.person.messages if sam.words("Your receipt") in each.text]
    assert "Improve AI models" in receipt
    assert "models of any kind" not in receipt


async def test_a_yes_is_not_carried_over_to_a_use_that_may_do_more_by_now(tmp_path: Path) -> None:
    """Whoever agrees anew without pressing Yes to it has not said yes to it; what means the same stands as it was."""
    folder = copied(tmp_path / "collections")
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.to_decision()
        await hand.presses("purpose_yes", "improvement")
        await hand.presses("purpose_yes", "balance")
        await hand.presses("agree")
    more = "own_words: true\n    label: Improve AI models, also from your own words"
    reworded(folder / FIRST / "collection.yaml", IMPROVING, more)
    new_version(folder / FIRST, 2, "material", "Own words, too.")
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.start()
        await hand.presses("decide")
        await hand.presses("agree")
        [(agreed,)] = hand.stored.rows("select decisions from consent_records where version = 2")
        assert {name: json.loads(agreed)[name] for name in ("improvement", "balance")} == {
            "improvement": False,
            "balance": True,
        }


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
