"""A start that cannot end well is refused with one clear word, and `surveybot doctor` says the same."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from support.contributors import Contributor
from support.copies import FIRST, copied, reworded
from support.running import TOKEN, Bot

from bot.bootstrap import serve
from bot.clock import utc_now
from bot.opening import open_stores
from bot.reading import read_collections
from bot.sandbox.server import Sandbox
from bot.start_checks import CannotStart
from bot.storage.database import SchemaFault
from bot.vault import KEY_BYTES, CannotOpen, write_master_key
from flows.load import CollectionFaults


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN, page=False) as running:
        yield running


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> Bot:
    """One whose data and keys are there, and that does not run."""
    bot = Bot(sandbox, tmp_path)
    async with open_stores(bot.settings, bot.collections, utc_now):
        pass
    return bot


async def test_another_master_key(bot: Bot) -> None:
    bot.settings.key_file.unlink()
    write_master_key(bot.settings.key_file, bytes(KEY_BYTES))
    with pytest.raises(CannotOpen):
        await serve(bot.settings)


async def test_data_of_a_newer_version(bot: Bot) -> None:
    with bot.stores.writing() as data:
        data.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(SchemaFault, match="of a newer version than this program; upgrade the program"):
        await serve(bot.settings)


def test_a_folder_without_collections(bot: Bot, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CollectionFaults, match="no collection here"):
        read_collections(bot.settings.model_copy(update={"collections": tmp_path / "empty"}))


async def test_a_region_more_may_ask_for_own_words_where_others_do_not(bot: Bot, tmp_path: Path) -> None:
    """`surveybot check` and reviewers have passed it; its question means what it meant."""
    regions = copied(tmp_path / "collections") / FIRST / "regions"
    shutil.copytree(regions / "EG", regions / "AE")  # the first of them
    option = "{id: other_language, label: A language other than Arabic}"
    own = "{id: in_own_words, label: Another language, own_words: true}"
    reworded(regions / "AE" / "region.yaml", option, f"{option}\n      - {own}")
    wider = Bot(bot.sandbox, tmp_path, collections=tmp_path / "collections")
    await wider.start()
    await wider.stop()


async def test_a_missing_collection_that_answers_are_held_of(sandbox: Sandbox, tmp_path: Path) -> None:
    """A line of the settings was lost. Whoever took part would read that it is closed, and retention would stop."""
    folder = copied(tmp_path / "collections", second=True)
    bot = Bot(sandbox, tmp_path, collections=folder)
    await bot.start()
    sam = _somebody(bot)
    await sam.to_questions(payload="demographics")
    await bot.stop()
    before = bot.stores.rows("select * from vocabulary order by collection, position")
    shutil.move(folder / "demographics", tmp_path / "aside")

    with pytest.raises(CannotStart, match=r"1 contribution to demographics is held, .* not in .*put its folder back"):
        await bot.start()
    assert bot.stores.rows("select * from vocabulary order by collection, position") == before

    shutil.move(tmp_path / "aside", folder / "demographics")
    await bot.start()
    await sam.say("/leave")
    await sam.press("Take back my data")
    await sam.press("All of it")
    await bot.stop()
    shutil.rmtree(folder / "demographics")
    await bot.start()  # nothing of it is held any more
    await bot.stop()


async def test_a_collection_that_left_on_purpose_is_warned_of_and_its_consents_still_end(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = copied(tmp_path / "collections", second=True)
    bot = Bot(sandbox, tmp_path, collections=folder)
    await bot.start()
    await _somebody(bot).to_questions(payload="demographics")
    await bot.stop()
    shutil.rmtree(folder / "demographics")
    again = Bot(sandbox, tmp_path, collections=folder, collections_gone="elsewhere, demographics")
    with structlog.testing.capture_logs() as logged:
        await again.start()
    [said] = [entry for entry in logged if entry["event"] == "a collection has left, and something of it is held"]
    assert (said["collection"], said["contributions"]) == ("demographics", 1)
    await again.stop()


@pytest.mark.sqlite("looks at the data's file")
async def test_a_disk_that_is_nearly_full(bot: Bot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Before anything is written: the stores are as they were."""
    monkeypatch.setattr("shutil.disk_usage", _usage(tmp_path, free=50_000_000))
    before = bot.stores.data.stat().st_mtime_ns
    with pytest.raises(CannotStart, match=r"0\.1 GB are free where .*; make room: with a full disk nothing"):
        await serve(bot.settings)
    assert bot.stores.data.stat().st_mtime_ns == before


async def test_a_disk_that_will_be_full_is_warned_of(bot: Bot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.disk_usage", _usage(tmp_path, free=500_000_000))
    with structlog.testing.capture_logs() as logged:
        await bot.start()
        await bot.stop()
    assert "this machine should be looked after" in {entry["event"] for entry in logged}


async def test_a_folder_for_releases_that_cannot_be_written_is_warned_of(bot: Bot, tmp_path: Path) -> None:
    """Only the bot itself can see what its unit lets it write."""
    (tmp_path / "releases").touch()
    bot.settings = bot.settings.model_copy(update={"export_dir": tmp_path / "releases"})
    with structlog.testing.capture_logs() as logged:
        await bot.start()
        await bot.stop()
    [said] = [entry for entry in logged if entry["event"] == "this machine should be looked after"]
    assert f"{tmp_path / 'releases'} cannot be written" in said["says"]


@pytest.mark.parametrize("seconds", [-3600, 400])
async def test_a_clock_that_is_far_off_telegrams(seconds: int, bot: Bot) -> None:
    async with Sandbox(TOKEN, page=False, clock=lambda: time.time() + seconds) as elsewhere:
        settings = bot.settings.model_copy(update={"api_url": elsewhere.api_url})
        with pytest.raises(CannotStart, match="seconds off Telegram's; let the system set it: sudo timedatectl"):
            await serve(settings)


async def test_where_telegram_is_not_reached_the_clock_is_named_too(bot: Bot) -> None:
    """With one that is years off, no certificate is valid, and nobody can be asked what time it is."""
    settings = bot.settings.model_copy(update={"api_url": "http://127.0.0.1:9"})
    with pytest.raises(CannotStart, match=r"NotConnected.* whether this machine's clock is right \(here it is \d{4}-"):
        await serve(settings)


async def test_a_clock_that_is_a_little_off_is_warned_of(tmp_path: Path) -> None:
    async with Sandbox(TOKEN, page=False, clock=lambda: time.time() + 60) as elsewhere:
        bot = Bot(elsewhere, tmp_path)
        with structlog.testing.capture_logs() as logged:
            await bot.start()
            await bot.stop()
    assert [entry["remedy"] for entry in logged if entry["event"] == "this machine should be looked after"] == [
        "let the system set it: sudo timedatectl set-ntp true"
    ]


def _somebody(bot: Bot) -> Contributor:
    [collection] = [each for each in bot.collections if each.id == FIRST]
    return Contributor(bot.sandbox.person("Sam", "en"), "en", "US", collection, bot.texts)


def _usage(folder: Path, *, free: int) -> Any:  # noqa: ANN401  # what shutil gives
    usage = shutil.disk_usage(folder)._replace(free=free)
    return lambda _path: usage
