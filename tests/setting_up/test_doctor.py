"""`surveybot doctor` names what is wrong, and what helps: each fault is made, looked for, and found."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from support import stores
from support.reviewing import said
from support.running import TOKEN, Bot

from bot import reading, shipped
from bot.account import OtherPoller
from bot.clock import utc_now
from bot.doctor import machine, words
from bot.doctor.findings import Finding, Level
from bot.doctor.look import Look
from bot.doors import open_account
from bot.opening import open_stores
from bot.reading import read_collections
from bot.sandbox.server import Sandbox
from bot.settings import Settings, read_settings
from bot.setup import envfile
from bot.vault import KEY_BYTES, write_master_key

from .conftest import AtTerminal, Surveybot

SECRET = "1:a-token-nobody-may-see"  # noqa: S105


@pytest.fixture(autouse=True)
def _code_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not change between tests, and reading all of it takes longer than everything else together."""
    monkeypatch.setattr(words, "of_the_bot", _OF_THE_BOT)


_OF_THE_BOT = cache(words.of_the_bot)


class Installation:
    """A folder with `.env`, data and keys, all as they should be until a test says otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = folder / ".env"
        self.keys = folder / "keys"
        self.data = folder / "data" / "survey.db"
        self.look = Look(self.env, {}, utc_now, open_account, reading.read_texts, listen=0, mend=False)

    @property
    def settings(self) -> Settings:
        return read_settings(_env_file=self.env)

    def set(self, **values: object) -> None:
        """Put settings into `.env`."""
        envfile.put(self.env, {f"SURVEYBOT_{name.upper()}": str(value) for name, value in values.items()})

    async def findings(self) -> list[Finding]:
        """Look at everything."""
        return [finding async for finding in self.look.everything()]

    async def finds(self, about: str, says: str, level: Level = Level.FAULT) -> Finding:
        """The one finding with these words; anything else that is wrong fails the test."""
        findings = await self.findings()
        found = [each for each in findings if each.about == about and says in each.says]
        assert [each.level for each in found] == [level], "\n".join(map(repr, findings))
        faults = [each for each in findings if each.level is Level.FAULT and each not in found]
        assert faults == []
        assert found[0].remedy or level is Level.WELL
        return found[0]


@pytest.fixture
async def installation(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """One that was served from before and is stopped now."""
    for name in list(os.environ):
        if name.startswith("SURVEYBOT_"):
            monkeypatch.delenv(name)
    made = Installation(tmp_path)
    made.set(
        token=TOKEN,
        api_url=sandbox.api_url,
        database_url=f"sqlite+aiosqlite:///{made.data}",
        key_file=made.keys / "master.key",
    )
    async with open_stores(made.settings, read_collections(made.settings), utc_now):
        pass
    return made


@pytest.fixture
def collections(installation: Installation) -> Path:
    """A folder of collections of one's own: a copy of the ready one."""
    folder = installation.folder / "collections"
    shutil.copytree(shipped.ready_collections(), folder, ignore=shutil.ignore_patterns("__*"))
    installation.set(collections=folder)
    return folder / "demographics"


async def test_an_installation_as_it_should_be_has_no_fault(sandbox: Sandbox, installation: Installation) -> None:
    before = {path: path.stat().st_mtime_ns for path in installation.folder.rglob("*")}

    findings = await installation.findings()

    assert [each for each in findings if each.level is Level.FAULT] == []
    wells = {each.about for each in findings if each.level is Level.WELL}
    assert wells >= {
        "settings", "disk", "permissions", "keys apart", "master key", "stores", "tables", "time zones", "token",
        "clock",
    }  # fmt: skip
    assert [call.method for call in sandbox.calls if call.method.startswith(("set", "delete", "getUpdates"))] == []
    after = {path: path.stat().st_mtime_ns for path in installation.folder.rglob("*")}
    same = {path for path, when in after.items() if before.get(path) == when}
    assert {path for path in before if path.is_file()} <= same


# --- settings --------------------------------------------------------------------------------------------------------


async def test_a_misspelt_setting_is_named_with_what_it_may_mean(installation: Installation) -> None:
    installation.set(datbase_url="x")
    found = await installation.finds("settings", "SURVEYBOT_DATBASE_URL", Level.WARNING)
    assert found.remedy == "did you mean SURVEYBOT_DATABASE_URL?"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"token": "not a token"}, "SURVEYBOT_TOKEN: this is not a bot token"),
        ({"send_rate": "fast"}, "SURVEYBOT_SEND_RATE"),
        ({"allow_unreviewed": "1", "api_url": "https://api.telegram.org"}, "SURVEYBOT_ALLOW_UNREVIEWED opens regions"),
    ],
)
async def test_settings_that_cannot_be_used_are_named(
    installation: Installation, values: dict[str, str], says: str
) -> None:
    installation.set(**values)
    await installation.finds("settings", says)


async def test_a_rehearsals_setting_is_pointed_at(installation: Installation) -> None:
    installation.set(allow_unreviewed="1")
    await installation.finds("settings", "SURVEYBOT_ALLOW_UNREVIEWED", Level.WARNING)


ZONES = """zones:
  here:
    bot: {bot}
    regions: [DE]
  there:
    bot: OtherZoneBot
    regions: [US]
"""


async def test_zones_are_told_and_a_slip_in_them_is_a_fault(
    sandbox: Sandbox, installation: Installation, collections: Path
) -> None:
    """Which zone this is and whose the others are; a name that stands nowhere; and a token that is another zone's."""
    file = collections.parent / "zones.yaml"
    file.write_text(ZONES.format(bot=sandbox.bot_username), encoding="utf-8")
    installation.set(zone="here", allow_unreviewed="1")
    told = [each.says for each in await installation.findings() if each.about == "zones"]
    assert told == [
        "this installation is here: DE",
        "demographics: US is served by @OtherZoneBot, and people there are sent to it",
    ]
    installation.set(zone="nowhere")
    found = await installation.finds("zones", "SURVEYBOT_ZONE is nowhere, which stands here nowhere")
    assert "here, there" in found.remedy
    file.write_text(ZONES.format(bot="SomeOtherBot"), encoding="utf-8")
    installation.set(zone="here", local_api="1", allow_unreviewed="0")
    findings = await installation.findings()
    assert [each.says for each in findings if each.about == "zones" and each.level is Level.FAULT] == [
        f"the token is @{sandbox.bot_username}'s, and the zone here has @SomeOtherBot"
    ]


# --- the machine -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("free", "level"), [(50_000_000, Level.FAULT), (500_000_000, Level.WARNING)])
async def test_a_disk_that_is_nearly_full_is_named(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, free: int, level: Level
) -> None:
    usage = shutil.disk_usage(installation.folder)._replace(free=free)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    await installation.finds("disk", "GB are free", level)


async def test_a_folder_for_releases_that_cannot_be_written_is_named(installation: Installation) -> None:
    """Two stewards would confirm one that can never be made."""
    folder = installation.folder / "releases"
    installation.set(export_dir=folder)
    await installation.finds("releases", f"{folder} can be written", Level.WELL)
    assert not folder.exists()
    folder.touch()
    for made in (folder, folder / "of this year"):
        installation.set(export_dir=made)
        found = await installation.finds("releases", f"{made} cannot be written", Level.WARNING)
        assert "SURVEYBOT_EXPORT_DIR" in found.remedy


def test_a_folder_that_is_mounted_to_read_only_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As everything is in a container that is not a volume."""
    monkeypatch.setattr("os.access", lambda *_: False)
    [found] = machine.releases(tmp_path)
    assert (found.level, found.says.partition(",")[0]) == (Level.WARNING, f"{tmp_path} cannot be written")


@pytest.mark.parametrize("name", [".env", "keys/destroyed-keys.log"])
async def test_secrets_that_others_can_read_are_named_with_the_command_that_closes_them(
    installation: Installation, name: str
) -> None:
    path = installation.folder / name
    path.touch()
    path.chmod(0o644)
    found = await installation.finds("permissions", f"others can get at {path}")
    assert found.remedy == f"run: chmod 600 {path}"


async def test_a_master_key_that_others_can_read_is_named(installation: Installation) -> None:
    """The bot does not start with it, so it is named as what opens nothing too."""
    (installation.keys / "master.key").chmod(0o640)
    findings = await installation.findings()
    assert {each.about for each in findings if each.level is Level.FAULT} == {"permissions", "master key"}
    assert all("chmod 600" in each.remedy for each in findings if each.level is Level.FAULT)


async def test_stores_that_others_can_read_are_named_where_their_folder_is_open_too(installation: Installation) -> None:
    installation.data.chmod(0o644)
    assert not [each for each in await installation.findings() if each.level is Level.FAULT]
    installation.data.parent.chmod(0o755)
    await installation.finds("permissions", str(installation.data))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_files_of_different_people_are_named(installation: Installation) -> None:
    os.chown(installation.data, 12345, 12345)
    found = await installation.finds("owner", f"{installation.data} (12345)")
    assert "chown" in found.remedy


def test_somebody_who_looks_at_anothers_files_is_told_whose_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "survey.db").touch()
    monkeypatch.setattr("os.geteuid", lambda: 54321)
    [found] = machine.belonging([tmp_path / "survey.db"])
    assert "you are 54321" in found.says
    assert found.remedy.startswith("run as that one: sudo -u ")


async def test_keys_beside_the_data_are_warned_of(installation: Installation) -> None:
    shutil.move(installation.data, installation.keys / "survey.db")
    installation.set(database_url=f"sqlite+aiosqlite:///{installation.keys / 'survey.db'}")
    await installation.finds("keys apart", "a copy of the one folder has answers and keys", Level.WARNING)


async def test_what_a_restore_has_left_that_was_killed_is_warned_of(installation: Installation) -> None:
    (installation.keys / "keystore.db.restoring").touch()
    await installation.finds("copies", "keystore.db.restoring was left by a restore that was cut off", Level.WARNING)


async def test_copies_that_a_restore_has_set_aside_are_warned_of(installation: Installation) -> None:
    (installation.keys / "keystore.db.before-restore-20260101T000000Z").touch()
    await installation.finds("copies", "still opens", Level.WARNING)


def test_time_zones_that_the_machine_lacks_are_named() -> None:
    [found] = machine.time_zones(["Africa/Cairo", "Mars/Olympus"])
    assert (found.level, "Mars/Olympus" in found.says, "tzdata" in found.remedy) == (Level.FAULT, True, True)


# --- keys and data ---------------------------------------------------------------------------------------------------


async def test_a_key_that_is_another_ones_is_named(installation: Installation) -> None:
    key = installation.keys / "master.key"
    key.unlink()
    write_master_key(key, os.urandom(KEY_BYTES))
    await installation.finds("master key", "does not open the key store")


async def test_a_lost_key_is_named(installation: Installation) -> None:
    (installation.keys / "master.key").unlink()
    await installation.finds("master key", "there is no master key")


async def test_a_lost_key_store_or_database_is_named(installation: Installation) -> None:
    aside = installation.keys / "aside"
    (installation.keys / "keystore.db").rename(aside)
    await installation.finds("stores", "there is no key store")
    aside.rename(installation.keys / "keystore.db")
    installation.data.unlink()
    await installation.finds("stores", "there is no database")


async def test_a_key_store_of_another_installation_is_named(installation: Installation) -> None:
    with closing(sqlite3.connect(installation.keys / "keystore.db")) as keys, keys:
        keys.execute("update installation set id = 'another'")
    await installation.finds("stores", "of different installations")


async def test_a_damaged_database_is_named(installation: Installation) -> None:
    installation.data.write_bytes(b"not a database, and long enough to be none " * 40)
    findings = await installation.findings()
    assert "stores" in {each.about for each in findings if each.level is Level.FAULT}


async def test_tables_of_another_version_are_named(installation: Installation) -> None:
    with closing(sqlite3.connect(installation.data)) as data, data:
        data.execute("update alembic_version set version_num = '9999'")
    await installation.finds("tables", "of a newer version")
    with closing(sqlite3.connect(installation.data)) as data, data:
        data.execute("delete from alembic_version")
    await installation.finds("tables", "of an older version", Level.WARNING)


async def test_half_a_copy_is_named_with_what_finishes_it(installation: Installation) -> None:
    with closing(sqlite3.connect(installation.data)) as data, data:
        columns = "insert into transfers (id, state, installation, other, at)"
        data.execute(columns + " values (1, 'begun', 'one', '/here/survey.db', '2026-01-01 00:00:00')")
    found = await installation.finds("tables", "not finished")
    assert found.says == (
        "this database is a copy of /here/survey.db that was not finished, so that the bot does not start"
    )
    assert found.remedy == "run surveybot db copy again, with the settings of what it is copied from"


async def test_a_driver_that_is_missing_is_named_with_what_brings_it(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    installation.set(database_url="postgresql+asyncpg://survey@localhost/survey")
    found = await installation.finds("server", "asyncpg")
    assert found.says == (
        "this kind of database needs asyncpg, which this installation has not, so that the bot does not start"
    )
    assert found.remedy == "make install"


async def test_keys_that_are_still_to_be_destroyed_are_warned_of(installation: Installation) -> None:
    with closing(sqlite3.connect(installation.data)) as data, data:
        data.execute("insert into key_destructions (key_id, at) values (x'00', '2026-01-01 00:00:00')")
    await installation.finds("destroyed keys", "1 keys are still to be destroyed", Level.WARNING)


async def test_a_lost_list_of_destroyed_keys_is_warned_of(installation: Installation) -> None:
    (installation.keys / "destroyed-keys.log").unlink()
    await installation.finds("destroyed keys", "is not there", Level.WARNING)


# --- what is asked ---------------------------------------------------------------------------------------------------


async def test_a_missing_collection_that_answers_are_held_of_is_named(
    installation: Installation, collections: Path
) -> None:
    """Losing the line that names the folder loads the one that ships, and nobody would be told."""
    with closing(sqlite3.connect(installation.data)) as data, data:
        data.execute("insert into vocabulary values ('voices', 'age', '', 'what it meant', 0)")
    assert "voices" not in "".join(each.says for each in await installation.findings())
    row = "insert into contributions values (?, 'voices', ?, x'00', x'00', ?, null, null)"
    with closing(sqlite3.connect(installation.data)) as data, data:
        data.executemany(row, [(b"1", "p", "the consent"), (b"2", "q", None)])  # the second has agreed to nothing yet
    says = f"1 contribution to voices is held, and the collection is not in {collections.parent}"
    found = await installation.finds("collections", says)
    assert "SURVEYBOT_COLLECTIONS_GONE=voices" in found.remedy
    installation.set(collections_gone="voices")
    found = await installation.finds("collections", "each goes when its own consent ends", Level.WARNING)
    assert "surveybot close" in found.remedy


async def test_closed_regions_are_named_with_the_reason(installation: Installation, collections: Path) -> None:
    settings, today = installation.settings, utc_now()
    assert "nobody has signed it off" in (await installation.finds("regions", "closed in US", Level.WARNING)).says
    await said(settings, "US", at=today - dt.timedelta(days=30), until=today.date() - dt.timedelta(days=1))
    assert "lapsed on" in (await installation.finds("regions", "closed in US", Level.WARNING)).says
    await said(settings, "US")
    await installation.finds("regions", "demographics is open in US", Level.WELL)
    region = collections / "regions" / "US" / "region.yaml"
    region.write_text(
        region.read_text().replace("day and night, free", "day and night").replace("Call or text 988", "Call 988")
    )
    assert "changed since" in (await installation.finds("regions", "closed in US", Level.WARNING)).says
    await installation.finds("regions", "nobody can take part", Level.WARNING)


@pytest.mark.usefixtures("collections")
async def test_a_language_that_is_closed_or_ends_soon_is_warned_of(installation: Installation) -> None:
    await said(installation.settings, "US", "en", until=utc_now().date() + dt.timedelta(days=20))
    await installation.finds("regions", "closes in US/en", Level.WARNING)
    await installation.finds("regions", "closed in US/es: nobody has signed it off", Level.WARNING)


async def test_each_fault_of_a_collection_is_named_with_its_place_and_remedy(
    installation: Installation, collections: Path
) -> None:
    path = collections / "collection.yaml"
    path.write_text(path.read_text().replace("minutes: ", "minuets: "))
    findings = await installation.findings()
    faults = [each for each in findings if each.about == "collections"]
    assert any(f"{path}:" in each.says and each.remedy for each in faults)
    assert {each.about for each in findings if each.level is Level.WELL} >= {"token", "clock", "master key"}


async def test_a_catalog_that_is_missing_or_not_compiled_is_named(
    installation: Installation, collections: Path
) -> None:
    path = collections / "translations" / "ar" / "LC_MESSAGES" / "demographics.mo"
    whole = path.read_bytes()
    path.write_bytes(whole.replace("نعم".encode(), "لاء".encode()).replace("من".encode(), "نم".encode()))
    assert "not compiled" in (await installation.finds("catalogs", str(path), Level.WARNING)).says
    for less in (whole[:-100], b""):
        path.write_bytes(less)
        await installation.finds("languages", "demographics is not offered in ar", Level.WARNING)
    path.unlink()
    await installation.finds("languages", "demographics is not offered in ar", Level.WARNING)


async def test_words_marked_fuzzy_are_named(installation: Installation, collections: Path) -> None:
    path = collections / "translations" / "ar" / "LC_MESSAGES" / "demographics.po"
    at = path.read_text().index("\n\n#:") + 2
    path.write_text(path.read_text()[:at] + "#, fuzzy\n" + path.read_text()[at:])
    found = await installation.finds("catalogs", str(path), Level.WARNING)
    assert "fuzzy" in found.says


# --- Telegram --------------------------------------------------------------------------------------------------------


async def test_a_missing_token_is_named(installation: Installation) -> None:
    installation.set(token="")
    await installation.finds("token", "there is none")


async def test_a_token_that_telegram_does_not_know_is_named_and_not_shown(installation: Installation) -> None:
    installation.set(token=SECRET)
    await installation.finds("token", "Telegram does not know it")
    assert SECRET not in "".join(map(repr, await installation.findings()))


async def test_a_telegram_that_is_not_reached_is_named(installation: Installation) -> None:
    installation.set(api_url="http://127.0.0.1:9", token=SECRET)
    await installation.finds("Telegram", "http://127.0.0.1:9 is not reached")
    assert SECRET not in "".join(map(repr, await installation.findings()))


async def test_groups_that_botfather_was_not_told_of_are_warned_of(
    sandbox: Sandbox, installation: Installation
) -> None:
    sandbox.service.profile.reads_groups = True
    assert "/setprivacy" in (await installation.finds("groups", "reads what is written", Level.WARNING)).remedy
    assert "/setjoingroups" in (await installation.finds("groups", "put into groups", Level.WARNING)).remedy


@pytest.mark.parametrize(("seconds", "level"), [(-3600, Level.FAULT), (90, Level.WARNING), (2, Level.WELL)])
async def test_a_clock_that_is_off_is_named(installation: Installation, seconds: int, level: Level) -> None:
    async with Sandbox(TOKEN, page=False, clock=lambda: time.time() + seconds) as elsewhere:
        installation.set(api_url=elsewhere.api_url)
        await installation.finds("clock", "agrees" if level is Level.WELL else "seconds off", level)


async def test_a_webhook_that_is_left_over_is_named_and_mended_when_told(
    sandbox: Sandbox, installation: Installation
) -> None:
    await webhook_is_set(installation, "http://127.0.0.1:9/other")
    assert "--mend" in (await installation.finds("webhook", "http://127.0.0.1:9/other")).remedy
    installation.look = replace(installation.look, mend=True)
    await installation.finds("webhook", "is removed", Level.WELL)
    installation.look = replace(installation.look, mend=False)
    assert "webhook" not in {each.about for each in await installation.findings()}
    assert [call.method for call in sandbox.calls].count("deleteWebhook") == 1


async def test_another_webhook_than_the_settings_say_is_named_and_never_removed(
    sandbox: Sandbox, installation: Installation
) -> None:
    installation.set(webhook_url="https://bot.example.org", webhook_secret="s")  # noqa: S106
    await webhook_is_set(installation, "http://127.0.0.1:9/other")
    installation.look = replace(installation.look, mend=True)
    await installation.finds("webhook", "not to https://bot.example.org/telegram", Level.WARNING)
    assert "deleteWebhook" not in [call.method for call in sandbox.calls]


@pytest.mark.parametrize(("hours", "level"), [(0, Level.WARNING), (2, Level.WELL)])
async def test_what_went_wrong_at_the_webhook_is_said_for_an_hour(
    installation: Installation, hours: int, level: Level
) -> None:
    """Telegram goes on telling it long after all is well."""
    nobody = "http://127.0.0.1:9"
    behind = [3600 * hours]
    async with Sandbox(TOKEN, page=False, first_retry=60, clock=lambda: time.time() - behind[0]) as elsewhere:
        installation.set(api_url=elsewhere.api_url, webhook_url=nobody)
        await webhook_is_set(installation, f"{nobody}/telegram")
        await elsewhere.person("Sam").start()
        async with open_account(installation.settings) as account, asyncio.timeout(10):
            while not (await account.webhook()).trouble:  # noqa: ASYNC110  # what was tried wakes nobody
                await asyncio.sleep(0.01)
        behind[0] = 0
        words = "Connection failed" if level is Level.WARNING else f"sends updates to {nobody}"
        await installation.finds("webhook", words, level)


async def webhook_is_set(installation: Installation, url: str) -> None:
    """By some other program with the same token."""
    async with open_account(installation.settings) as account:
        await account._call("setWebhook", {"url": url})  # type: ignore[attr-defined]  # what no part of the bot may do


async def test_another_poller_is_named(installation: Installation) -> None:
    installation.look = replace(installation.look, listen=30)
    async with poller(installation.settings):
        await installation.finds("updates", "another process fetches them")


@asynccontextmanager
async def poller(settings: Settings) -> AsyncIterator[None]:
    """A second bot with the same token, which polls again whenever its poll is ended."""

    async def poll() -> None:
        async with open_account(settings) as account:
            while True:
                try:
                    await account.poll(50)
                except OtherPoller:
                    await asyncio.sleep(0.05)

    task = asyncio.create_task(poll())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_nobody_else_is_found_where_nobody_else_is(installation: Installation) -> None:
    installation.look = replace(installation.look, listen=1)
    await installation.finds("updates", "nobody else fetches them", Level.WELL)


async def test_updates_that_wait_are_told_and_stay(sandbox: Sandbox, installation: Installation) -> None:
    installation.look = replace(installation.look, listen=1)
    await sandbox.person("Sam").start()
    for _ in range(2):
        await installation.finds("updates", "1 updates wait", Level.WARNING)


async def test_a_bot_that_serves_from_here_is_not_disturbed(sandbox: Sandbox, tmp_path: Path) -> None:
    bot = Bot(sandbox, tmp_path)
    serving = Installation(tmp_path)
    serving.set(
        token=TOKEN,
        api_url=sandbox.api_url,
        **stores.urls(tmp_path),
        key_file=bot.settings.key_file,
        allow_unreviewed="1",
    )
    serving.look = replace(serving.look, listen=50)
    await bot.start()
    try:
        await serving.finds("updates", "a bot serves from here", Level.WELL)
        assert bot.is_running
    finally:
        await bot.stop()


@pytest.mark.server("several processes share one database")
async def test_a_process_that_was_killed_does_not_count_as_serving(sandbox: Sandbox, tmp_path: Path) -> None:
    """Its row stays where nobody is left to take it over, and whoever is called at night would look elsewhere."""
    served = await _on_a_server(sandbox, tmp_path)
    await _is_there(tmp_path, "process 4711 on host-a", "- interval '3 days'")
    await served.finds("processes", "none serves these data", Level.WARNING)
    await _is_there(tmp_path, "process 4712 on host-b", "+ interval '1 hour'")
    found = await served.finds("processes", "1 serve these data", Level.WELL)
    assert found.says.endswith(": process 4712 on host-b")


@pytest.mark.server("several processes share one database")
async def test_what_waits_is_not_laid_to_nobody_while_another_machine_serves(sandbox: Sandbox, tmp_path: Path) -> None:
    served = await _on_a_server(sandbox, tmp_path)
    await sandbox.person("Sam").start()
    key = "insert into key_destructions (key_id, at) values (x'00', '2026-01-01 00:00:00') returning at"
    await asyncio.to_thread(stores.rows, tmp_path, key)
    await served.finds("updates", "1 updates wait", Level.WARNING)
    await served.finds("destroyed keys", "1 keys are still to be destroyed", Level.WARNING)
    await _is_there(tmp_path, "process 4711 on host-a", "+ interval '1 hour'")
    served.look = replace(served.look, listen=30)  # which would be waited for
    await served.finds("updates", "a bot serves these data: process 4711 on host-a", Level.WELL)
    assert "start the bot" not in "".join(each.remedy for each in await served.findings() if each.about != "menu")


@pytest.mark.server("only a server can say so")
async def test_a_server_that_may_lose_keys_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    served = await _on_a_server(sandbox, tmp_path)
    await served.finds("server", "PostgreSQL is new enough", Level.WELL)
    keys = stores.name_of(tmp_path, stores.KEYS)
    off = f"alter database {keys} set synchronous_commit = off"
    await asyncio.to_thread(stores.rows, tmp_path, off, store=stores.KEYS)
    await served.finds("server", "of the key store, the server says that a commit is there before", Level.FAULT)


async def _on_a_server(sandbox: Sandbox, folder: Path) -> Installation:
    bot, made = Bot(sandbox, folder), Installation(folder)
    async with open_stores(bot.settings, bot.collections, utc_now):
        pass
    made.set(
        token=TOKEN,
        api_url=sandbox.api_url,
        **stores.urls(folder),
        key_file=bot.settings.key_file,
        allow_unreviewed="1",
    )
    return made


async def _is_there(folder: Path, place: str, until: str) -> None:
    row = (
        "insert into processes (place, fetches, began_at, alive_until) "  # noqa: S608  # ours
        f"values (?, false, now() - interval '4 days', now() {until}) returning id"
    )
    assert await asyncio.to_thread(stores.rows, folder, row, place)


async def test_menus_and_descriptions_that_are_not_set_are_told(sandbox: Sandbox, installation: Installation) -> None:
    await installation.finds("menu", "not as it should be for everybody else, en", Level.WARNING)
    await installation.finds("short description", "not as it should be", Level.WARNING)
    assert not [call for call in sandbox.calls if call.method.startswith("set")]


@pytest.mark.parametrize("method", ["getWebhookInfo", "getMyCommands"])
@pytest.mark.parametrize("fault", ["server_error", "cut_before", "too_many_requests"])
async def test_a_call_that_goes_wrong_keeps_no_other_check_from_being_made(
    sandbox: Sandbox, installation: Installation, method: str, fault: str
) -> None:
    getattr(sandbox.faults, fault)(method=method, times=50)
    findings = await installation.findings()
    assert any(each.about == "Telegram" and each.remedy for each in findings)
    assert {"token", "clock", "master key"} <= {each.about for each in findings}


@pytest.mark.parametrize(
    "check", ["room", "releases", "closed_to_others", "belonging", "apart", "set_aside", "left_over", "time_zones"]
)
async def test_a_check_that_breaks_is_a_finding_and_the_others_are_made(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, check: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(machine, check, broken)
    findings = await installation.findings()
    assert [each.says for each in findings if each.level is Level.FAULT] == ["could not be looked at (RuntimeError)"]
    assert {"token", "clock", "master key"} <= {each.about for each in findings}
    assert SECRET not in "".join(map(repr, findings))


# --- the command -----------------------------------------------------------------------------------------------------

SetUp = Callable[[], Awaitable[None]]


@pytest.fixture
def set_up(surveybot: Surveybot) -> SetUp:
    """Sets up as somebody would."""

    async def done() -> None:
        assert (await surveybot("setup", "--yes", "--no-recovery", "--token-stdin", said=f"{TOKEN}\n")).code == 0

    return done


async def test_at_a_terminal_marks_and_remedies_and_mending(
    sandbox: Sandbox, at_terminal: AtTerminal, set_up: SetUp, folder: Path
) -> None:
    await set_up()
    (folder / ".env").chmod(0o644)
    async with at_terminal("doctor", "--listen", "1") as terminal:
        await terminal.sees("✗ permissions: others can get at .env")
        await terminal.sees("run: chmod 600 .env")
        await terminal.sees("✓ token: Telegram knows it: @survey_sandbox_bot")
        await terminal.sees("! groups: the bot can be put into groups")
        await terminal.sees("✓ updates: nobody else fetches them")
        await terminal.sees("1 wrong")
        assert await terminal.ends() == 1
    (folder / ".env").chmod(0o600)
    sandbox.service.profile.joins_groups = False
    async with at_terminal("doctor", "--listen", "0") as terminal:
        await terminal.sees("Nothing is wrong")
        assert await terminal.ends() == 0
    assert TOKEN not in terminal.screen


async def test_for_programs_there_is_json_and_the_same_exit_code(surveybot: Surveybot, set_up: SetUp) -> None:
    nothing = await surveybot("doctor", "--json")
    await set_up()
    done = await surveybot("doctor", "--json", "--listen", "0")
    assert (nothing.code, nothing.value["well"]) == (1, False)
    assert {"level": "fault", "about": "token"}.items() <= nothing.value["findings"][-1].items()
    assert (done.code, done.err, done.value["well"]) == (0, "", True)
    assert all(set(each) == {"level", "about", "says", "remedy"} for each in done.value["findings"])
    assert TOKEN not in done.out


async def test_wrong_usage_ends_with_2(surveybot: Surveybot) -> None:
    assert (await surveybot("doctor", "--listen", "soon")).code == 2
