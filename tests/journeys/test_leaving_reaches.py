"""Whom it had been passed on to: before somebody takes it back, and on the receipt of that."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path

import orjson
from stewardship.conftest import IMPROVEMENT, on_file, take_back, take_part
from support.contributors import PLAIN_ANSWERS, Contributor
from support.copies import SECOND, copied
from support.running import Bot, until

from bot.sandbox.server import Sandbox
from bot.stewardship.archive import open_archive
from bot.stewardship.export import export, order
from bot.stewardship.formats import FORMATS
from bot.stewardship.ordering import confirmed

from .conftest import Arrive, running, somebody
from .test_journeys_held import to_file

FOR_GOOD = "What an AI has already learned and numbers already published cannot be undone."


def plain(sam: Contributor) -> str:
    """The newest message, without marks of direction."""
    return unmarked(sam.screen)


def unmarked(words: str) -> str:
    return re.sub("[\u2066-\u2069]", "", words)


async def released(bot: Bot, purpose: str, recipient: str) -> None:
    """A release, as `surveybot export` makes one."""
    await on_file(bot.settings, recipient)
    asked = order(bot.collections, "demographics", purpose, recipient, FORMATS["csv"])
    async with open_archive(bot.settings) as archive:
        both = confirmed(asked, "Ada", "Ben", one_person_team=False)
        await export(archive, both, bot.stores.folder / "out", lambda: dt.datetime.now(dt.UTC))


async def test_whoever_takes_back_reads_who_held_it_before_and_after(arrive: Arrive, bot: Bot) -> None:
    sam = await take_part(arrive(), IMPROVEMENT)
    await released(bot, "evaluation", "lab")
    await released(bot, "improvement", "clinic")
    await sam.say("/leave")
    await sam.press("Take back my data")
    for words in ("Passed on:", "lab, ", "clinic, ", sam.collection_words("Improve AI models"), FOR_GOOD):
        assert words in plain(sam), words
    await sam.press("End use {number}", number=1)
    assert "It had been passed on to these" in plain(sam)
    receipt = plain(sam).partition("Passed on:")[0]
    assert "clinic, " in receipt
    assert "lab, " not in receipt, "the other use goes on"
    assert FOR_GOOD in plain(sam)
    await sam.press("All of it")
    for words in ("lab, ", "clinic, ", FOR_GOOD):
        assert words in unmarked(sam.goodbye), words


async def test_the_files_have_the_very_text_that_was_agreed_to_and_where_nobody_was_given_it_the_receipt_says_so(
    arrive: Arrive, bot: Bot
) -> None:
    sam = arrive()
    await sam.to_questions()
    code = sam.code
    await sam.to_review(PLAIN_ANSWERS["US"])
    await sam.press("Submit")
    [(text,)] = bot.stores.rows("select text from documents")
    file = await to_file(sam, "For programs (JSON)", code)
    texts = [row for row in orjson.loads(file.content)["rows"] if row["id"] == "text"]
    assert [row["values"][0]["id"] for row in texts] == [text]
    table = await to_file(sam, "As a table (CSV)", code, files=2)
    cells = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"), newline="")))
    assert [row[3] for row in cells if row[1] == "The text, exactly as you agreed to it"] == [text]
    await take_back(sam)
    assert "It had been passed on to nobody." in unmarked(sam.goodbye)
    assert FOR_GOOD in unmarked(sam.goodbye)


async def test_whoever_is_too_young_for_another_collection_reads_who_held_what_they_gave(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """What they had agreed to asks for the same age: it is taken back as if they had left."""
    async with running(Bot(sandbox, tmp_path, collections=copied(tmp_path / "collections", second=True))) as bot:
        sam = await take_part(somebody(bot))
        await released(bot, "evaluation", "lab")
        await sam.to_decision(SECOND)
        await sam.press("I am under {age}", age=18)
        await until(lambda: plain(sam).startswith("Your pay"))
        *_, card, pay = [unmarked(message.text) for message in sam.person.messages if message.author == "bot"]
        assert card.startswith("Thank you for saying so. You have to be older to take part")
        assert "Your receipt for leaving" in card
        assert "lab, " in card
        assert pay.startswith("Your pay"), "what is owed all the same comes beneath it"
        assert (bot.stores.count("answers"), bot.stores.count("contributions")) == (0, 0)
