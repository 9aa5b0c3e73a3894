"""A collection from its first file to the first person in it: begun, checked, signed off in two ways, open."""

from __future__ import annotations

import datetime as dt
import importlib
import os
from pathlib import Path

import pytest
from journeys.conftest import running, somebody
from support import commands
from support.running import Bot
from support.team import OWNER, joins, member
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import utc_now
from bot.sandbox.server import Sandbox
from bot.storage.database import Database
from bot.storage.tables import purpose_meanings
from flows.language import language_name, place_name

NAMES = (
    "--organisation", "Institute of Fair Machines", "--page", "https://fair.int/bot", "--contact", "hello@fair.int",
    "--address", "7 Weaver Lane", "--role", "Lead for data protection", "--assessment", "DPIA-2026-14",
)  # fmt: skip


async def command(*asked: str) -> str:
    """What a command beside the bot says, which has to go well."""
    done = await commands.run(asked, os.environ, Path.cwd())
    assert done.code == 0, done.err
    return done.out


def begun(sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Bot:
    """A bot of a new collection that nobody has signed; commands beside it find its data."""
    collections = folder / "collections"
    new = CliRunner().invoke(app, ["new", "voices", "--yes", "--into", str(collections), *NAMES, "--region", "US"])
    assert new.exit_code == 0, new.output
    bot = Bot(sandbox, folder, collections=collections, allow_unreviewed=False, owners=(OWNER,))
    for name, value in {
        "DATABASE_URL": bot.settings.database_url,
        "KEY_STORE_URL": bot.settings.key_store_url,
        "KEY_FILE": str(bot.settings.key_file),
        "COLLECTIONS": str(collections),
        "API_URL": bot.settings.api_url,
        "ALLOW_UNREVIEWED": "false",
    }.items():
        monkeypatch.setenv(f"SURVEYBOT_{name}", value)
    return bot


async def test_a_collection_is_begun_signed_off_on_the_command_line_and_in_the_chat_and_open(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = begun(sandbox, tmp_path, monkeypatch)
    async with running(bot):
        assert "nobody has signed it off" in await command("check")
        owner = member(sandbox, "Olga", OWNER)
        rita = await joins(owner, bot, "Rita", "Reviewer")
        sam, ines = somebody(bot, "voices"), somebody(bot, "voices", "es", name="Ines")
        for each in (sam, ines):
            await each.start()
            assert place_name(each.place, each.language) not in each.labels
        await rita.say("/review")
        await rita.press(place_name("US", "en"), language_name("en", "en"))
        code = rita.screen.partition("Its code now: ")[2].split()[0]
        await rita.press("Sign as reviewer")
        await rita.say(f"{code[:6]} Teacher, Ohio")
        assert "✓ Signed" in rita.screen
        until = utc_now().date() + dt.timedelta(days=90)
        await command(
            "review", "sign", "voices", "US", "es", "--by", "Rita", "--role", "Teacher, Ohio", "--until", f"{until}"
        )
        for each in (sam, ines):
            await each.start()
            await each.press_label(place_name(each.place, each.language))
            await each.read_cards()
            await each.agree()
        assert bot.stores.rows("select collection, language from consent_records order by language") == [
            ("voices", "en"),
            ("voices", "es"),
        ]


async def test_what_was_signed_tells_what_records_of_an_earlier_surveybot_are_to(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Word for word what this one would have written down by itself."""
    bot = begun(sandbox, tmp_path, monkeypatch)
    until = utc_now().date() + dt.timedelta(days=90)
    async with running(bot):
        await joins(member(sandbox, "Olga", OWNER), bot, "Rita", "Reviewer")
        for language in ("en", "es"):
            await command(
                "review", "sign", "voices", "US", language, "--by", "Rita", "--role", "Teacher", "--until", f"{until}"
            )
            who = somebody(bot, "voices", language, name=language)
            await who.start()
            await who.press_label(place_name(who.place, who.language))
            await who.read_cards()
            await who.agree()
    said = "select sha256, collection, version, language from purpose_meanings order by language"
    records = "select meanings, answers_kept from consent_records order by language"
    before = bot.stores.rows(said), bot.stores.rows(records)
    assert len(before[0]) == 2
    await bot.stores.change("delete from purpose_meanings")
    await bot.stores.change("update consent_records set meanings = ?, answers_kept = ?", None, None)
    migration = importlib.import_module("bot.storage.migrations.versions.0025_what_purposes_meant")
    database = Database.connect(bot.settings.database_url)
    async with database.write_beside() as connection:
        await connection.run_sync(lambda sync: migration._fill(sync, purpose_meanings))
    await database.close()
    assert (bot.stores.rows(said), bot.stores.rows(records)) == before
