"""What each person's own consent says decides what leaves of them; today's file can only take away from it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from journeys.conftest import somebody as in_front_of
from support.contributors import Answers, Contributor
from support.copies import FIRST, copied, new_version, reworded
from support.running import Bot

from bot.sandbox.server import Sandbox

from .conftest import IMPROVEMENT, LINK, RECIPIENTS, Export, on_file, take_part

WORDS = "Zwischenraum"
SAID: Answers = {"age": ["age_25_34"], "ancestry": [f"own words:{WORDS}"], "gender_identity": ["woman"]}
IMPROVING, ALSO = "label: Improve AI models", "own_words: true\n    label: Improve AI models"


@pytest.fixture
def folder(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A copy of the ready collection, which commands read too."""
    environment["SURVEYBOT_COLLECTIONS"] = str(tmp_path / "collections")
    return copied(tmp_path / "collections") / FIRST


@pytest.fixture
async def bot(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bot]:
    """The bot on that copy."""
    bot = Bot(sandbox, tmp_path, collections=folder.parent)
    await bot.start()
    await on_file(bot.settings, *RECIPIENTS)
    yield bot
    await bot.stop()


class Served:
    """The bot, which can be stopped, and started again on another version of the cards."""

    def __init__(self, bot: Bot, sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
        self.bot = bot
        self._sandbox = sandbox
        self._folder = folder
        self._tmp_path = tmp_path

    async def publish(self, kind: str) -> Bot:
        """Version 2, with whatever else was changed."""
        await self.bot.stop()
        new_version(self._folder, 2, kind, "More of the same.")
        self.bot = Bot(self._sandbox, self._tmp_path, collections=self._folder.parent)
        await self.bot.start()
        return self.bot


@pytest.fixture
async def served(bot: Bot, sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Served]:
    served = Served(bot, sandbox, folder, tmp_path)
    yield served
    await served.bot.stop()


async def anew(who: Contributor, *yes: int) -> None:
    """From the question whether to agree again to the answers."""
    await who.start()
    await who.press("Decide")
    await who.agree(*yes)


async def test_own_words_leave_only_of_whoever_agreed_that_they_may(
    bot: Bot, folder: Path, served: Served, exported: Export
) -> None:
    """A line in the file gives nobody's words away who agreed before it was there."""
    await take_part(in_front_of(bot), IMPROVEMENT, answers=SAID)
    reworded(folder / "collection.yaml", IMPROVING, ALSO)
    assert [row["ancestry.text"] for row in (await exported("improvement", own_words=True)).rows] == [""]

    bot = await served.publish("minor")
    await take_part(in_front_of(bot, name="Kim"), IMPROVEMENT, answers=SAID)
    rows = (await exported("improvement", own_words=True)).rows
    assert {row["consent_version"]: row["ancestry.text"] for row in rows} == {"1": "", "2": WORDS}
    assert all("described" in row["ancestry"] for row in rows), "that they described themselves is an answer"


async def test_own_words_follow_the_consent_that_they_were_submitted_under(
    bot: Bot, folder: Path, served: Served, exported: Export
) -> None:
    sam = await take_part(in_front_of(bot), IMPROVEMENT, answers=SAID)
    reworded(folder / "collection.yaml", IMPROVING, ALSO)
    await served.publish("material")
    await anew(sam, IMPROVEMENT)
    assert [row["ancestry.text"] for row in (await exported("improvement", own_words=True)).rows] == [""]
    await sam.press("Submit")
    assert [row["ancestry.text"] for row in (await exported("improvement", own_words=True)).rows] == [WORDS]


async def test_what_the_file_takes_away_holds_for_everybody(
    bot: Bot, folder: Path, served: Served, exported: Export
) -> None:
    """Whoever agreed that own words may leave has not agreed that they must."""
    reworded(folder / "collection.yaml", IMPROVING, ALSO)
    bot = await served.publish("minor")
    await take_part(in_front_of(bot), IMPROVEMENT, answers=SAID)
    reworded(folder / "collection.yaml", ALSO, IMPROVING)
    reworded(folder / "collection.yaml", "statistics: true", "statistics: true\n    own_words: true")
    [row] = (await exported("evaluation", own_words=True)).rows
    assert row["ancestry.text"] == ""


async def test_a_code_leaves_for_no_purpose_that_did_not_ask_for_it_then(
    bot: Bot, folder: Path, exported: Export
) -> None:
    await take_part(in_front_of(bot), IMPROVEMENT, LINK, code="AB12CD34")
    reworded(folder / "collection.yaml", IMPROVING, "needs_participant: true\n    label: Improve AI models")
    assert [row["participant"] for row in (await exported("link")).rows] == ["AB12CD34"]
    assert [row["participant"] for row in (await exported("improvement")).rows] == [""]


async def test_a_record_that_says_nothing_lets_nothing_but_answers_go(
    bot: Bot, folder: Path, served: Served, exported: Export
) -> None:
    """As of an earlier surveybot, where no signed text tells what was read."""
    reworded(folder / "collection.yaml", IMPROVING, ALSO)
    bot = await served.publish("minor")
    await take_part(in_front_of(bot), IMPROVEMENT, answers=SAID)
    assert [row["ancestry.text"] for row in (await exported("improvement", own_words=True)).rows] == [WORDS]
    await bot.stores.change("update consent_records set meanings = ?", None)
    [row] = (await exported("improvement", own_words=True)).rows
    assert (row["ancestry.text"], row["age"]) == ("", "age_25_34")


async def test_a_release_says_in_which_words_each_version_was_agreed_to(
    bot: Bot, folder: Path, served: Served, exported: Export
) -> None:
    await take_part(in_front_of(bot), IMPROVEMENT)
    reworded(folder / "collection.yaml", IMPROVING, "label: Improve AI models, and sell them")
    bot = await served.publish("minor")
    await take_part(in_front_of(bot, name="Kim"), IMPROVEMENT)
    release = await exported("improvement")
    told = (release.path.parent / "datasheet.md").read_text(encoding="utf-8")
    assert "version 1, en: “Improve AI models”" in told
    assert "version 2, en: “Improve AI models, and sell them”" in told
    [first] = (release.path.parent / "purposes").glob("1-en-*.txt")
    assert "improvement\nImprove AI models\n" in first.read_text(encoding="utf-8")
