"""Backups of a server are files like any other's, and come back onto a server that nobody uses."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import stores
from support.running import Bot, Stored, settings_for

from bot.start_checks import CannotStart

from .conftest import Arrive, Surveybot, take_part

pytestmark = pytest.mark.server("data and keys are on one")

DATA, KEYS = "backups/data", "backups/keys"


async def test_a_server_that_is_in_use_is_never_put_over(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path
) -> None:
    sam = await take_part(arrive())
    folders = ("--data", tmp_path / DATA, "--keys", tmp_path / KEYS)
    assert (await surveybot("backup", *folders)).code == 0

    serving = await surveybot("restore", *folders, "--over")
    await bot.stop()
    in_use = await surveybot("restore", *folders, "--over")

    assert (serving.code, in_use.code) == (1, 1)
    assert "stop it first" in serving.err
    assert "is in use already, and a database on a server is never put over" in in_use.err
    assert bot.stores.answers(sam.person.id) != {}


async def test_a_backup_of_a_server_opens_as_files_and_its_people_go_on(
    bot: Bot,
    arrive: Arrive,
    surveybot: Surveybot,
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sam = await take_part(arrive())
    before = bot.stores.answers(sam.person.id)
    folders = ("--data", tmp_path / DATA, "--keys", tmp_path / KEYS)
    assert (await surveybot("backup", *folders)).code == 0
    await bot.stop()
    files = tmp_path / "files"
    for name in ("SURVEYBOT_DATABASE_URL", "SURVEYBOT_KEY_STORE_URL"):
        environment.pop(name)
    environment["SURVEYBOT_DATABASE_URL"] = f"sqlite+aiosqlite:///{files / 'survey.db'}"
    environment["SURVEYBOT_KEY_FILE"] = str(files / "keys" / "master.key")

    key = bot.stores.keys / "master.key"
    done = await surveybot("restore", *folders, "--master-key", key, "--no-newer-list")

    assert (done.code, done.err) == (0, "")
    monkeypatch.delenv(stores.ON)
    assert Stored(files).answers(sam.person.id) == before != {}
    monkeypatch.undo()
    done = await surveybot("audit", "verify")
    assert done.code == 0


async def test_one_process_alone_fetches_updates(bot: Bot, tmp_path: Path) -> None:
    second = Bot(bot.sandbox, tmp_path)
    second.settings = settings_for(tmp_path, bot.sandbox.api_url, key_file=_another_machine(bot, tmp_path))
    with pytest.raises(CannotStart, match="another surveybot fetches updates for these data already"):
        await second.start()
    await bot.stop()
    await second.start()
    await second.stop()
    assert stores.on_server()


def _another_machine(bot: Bot, tmp_path: Path) -> Path:
    """Where the same key lies on another machine, with a serving mark of its own."""
    folder = tmp_path / "another machine"
    folder.mkdir(mode=0o700)
    key = folder / "master.key"
    key.write_bytes((bot.stores.keys / "master.key").read_bytes())
    key.chmod(0o600)
    return key
