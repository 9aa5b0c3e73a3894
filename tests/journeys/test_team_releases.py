"""Releases from a phone: the form, what would leave, the second steward, and where it then stands on the server."""

from __future__ import annotations

import asyncio
import csv
import errno
import json
import os
import threading
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from stewardship.conftest import on_file, take_part
from support.running import Bot, until
from support.team import OWNER, Member, joins, member

from bot.sandbox.server import Sandbox
from bot.stewardship.archive import Archive
from bot.stewardship.drafts import Draft
from bot.stewardship.export import Made, _Making
from bot.stewardship.ordering import Order
from bot.stewardship.refusing import Refused
from bot.stewardship.rows import Contribution

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


async def is_about_to_be_made(bot: Bot, olga: Member) -> tuple[Member, Member]:
    """A steward who has ordered a release, and another one who may confirm it."""
    ada, ben = await joins(olga, bot, "Ada", "Steward"), await joins(olga, bot, "Ben", "Steward")
    await take_part(somebody(bot, name="Sam"))
    await on_file(bot.settings, "lab")
    await ada.say("/release")
    await ada.press("New release", "Count what would leave")
    await until(lambda: "would leave: fewer than 5" in ada.screen)
    await ada.press("Send it to a second steward")
    await until(lambda: "A release waits for a second steward." in ben.screen)
    await ben.say("/release")
    return ada, ben


async def test_a_release_that_is_in_the_ledger_at_a_stop_is_finished_and_said_to_stand_where_it_does(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told that it could not be made while the folder lies there, full of people's answers."""
    _, ben = await is_about_to_be_made(bot, member(bot.sandbox, "Olga", OWNER))
    is_in_the_ledger, goes_on, finish = threading.Event(), threading.Event(), Draft.finish

    def slowly(draft: Draft, name: str) -> Path:
        is_in_the_ledger.set()
        assert goes_on.wait(10)
        return finish(draft, name)

    monkeypatch.setattr(Draft, "finish", slowly)
    await ben.press("1", "Confirm and make it")
    assert await asyncio.to_thread(is_in_the_ledger.wait, 10)
    stopping = asyncio.create_task(bot.stop())
    await asyncio.wait([stopping], timeout=0.3)
    goes_on.set()
    await stopping
    [folder] = bot.settings.export_dir.iterdir()
    [(told,)] = bot.stores.rows("select told from release_orders")
    assert json.loads(told)["folder"] == str(folder)
    await bot.start()
    await until(lambda: f"It stands on the server, and no file is sent here: {folder}" in ben.screen)
    assert "It could not be made" not in ben.screen
    assert bot.stores.count("releases") == 1


async def test_a_release_that_is_not_in_the_ledger_at_a_stop_is_made_at_the_next_start(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops at once, and nobody waits for it."""
    _, ben = await is_about_to_be_made(bot, member(bot.sandbox, "Olga", OWNER))
    has_begun, put = threading.Event(), _Making._put

    def slowly(making: _Making, found: Sequence[Contribution]) -> None:
        has_begun.set()
        while not making._stopping:
            time.sleep(0.01)
        put(making, found)

    with monkeypatch.context() as slow:
        slow.setattr(_Making, "_put", slowly)
        await ben.press("1", "Confirm and make it")
        assert await asyncio.to_thread(has_begun.wait, 10)
        async with asyncio.timeout(8):
            await bot.stop()
    assert bot.stores.rows("select state from release_orders") == [("making",)]
    assert (bot.stores.count("releases"), list(bot.settings.export_dir.iterdir())) == (0, [])
    await bot.start()
    await until(lambda: "It stands on the server" in ben.screen)
    assert bot.stores.count("releases") == 1


async def test_a_release_that_was_made_and_of_which_nobody_has_said_so_is_said_to_stand_where_it_does(bot: Bot) -> None:
    """The process was killed between the folder and the word of it."""
    ada, ben = await is_about_to_be_made(bot, member(bot.sandbox, "Olga", OWNER))
    await ben.press("1", "Confirm and make it")
    await until(lambda: "It stands on the server" in ben.screen)
    await bot.stop()
    await bot.stores.change("update release_orders set told = '{}'")
    chat = bot.stores.vault().chat_hash(ada.person.id).hex()
    insert = (
        "insert into schedule (kind, key, due_at, note) select 'release', ? || id, ordered_at, 0 from release_orders"
    )
    await bot.stores.change(insert, f"{chat}/")
    await bot.start()
    [folder] = bot.settings.export_dir.iterdir()
    await until(lambda: f"It stands on the server, and no file is sent here: {folder}" in ada.screen)


async def test_whoever_is_later_with_one_order_does_not_say_that_it_could_not_be_made(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes made it: one of them was taken for dead."""
    _, ben = await is_about_to_be_made(bot, member(bot.sandbox, "Olga", OWNER))

    async def later(_archive: Archive, wanted: Order, *_: object) -> Made:
        query = "update release_orders set state = 'made', release = 'r1', told = ?"
        await bot.stores.change(query, '{"folder": "/on/the/other/machine"}')
        raise Refused(f"order {wanted.ordered_as} was confirmed or given up by somebody else meanwhile")

    monkeypatch.setattr("bot.stewardship.clerk.export", later)
    await ben.press("1", "Confirm and make it")
    await until(lambda: "It stands on the server, and no file is sent here: /on/the/other/machine" in ben.screen)


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
