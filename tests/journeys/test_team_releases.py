"""Releases from a phone: the form, what would leave, the second steward, and where it then stands on the server."""

from __future__ import annotations

import csv
import errno
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stewardship.conftest import on_file, take_part
from support.running import Bot, until
from support.team import OWNER, joins, member

from bot.sandbox.server import Sandbox

from .conftest import somebody


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    bot = Bot(sandbox, tmp_path, owners=(OWNER,), export_dir=tmp_path / "releases")
    await bot.start()
    yield bot
    await bot.stop()


async def test_two_stewards_release_from_their_phones_and_are_told_where_it_stands(bot: Bot) -> None:
    olga = member(bot.sandbox, "Olga", OWNER)
    ada, ben = await joins(olga, bot, "Ada", "Steward"), await joins(olga, bot, "Ben", "Steward")
    await take_part(somebody(bot, name="Sam"))
    await ada.say("/release")
    assert "No release was ordered yet." in ada.screen
    await ada.press("New release")
    assert "Nobody on file may be given this." in ada.screen
    await on_file(bot.settings, "clinic", "lab")
    await ada.say("/release")
    await ada.press("New release", "Another recipient", "Another format")
    assert "To: lab" in ada.screen
    assert "As: jsonl" in ada.screen
    await ada.press(*["Another format"] * 4, "Count what would leave")
    await until(lambda: "would leave: fewer than 5" in ada.screen)
    assert "Left out, because few are like them: fewer than 5" in ada.screen
    assert not (bot.stores.folder / "releases").exists()

    await ada.press("Send it to a second steward")
    assert "It waits for a second steward" in ada.screen
    assert "Confirm and make it" not in ada.labels
    await until(lambda: "A release waits for a second steward." in ben.screen)
    await ben.say("/release")
    assert "lab: waits for a second steward" in ben.screen
    await ben.press("1", "Confirm and make it")
    await until(lambda: "It stands on the server" in ben.screen)
    [folder] = (bot.stores.folder / "releases").iterdir()
    assert str(folder) in ben.screen
    with next(folder.glob("demographics-*.csv")).open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 1
    assert ben.person.files == [], "no file goes through Telegram"
    await ada.say("/release")
    await ada.press("1")
    assert str(folder) in ada.screen

    members = {bot.stores.vault().member(each.person.id) for each in (ada, ben)}
    [(stewards,)] = bot.stores.rows("select stewards from releases")
    assert set(json.loads(stewards)) == members
    acts = [act for (act,) in bot.stores.rows("select action from audit where action like 'release%' order by id")]
    assert acts == ["release counted", "release ordered", "release confirmed", "release made"]
    await olga.say("/release")
    assert "Releases" not in olga.screen, "an owner is no steward"


async def test_a_folder_that_cannot_be_written_is_named_before_anybody_has_confirmed(bot: Bot) -> None:
    """As under a unit or in a container that does not let the bot write there."""
    olga = member(bot.sandbox, "Olga", OWNER)
    ada = await joins(olga, bot, "Ada", "Steward")
    await on_file(bot.settings, "lab")
    folder = bot.settings.export_dir
    folder.touch()
    await ada.say("/release")
    await ada.press("New release", "Count what would leave")
    await until(lambda: "It could not be made" in ada.screen)
    assert f"{folder} cannot be written" in ada.screen
    assert "surveybot doctor" in ada.screen
    assert bot.stores.rows("select state from release_orders") == [("refused",)]


async def test_a_disk_that_fills_up_while_a_release_is_made_is_told_by_its_folder(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga = member(bot.sandbox, "Olga", OWNER)
    ada, ben = await joins(olga, bot, "Ada", "Steward"), await joins(olga, bot, "Ben", "Steward")
    await take_part(somebody(bot, name="Sam"))
    await on_file(bot.settings, "lab")
    await ada.say("/release")
    await ada.press("New release", "Count what would leave")
    await until(lambda: "would leave: fewer than 5" in ada.screen)
    await ada.press("Send it to a second steward")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/a/name/that/is/nobodys/business")

    monkeypatch.setattr("bot.stewardship.clerk.export", full)
    await until(lambda: "A release waits for a second steward." in ben.screen)
    await ben.say("/release")
    await ben.press("1", "Confirm and make it")
    await until(lambda: "It could not be made" in ben.screen)
    assert f"{bot.settings.export_dir} cannot be written (No space left on device)" in ben.screen
    assert "business" not in ben.screen


async def test_whatever_else_keeps_a_release_from_being_made_is_told_and_the_order_can_be_given_again(bot: Bot) -> None:
    """The key file may be read by nobody any more: without it no archive opens."""
    olga = member(bot.sandbox, "Olga", OWNER)
    ada = await joins(olga, bot, "Ada", "Steward")
    await on_file(bot.settings, "lab")
    bot.settings.key_file.rename(bot.settings.key_file.with_name("elsewhere"))
    await ada.say("/release")
    await ada.press("New release", "Count what would leave")
    await until(lambda: "It could not be made" in ada.screen)
    assert "Order it again" in ada.screen
    assert bot.stores.rows("select state from release_orders") == [("refused",)]


async def test_a_release_whose_folder_never_came_is_not_said_to_stand_anywhere(bot: Bot) -> None:
    """It was in the ledger already, and then the process died."""
    olga = member(bot.sandbox, "Olga", OWNER)
    ada = await joins(olga, bot, "Ada", "Steward")
    await on_file(bot.settings, "lab")
    await ada.say("/release")
    await ada.press("New release", "Count what would leave")
    await until(lambda: "would leave: fewer than 5" in ada.screen)
    await bot.stop()
    await bot.stores.change("update release_orders set state = 'made', told = '{}'")
    chat = bot.stores.vault().chat_hash(ada.person.id).hex()
    insert = (
        "insert into schedule (kind, key, due_at, note) select 'release', ? || id, ordered_at, 0 from release_orders"
    )
    await bot.stores.change(insert, f"{chat}/")
    await bot.start()
    await until(lambda: "It could not be made" in ada.screen)
    assert "It stands on the server" not in ada.screen
    assert "order it again" in ada.screen


async def test_what_was_to_be_counted_is_counted_after_a_restart_and_can_be_given_up(bot: Bot) -> None:
    olga = member(bot.sandbox, "Olga", OWNER)
    ada = await joins(olga, bot, "Ada", "Steward")
    await on_file(bot.settings, "lab")
    await ada.say("/release")
    await ada.press("New release", "Count what would leave")
    await until(lambda: "would leave: fewer than 5" in ada.screen)
    await bot.stop()
    await bot.stores.change("update release_orders set state = 'counting', told = '{}'")
    chat = bot.stores.vault().chat_hash(ada.person.id).hex()
    insert = (
        "insert into schedule (kind, key, due_at, note) select 'release', ? || id, ordered_at, 0 from release_orders"
    )
    await bot.stores.change(insert, f"{chat}/")
    await bot.start()
    await until(lambda: bot.stores.rows("select state from release_orders") == [("counted",)])
    await ada.press("Give it up")
    assert "It was given up, and nothing left." in ada.screen
    assert bot.stores.count("releases") == 0
