"""The cards are graded by how they are answered: too often off the mark, and their language pauses."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.contributors import Contributor
from support.running import Bot
from support.team import OWNER, Member, joins, member

from bot.sandbox.server import Sandbox


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot with an owner, which concludes something of five answers."""
    bot = Bot(sandbox, tmp_path, owners=(OWNER,), card_off_at_least=5, card_off_percent=40)
    await bot.start()
    yield bot
    await bot.stop()


def reader(bot: Bot, name: str, language: str, place: str = "EG") -> Contributor:
    return Contributor(bot.sandbox.person(name, language), language, place, bot.collections[0], bot.texts)


async def reads_the_second_card(somebody: Contributor, *, as_meant: bool) -> None:
    """From the link through the second card's question."""
    await somebody.to_cards()
    await somebody.press("Next")
    await somebody.press_label(somebody.right_answer(1) if as_meant else somebody.other_answer(1))


async def test_a_card_that_too_many_read_otherwise_pauses_its_language_until_somebody_has_looked(
    bot: Bot, sandbox: Sandbox
) -> None:
    """Others go on, and so does whoever has agreed; the team reads which card it is, and a reviewer lifts it."""
    owner: Member = member(sandbox, "Olga", OWNER)
    rita = await joins(owner, bot, "Rita", "Reviewer")
    agreed = reader(bot, "Amal", "ar")
    await agreed.to_questions()
    for number in range(4):
        await reads_the_second_card(reader(bot, f"Reader {number}", "ar"), as_meant=number == 0)
        assert bot.stores.count("card_pauses") == (number == 3), "three of five"
    assert bot.stores.rows("select collection, language, card, off, answers from card_pauses") == [
        ("demographics", "ar", 2, 3, 5)
    ]
    assert ("program", "language paused") in bot.stores.rows("select actor, action from audit")

    late = reader(bot, "Late", "ar")
    await late.to_cards()
    assert late.collection.documents["en"][0].title in late.screen, "the region's other language"
    assert "You live in: Egypt. This chat speaks: English." in re.sub("[\u2066-\u2069]", "", late.screen)
    await agreed.to_review()
    english = reader(bot, "Sam", "en", "US")
    await english.to_questions()

    await rita.say("/halt")
    assert "Arabic, card 2 of" in rita.screen
    assert "3 of 5 read it otherwise" in rita.screen
    await rita.press("1")
    assert bot.stores.count("card_pauses") == 0
    assert bot.stores.rows("select count(*) from tallies where what like 'graded:%:ar:%' and count > 0") == [(0,)]
    again = reader(bot, "Again", "ar")
    await again.to_cards()
    assert again.collection.documents["ar"][0].title in again.screen
