"""Backups that are put back: everything of whoever still agrees is there, and nothing of whoever has left since."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from support import stores
from support.commands import Done
from support.contributors import Contributor
from support.running import Bot

from bot.clock import utc_now
from bot.notices.desk import send
from bot.notices.wording import PARTS
from bot.serving import alone, is_served
from bot.start_checks import CannotStart
from bot.stewardship import placing
from bot.stewardship import restore as restoring
from bot.stewardship.archive import open_archive
from bot.stewardship.backup import newest
from bot.stewardship.restore import Order, Restored, restore
from bot.storage import notices
from bot.storage.copying import check_file
from bot.storage.installation import NotAPair
from bot.storage.notices import Concerned, NoticeState
from bot.tombstones import Tombstones

from .conftest import (
    BALANCE,
    EXPORT,
    IMPROVEMENT,
    LINK,
    Arrive,
    Export,
    Surveybot,
    code_of,
    contributor_of,
    end_purpose,
    files_in,
    pseudonym_of,
    take_back,
    take_part,
)

DATA, KEYS = "backups/data", "backups/keys"
INVITES = 3
"""The number of the purpose that uses the contact, on the decision of somebody who came by a plain link."""

BackUp = Callable[[], Awaitable[tuple[Path, Path]]]


@pytest.fixture
def back_up(surveybot: Surveybot, tmp_path: Path) -> BackUp:
    """Backs up as a person would, and gives the two folders."""

    async def backed_up() -> tuple[Path, Path]:
        done = await surveybot("backup", "--data", tmp_path / DATA, "--keys", tmp_path / KEYS, "--json")
        assert (done.code, done.err) == (0, "")
        return Path(done.value["data"]), Path(done.value["keys"])

    return backed_up


@pytest.fixture
def put_back(surveybot: Surveybot, tmp_path: Path) -> Callable[..., Awaitable[Done]]:
    """Restores the newest backup; on a server into databases that are empty, as it asks for there. Nothing in these
    says whose the list of destroyed keys is, so that is named."""

    async def restored(*more: str | Path) -> Done:
        if stores.on_server():
            stores.make_anew(tmp_path)
            in_place = tmp_path / "keys" / "destroyed-keys.log"
            if in_place.exists() and "--master-key" not in more:
                more += ("--destroyed", in_place)
        return await surveybot("restore", "--data", tmp_path / DATA, "--keys", tmp_path / KEYS, *more)

    return restored


PutBack = Callable[..., Awaitable[Done]]


def lose_the_disk(bot: Bot, tmp_path: Path) -> Path:
    """Data and keys are gone but for what was kept elsewhere: the master key's recovery copy."""
    copy = tmp_path / "stick.key"
    shutil.copy(bot.stores.keys / "master.key", copy)
    shutil.rmtree(bot.stores.keys)
    for path in tmp_path.glob("survey.db*"):
        path.unlink()
    return copy


def names_with(folder: Path, pattern: str) -> list[Path]:
    """Files below a folder whose names look like this."""
    return list(folder.rglob(pattern))


# --- what comes back -----------------------------------------------------------------------------------------------


async def test_a_lost_disk_comes_back_from_a_backup_that_was_made_while_the_bot_ran(
    bot: Bot, arrive: Arrive, back_up: BackUp, put_back: PutBack, tmp_path: Path
) -> None:
    sam = await take_part(arrive())
    before = bot.stores.answers(sam.person.id)
    await back_up()
    await bot.stop()
    copy = lose_the_disk(bot, tmp_path)

    done = await put_back("--master-key", copy, "--no-newer-list")

    assert (done.code, done.err) == (0, "")
    assert "No newer list of destroyed keys was there" in done.out
    assert before == bot.stores.answers(sam.person.id) != {}
    await bot.start()
    await sam.say("/mydata")
    assert sam.sees("What is held")
    await take_back(sam)
    assert bot.stores.count("answers") == 0


async def test_who_has_left_since_stays_closed_and_is_on_the_list_for_recipients(
    bot: Bot, arrive: Arrive, exported: Export, surveybot: Surveybot, back_up: BackUp, put_back: PutBack
) -> None:
    sam, kim = await take_part(arrive()), await take_part(arrive("Kim"))
    await exported()
    known_as, pseudonym = contributor_of(bot, sam), pseudonym_of(bot, sam)
    data, _ = await back_up()
    await take_back(sam)
    await bot.stop()

    done = await put_back("--over")

    assert (done.code, done.err) == (0, "")
    assert "1 contributions, 0 single purposes" in done.out
    assert bot.stores.answers(kim.person.id) != {}
    assert bot.stores.answers(sam.person.id) == {}
    with pytest.raises(KeyError):  # the data as it was backed up, with today's keys
        bot.stores.answers(sam.person.id, data / "survey.db")
    assert bot.stores.rows("select 1 from answers where pseudonym = ?", pseudonym) == []
    told = (await surveybot("withdrawals", "--recipient", "lab", "--json")).value
    assert [each["contributor"] for each in told["withdrawn"]] == [known_as]
    again = await exported(recipient="other")
    assert len(again.rows) == 1

    await bot.start()
    await sam.to_cards()  # a stranger again: asked for the place first


async def test_who_has_left_since_stays_closed_also_where_the_disk_was_lost(
    bot: Bot, arrive: Arrive, back_up: BackUp, put_back: PutBack, tmp_path: Path
) -> None:
    sam = await take_part(arrive())
    await back_up()
    await take_back(sam)
    await bot.stop()
    newest = tmp_path / "elsewhere.log"
    shutil.copy(bot.stores.keys / "destroyed-keys.log", newest)
    copy = lose_the_disk(bot, tmp_path)

    done = await put_back("--master-key", copy, "--destroyed", newest)

    assert (done.code, done.err) == (0, "")
    assert "No newer list" not in done.out
    assert bot.stores.answers(sam.person.id) == {}
    assert bot.stores.wraps() == []
    assert Tombstones(bot.stores.keys / "destroyed-keys.log").read() == Tombstones(newest).read() != []


async def test_purposes_that_were_ended_since_stay_ended_for_releases_and_on_the_persons_own_screen(
    bot: Bot, arrive: Arrive, back_up: BackUp, put_back: PutBack, surveybot: Surveybot
) -> None:
    sam = await take_part(arrive(), IMPROVEMENT, BALANCE)
    await back_up()
    await end_purpose(sam, IMPROVEMENT)
    ended = bot.stores.passages(sam.person.id)["demographics"]["consented"]["decisions"]
    await bot.stop()

    done = await put_back("--over")

    assert "0 contributions, 1 single purposes" in done.out
    assert bot.stores.passages(sam.person.id)["demographics"]["consented"]["decisions"] == ended
    assert ended["improvement"] is False
    assert (await surveybot(*EXPORT, "improvement")).code == 1
    assert (await surveybot(*EXPORT, "evaluation")).code == 0
    event = bot.stores.rows("select purposes from consent_events where event = 'withdrawn'")
    assert [json.loads(purposes) for (purposes,) in event] == [["improvement"]]


async def test_the_code_of_another_contribution_that_was_taken_back_since_does_not_come_back(
    bot: Bot, arrive: Arrive, back_up: BackUp, put_back: PutBack
) -> None:
    """Of who still agrees it does."""
    sam, kim = await take_part(arrive(), LINK, code="a7Kx93Qz"), await take_part(arrive("Kim"), LINK, code="b7Kx93Qz")
    await back_up()
    await end_purpose(sam, 1)  # the only one that can end by itself
    assert code_of(bot, sam) is None
    await bot.stop()

    assert "1 single purposes" in (await put_back("--over")).out

    assert (code_of(bot, sam), code_of(bot, kim)) == (None, "b7Kx93Qz")


async def test_whoever_said_no_to_invites_since_is_not_written_to_again(
    bot: Bot, arrive: Arrive, back_up: BackUp, put_back: PutBack
) -> None:
    """The contact's purpose has no lock on the answers, and is ended by a restore all the same."""
    sam = await take_part(arrive(), INVITES)
    assert bot.stores.count("contact_permissions") == 1
    await back_up()
    await stop_messages(sam)
    assert bot.stores.count("contact_permissions") == 0
    await bot.stop()

    assert (await put_back("--over")).code == 0

    assert bot.stores.count("contact_permissions") == 0
    assert bot.stores.passages(sam.person.id)["demographics"]["consented"]["decisions"]["invites"] is False


async def stop_messages(somebody: Contributor) -> None:
    """No more messages, without taking anything else back."""
    await somebody.say("/leave")
    await somebody.press("No more messages")


async def test_a_notice_under_way_is_named_and_of_nobody_is_it_kept_that_they_were_concerned(
    bot: Bot, arrive: Arrive, back_up: BackUp, put_back: PutBack, surveybot: Surveybot
) -> None:
    await take_part(arrive())
    await take_part(arrive("Kim"))
    await bot.stop()
    words = {"en": dict.fromkeys(PARTS, "words")}
    async with open_archive(bot.settings) as archive:
        number = await send(archive, Concerned(), words, by="Ada", reason="a lost disk", clock=utc_now)
        async with archive.database.write() as connection:
            assert await notices.take(connection, number, [0]) == {0: True}
            await notices.settle(connection, number, {0: NoticeState.DELIVERED})
    await back_up()

    done = await put_back("--over")

    assert (done.code, done.err) == (0, "")
    assert f"Breach notice {number} was being sent" in done.out
    assert "of 1 people nobody knows whether they were told" in done.out
    rows = bot.stores.rows("select chat, state from notice_deliveries order by position")
    assert rows == [(None, "delivered"), (None, "unknown")]
    [(detail,)] = bot.stores.rows("select detail from audit where action = 'breach notice ended'")
    assert json.loads(detail) == {"notice": number, "delivered": 1, "unknown": 1}
    assert "over: 1 delivered, 1 unknown" in (await surveybot("notify-breach", "show")).out


async def test_what_was_halted_since_stands_still_or_whoever_restores_is_told_that_it_does_not(
    bot: Bot, back_up: BackUp, put_back: PutBack, surveybot: Surveybot
) -> None:
    """Reopening takes two people, and a restore is neither."""
    assert (await surveybot("halt", "US")).code == 0
    await back_up()
    assert (await surveybot("halt", "EG")).code == 0
    await bot.stop()

    done = await put_back("--over")

    assert (done.code, done.err) == (0, "")
    halted = {each["region"] for each in (await surveybot("halts", "--json")).value}
    if stores.on_server():
        assert "What was halted or closed after the backup was made is open again" in done.out
    else:
        assert "still stand, 1 of them" in done.out
        assert halted == {"US", "EG"}
        bot.stores.data.write_bytes(b"damaged")
        damaged = await put_back("--over", "--json")
        assert (damaged.code, damaged.value["halts_kept"]) == (0, None)
        bot.stores.data.unlink()
        lost = await put_back("--over")
        assert "What was halted or closed after the backup was made is open again" in lost.out
    assert {each["region"] for each in (await surveybot("halts", "--json")).value} == {"US"}


def junk(_: bytes) -> bytes:
    return b"damaged"


def nothing(_: bytes) -> bytes:
    return b""


def only_the_first_page(content: bytes) -> bytes:
    """It says that this is a database, and which tables it had."""
    return content[:4096] + bytes(len(content) - 4096)


@pytest.mark.sqlite("the key store's file is damaged")
@pytest.mark.parametrize("damage", [junk, nothing, only_the_first_page])
async def test_a_key_store_that_is_damaged_is_set_aside_as_doctor_says(
    bot: Bot,
    arrive: Arrive,
    back_up: BackUp,
    put_back: PutBack,
    surveybot: Surveybot,
    damage: Callable[[bytes], bytes],
) -> None:
    """It says no more whose it was, so the list of destroyed keys is named."""
    sam, kim = await take_part(arrive()), await take_part(arrive("Kim"))
    await back_up()
    await take_back(sam)
    await bot.stop()
    bot.stores.keystore.write_bytes(damage(bot.stores.keystore.read_bytes()))
    assert "restore a backup: surveybot restore" in (await surveybot("doctor")).out

    unnamed = await put_back("--over")
    done = await put_back("--over", "--destroyed", bot.settings.tombstones)

    assert unnamed.code == 1
    assert "Name the newest copy of it with --destroyed" in unnamed.err
    assert (done.code, done.err) == (0, "")
    assert bot.stores.answers(sam.person.id) == {}
    assert bot.stores.answers(kim.person.id) != {}
    await bot.start()


@pytest.mark.sqlite("files change their names")
@pytest.mark.parametrize("step", range(4))
async def test_a_power_cut_while_files_change_places_leaves_no_half(
    bot: Bot,
    arrive: Arrive,
    back_up: BackUp,
    put_back: PutBack,
    tmp_path: Path,
    step: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The old state is whole, or no bot starts; then the same command once more brings the backup back."""
    kim = await take_part(arrive("Kim"))
    await back_up()
    sam = await take_part(arrive())
    await bot.stop()
    order = Order(*newest(tmp_path / DATA, tmp_path / KEYS), (), None, over=True, no_newer_list=False)
    with monkeypatch.context() as patch:
        cut_power_at(patch, step)
        with pytest.raises(PowerCut):
            await restore(bot.settings, order, lambda: dt.datetime.now(dt.UTC))

    if step == 0:
        assert bot.stores.answers(sam.person.id) != {}
    else:
        with pytest.raises(NotAPair):
            await bot.start()
    assert (await put_back("--over")).code == 0
    assert bot.stores.answers(sam.person.id) == {}
    assert bot.stores.answers(kim.person.id) != {}
    await bot.start()


class PowerCut(Exception):
    """The machine is off."""


def cut_power_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """Let so many files change their names, and then no other."""
    steps = itertools.count()

    def until_then(change: Callable[..., None]) -> Callable[..., None]:
        def changed(*arguments: Any, **more: Any) -> None:  # noqa: ANN401
            if next(steps) == step:
                raise PowerCut
            change(*arguments, **more)

        return changed

    for name in ("rename", "replace", "link"):
        patch.setattr(os, name, until_then(getattr(os, name)))


# --- what is stopped ------------------------------------------------------------------------------------------------


class Pause:
    """Work in a thread that comes to its end only when it is told to."""

    def __init__(self, work: Callable[..., None]) -> None:
        self._work = work
        self.reached, self.go_on = threading.Event(), threading.Event()

    def __call__(self, *arguments: Path) -> None:
        self._work(*arguments)
        self.reached.set()
        self.go_on.wait()


@asynccontextmanager
async def threads_ended() -> AsyncIterator[None]:
    """Whatever was begun in another thread has come to its end afterwards."""
    loop, threads = asyncio.get_running_loop(), ThreadPoolExecutor()
    loop.set_default_executor(threads)
    try:
        yield
    finally:
        loop.set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(threads.shutdown)


async def stop(going: asyncio.Task[Any], times: int) -> None:
    """As Ctrl-C does."""
    for _ in range(times):
        going.cancel()
        for _ in range(10):
            await asyncio.sleep(0)


def begin_restore(bot: Bot, tmp_path: Path) -> asyncio.Task[Restored]:
    order = Order(*newest(tmp_path / DATA, tmp_path / KEYS), (), None, over=True, no_newer_list=False)
    return asyncio.create_task(restore(bot.settings, order, utc_now))


@pytest.mark.sqlite("files are set aside")
@pytest.mark.parametrize("times", [1, 2])
async def test_a_restore_that_is_stopped_while_it_looks_through_the_backup_leaves_no_copy_of_it(
    bot: Bot, arrive: Arrive, back_up: BackUp, tmp_path: Path, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam = await take_part(arrive())
    await back_up()
    await bot.stop()
    looking = Pause(check_file)
    monkeypatch.setattr(restoring, "check_file", looking)

    async with threads_ended():
        going = begin_restore(bot, tmp_path)
        await asyncio.to_thread(looking.reached.wait)
        await stop(going, times)
        looking.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await going

    assert names_with(tmp_path, "*.restoring*") == []
    assert names_with(tmp_path, "*.before-restore-*") == []
    assert bot.stores.answers(sam.person.id) != {}
    await bot.start()


@pytest.mark.sqlite("files change their names")
async def test_a_restore_that_is_stopped_while_files_change_places_goes_on_to_its_end(
    bot: Bot, arrive: Arrive, back_up: BackUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of it would start no bot."""
    kim = await take_part(arrive("Kim"))
    await back_up()
    sam = await take_part(arrive())
    await bot.stop()
    changing = Pause(placing._take_its_place)
    monkeypatch.setattr(placing, "_take_its_place", changing)

    async with threads_ended():
        going = begin_restore(bot, tmp_path)
        await asyncio.to_thread(changing.reached.wait)
        await stop(going, 2)
        changing.go_on.set()
        restored = await going

    assert len(restored.set_aside) == 2
    assert names_with(tmp_path, "*.restoring*") == []
    assert bot.stores.answers(sam.person.id) == {}
    assert bot.stores.answers(kim.person.id) != {}
    await bot.start()


# --- what is refused -----------------------------------------------------------------------------------------------


async def test_without_a_newer_list_of_destroyed_keys_nothing_is_restored(
    bot: Bot, arrive: Arrive, back_up: BackUp, put_back: PutBack, tmp_path: Path
) -> None:
    sam = await take_part(arrive())
    _, keys = await back_up()
    await take_back(sam)
    await bot.stop()
    copy = lose_the_disk(bot, tmp_path)

    nothing = await put_back("--master-key", copy)
    its_own = await put_back("--master-key", copy, "--destroyed", keys / "destroyed-keys.log")

    for done in (nothing, its_own):
        assert done.code == 1
        assert "the list of destroyed keys is missing" in done.err
        assert "--no-newer-list" in done.err
    assert stores.on_server() or not bot.stores.data.exists()
    assert stores.on_server() or not bot.stores.keystore.exists()


async def test_the_list_that_a_new_machine_has_begun_is_not_taken_for_the_newest(
    bot: Bot, arrive: Arrive, back_up: BackUp, put_back: PutBack, tmp_path: Path
) -> None:
    """It is empty, and so was the backup's: nobody had left yet."""
    sam = await take_part(arrive())
    await back_up()
    await take_back(sam)
    await bot.stop()
    copy = lose_the_disk(bot, tmp_path)
    if stores.on_server():
        stores.make_anew(tmp_path)
    await bot.start()
    await bot.stop()
    assert Tombstones(bot.settings.tombstones).read() == []

    its_own_key = await put_back("--over", "--master-key", copy)
    bot.settings.key_file.unlink()
    nothing_said = await put_back("--over", "--master-key", copy)
    told = await put_back("--over", "--master-key", copy, "--no-newer-list")

    assert (its_own_key.code, nothing_said.code, told.code) == (1, 1, 0)
    assert "a master key is never written over" in its_own_key.err
    assert "may have been begun on a new machine" in nothing_said.err
    assert "Name the newest copy of it with --destroyed" in nothing_said.err
    assert "No newer list of destroyed keys was there" in told.out


async def test_a_list_that_was_rolled_back_is_refused(
    bot: Bot, arrive: Arrive, back_up: BackUp, put_back: PutBack
) -> None:
    gone, _ = await take_part(arrive()), await take_part(arrive("Kim"))
    await take_back(gone)
    await back_up()
    await bot.stop()
    (bot.stores.keys / "destroyed-keys.log").write_bytes(b"")

    done = await put_back("--over")

    assert done.code == 1
    assert "lacks entries that the backup has" in done.err


@pytest.mark.sqlite("files are set aside")
async def test_what_is_there_is_replaced_only_when_told_and_then_set_aside(
    bot: Bot, arrive: Arrive, back_up: BackUp, put_back: PutBack, tmp_path: Path
) -> None:
    await take_part(arrive())
    await back_up()
    await bot.stop()

    refused = await put_back()
    told = await put_back("--over", "--json")

    assert refused.code == 1
    assert "say --over" in refused.err
    assert told.code == 0
    aside = [Path(each) for each in told.value["set_aside"]]
    assert {path.parent for path in aside} == {tmp_path, tmp_path / "keys"}
    assert all(path.exists() for path in aside)
    assert not names_with(tmp_path, "*.restoring*")


@pytest.mark.sqlite("the bot's files stay while it serves")
async def test_a_bot_that_serves_is_never_restored_under(bot: Bot, back_up: BackUp, put_back: PutBack) -> None:
    await back_up()
    mark = bot.settings.serving_mark
    assert is_served(mark)

    done = await put_back("--over")

    assert done.code == 1
    assert "stop it first" in done.err
    await bot.stop()
    assert not is_served(mark)
    with alone(mark), pytest.raises(CannotStart, match="being restored"):
        await bot.start()


@pytest.mark.sqlite("reads the data's file")
@pytest.mark.parametrize("file", ["survey.db", "keystore.db", "destroyed-keys.log"])
async def test_a_backup_that_has_changed_is_refused(
    bot: Bot, back_up: BackUp, put_back: PutBack, tmp_path: Path, file: str
) -> None:
    data, keys = await back_up()
    await bot.stop()
    path = next(folder / file for folder in (data, keys) if (folder / file).exists())
    path.write_bytes(path.read_bytes() + b"x")
    before = bot.stores.data.read_bytes()

    done = await put_back("--over")

    assert (done.code, done.err.count("\n")) == (1, 1)
    assert f"{path}: the file is not as it was backed up" in done.err
    assert bot.stores.data.read_bytes() == before
    assert not names_with(tmp_path, "*before-restore*")


@pytest.mark.sqlite("another installation's files lie beside")
async def test_another_master_key_or_another_installations_keys_are_refused(
    bot: Bot, back_up: BackUp, put_back: PutBack, surveybot: Surveybot, environment: dict[str, str], tmp_path: Path
) -> None:
    await back_up()
    await bot.stop()
    other = tmp_path / "other" / "master.key"
    bot.settings = bot.settings.model_copy(
        update={"key_file": other, "database_url": f"sqlite+aiosqlite:///{tmp_path / 'other.db'}"}
    )
    await bot.start()
    environment |= {
        "SURVEYBOT_KEY_FILE": str(other),
        "SURVEYBOT_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'other.db'}",
    }
    made = await surveybot("backup", "--data", tmp_path / "more", "--keys", tmp_path / "most", "--json")
    await bot.stop()

    wrong_key = await put_back("--over", "--no-newer-list")
    wrong_keys = await surveybot("restore", "--data", tmp_path / DATA, "--keys", made.value["keys"], "--over")

    assert (wrong_key.code, wrong_keys.code) == (1, 1)
    assert "the master key does not open this key store" in wrong_key.err
    assert "of different installations" in wrong_keys.err


async def test_folders_that_are_no_backup_are_named(bot: Bot, back_up: BackUp, surveybot: Surveybot) -> None:
    data, keys = await back_up()
    await bot.stop()

    swapped = await surveybot("restore", "--data", keys, "--keys", data)
    nowhere = await surveybot("restore", "--data", "nowhere", "--keys", keys)

    assert (swapped.code, nowhere.code) == (1, 1)
    assert f"{keys}: this is the backup of the keys" in swapped.err
    assert "nowhere: there is no backup here" in nowhere.err


SOMEBODY = 12345


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can give files away")
@pytest.mark.parametrize("closed", [".", KEYS, "a backup", "a file"])
async def test_a_backup_that_belongs_to_somebody_else_is_refused_with_a_word_on_whose_it_is(
    bot: Bot, back_up: BackUp, environment: dict[str, str], tmp_path: Path, closed: str
) -> None:
    """As one that was copied there as root is to the bot. Root gets in everywhere, so here it gives that up."""
    _, keys = await back_up()
    await bot.stop()
    which = {"a backup": keys, "a file": keys / "manifest.json", ".": tmp_path / "backups"}.get(
        closed, tmp_path / closed
    )
    which.chmod(0o700)
    os.chown(which, SOMEBODY, SOMEBODY)
    command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-m", "bot.cli"]
    folders = ["--data", str(tmp_path / DATA), "--keys", str(tmp_path / KEYS)]
    done = await asyncio.to_thread(
        subprocess.run, [*command, "restore", *folders, "--over"],
        env={**environment, "PYTHONPATH": str(Path.cwd())}, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{which} belongs to {SOMEBODY} and does not let you in")
    assert "sudo chown -R" in line


# --- making one ----------------------------------------------------------------------------------------------------


async def test_the_two_parts_are_apart_closed_to_others_and_hold_no_master_key(
    bot: Bot, arrive: Arrive, back_up: BackUp, tmp_path: Path
) -> None:
    sam = await take_part(arrive())
    data, keys = await back_up()

    assert [path.name for path in files_in(data)] == ["manifest.json", "survey.db"]
    assert [path.name for path in files_in(keys)] == ["destroyed-keys.log", "keystore.db", "manifest.json"]
    for path in files_in(tmp_path / "backups"):
        assert path.stat().st_mode & 0o077 == 0
        assert (bot.stores.keys / "master.key").read_bytes() not in path.read_bytes()
    for folder in (data, keys):
        assert folder.stat().st_mode & 0o077 == 0
        assert str(sam.person.id).encode() not in (folder / "manifest.json").read_bytes()
    with closing(sqlite3.connect(data / "survey.db")) as copy:
        assert copy.execute("pragma journal_mode").fetchall() == [("delete",)]
    assert bot.stores.rows("select actor, action from audit where action = 'backup made'") == [
        ("steward", "backup made")
    ]


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(("data", "keys"), [("one", "one"), ("one", "one/inside"), ("one/inside", "one")])
async def test_one_place_for_both_is_refused_unless_told(
    surveybot: Surveybot, tmp_path: Path, data: str, keys: str
) -> None:
    asked = ("backup", "--data", tmp_path / data, "--keys", tmp_path / keys)

    refused = await surveybot(*asked)
    told = await surveybot(*asked, "--together")

    assert refused.code == 1
    assert "answers and keys" in refused.err
    assert told.code == 0
    assert "on one disk" in told.out


async def test_older_copies_of_the_key_store_are_destroyed_and_nothing_else(
    bot: Bot, back_up: BackUp, surveybot: Surveybot, tmp_path: Path
) -> None:
    old_data, old_keys = await back_up()
    made_ago = json.loads((old_keys / "manifest.json").read_text())
    (old_keys / "manifest.json").write_text(json.dumps({**made_ago, "made_at": "2026-01-01T00:00:00+00:00"}))
    (old_keys / "destroyed-keys.log").unlink()
    (tmp_path / KEYS / "surveybot-keys-notes").mkdir()
    (tmp_path / KEYS / "surveybot-keys-notes" / "mine.txt").write_text("precious")
    renamed = old_keys.rename(tmp_path / KEYS / "surveybot-keys-20260101T000000Z")
    untold = tmp_path / KEYS / "surveybot-keys-20260102T000000Z"
    untold.mkdir()
    shutil.copy(renamed / "keystore.db", untold)
    old_data.rename(tmp_path / DATA / "surveybot-data-20260101T000000Z")

    done = await surveybot(
        "backup", "--data", tmp_path / DATA, "--keys", tmp_path / KEYS, "--keep-keys-days", "30", "--json"
    )

    assert done.value["destroyed"] == [str(renamed)]
    assert not renamed.exists(), "one that is damaged opens as much"
    assert (done.value["untold"], untold.exists()) == ([str(untold)], True)
    assert len(names_with(tmp_path / DATA, "survey.db")) == 2
    assert (tmp_path / KEYS / "surveybot-keys-notes" / "mine.txt").exists()
    assert len(names_with(tmp_path / KEYS, "keystore.db")) == 2
    assert bot.is_running


async def test_what_is_left_of_a_backup_that_was_killed_goes_with_the_next(
    bot: Bot, back_up: BackUp, surveybot: Surveybot, tmp_path: Path
) -> None:
    """It is a copy of the key store, and --keep-keys-days would never find it."""
    data, keys = await back_up()
    left = [
        shutil.copytree(each, each.with_name(f".unfinished-{each.name[:-16]}20260101T000000Z")) for each in (data, keys)
    ]
    under_way = shutil.copytree(keys, keys.with_name(".unfinished-surveybot-keys-20260101T000001Z"))
    two_hours_ago = (dt.datetime.now() - dt.timedelta(hours=2)).timestamp()  # noqa: DTZ005  # as files have it
    for each in left:
        for path in (*each.iterdir(), each):
            os.utime(path, (two_hours_ago, two_hours_ago))
    os.utime(under_way, (two_hours_ago, two_hours_ago))
    await asyncio.sleep(1.1)  # a backup is named by the second
    done = await surveybot("backup", "--data", tmp_path / DATA, "--keys", tmp_path / KEYS, "--json")
    assert done.value["destroyed"] == sorted(map(str, left))
    assert not any(each.exists() for each in left)
    assert under_way.exists(), "it may still be made"
    assert bot.is_running


async def test_a_backup_of_which_the_keys_could_not_be_written_is_none(
    arrive: Arrive, surveybot: Surveybot, back_up: BackUp, tmp_path: Path
) -> None:
    """A stick that was not plugged in: data without its keys would be put back with those of an earlier night."""
    await take_part(arrive("Sam"))
    await back_up()
    before = files_in(tmp_path / DATA)
    nowhere = tmp_path / "no-folder"
    nowhere.write_text("not mounted", encoding="utf-8")
    done = await surveybot("backup", "--data", tmp_path / DATA, "--keys", nowhere)
    assert done.code != 0
    assert files_in(tmp_path / DATA) == before


async def test_the_newest_backup_is_the_newest_of_which_both_parts_are_there(
    arrive: Arrive, back_up: BackUp, tmp_path: Path
) -> None:
    await take_part(arrive("Sam"))
    data, keys = await back_up()
    later = data.with_name("surveybot-data-29991231T235959Z")
    shutil.copytree(data, later)
    assert newest(tmp_path / DATA, tmp_path / KEYS) == (data, keys)
    assert newest(later, tmp_path / KEYS) == (later, keys), "that one was named"


async def test_keys_of_before_the_data_are_refused_unless_told(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, back_up: BackUp
) -> None:
    """Whoever agreed in between would read as withdrawn."""
    _, keys = await back_up()
    await take_part(arrive("Sam"))
    await asyncio.sleep(1.0)  # backups are named by the second
    data, _ = await back_up()
    await bot.stop()
    done = await surveybot("restore", "--data", data, "--keys", keys, "--over")
    assert done.code != 0
    assert "--older-keys" in done.err
