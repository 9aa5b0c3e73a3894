"""Data and keys that belong to somebody else: the start says so in one line, and the doctor whose they are.

That is how it is left where `sudo surveybot run` was tried once. Root gets in everywhere, so here it gives that up.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from support.process import environment
from support.running import TOKEN, Bot

from bot.bootstrap import serve
from bot.clock import utc_now
from bot.opening import open_stores
from bot.sandbox.server import Sandbox
from bot.start_checks import CannotStart

SOMEBODY = 12345
_AS_ANYBODY = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
"""As root, and with none of root's rights."""

pytestmark = pytest.mark.sqlite("the data are files")


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    """One whose data and keys are there, and that does not run."""
    (tmp_path / "data").mkdir(mode=0o700)
    async with Sandbox(TOKEN, page=False) as sandbox:
        bot = Bot(sandbox, tmp_path, database_url=f"sqlite+aiosqlite:///{tmp_path / 'data' / 'survey.db'}")
        async with open_stores(bot.settings, bot.collections, utc_now):
            pass
        yield bot


def _closed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """What the system says of what lies in a folder that one may not enter."""
    whole = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if folder in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)


@pytest.mark.parametrize("name", ["data", "keys"])
async def test_the_start_is_refused_in_one_line(
    bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / name / "further"
    data, key = {"database_url": f"sqlite+aiosqlite:///{folder / 'survey.db'}"}, {"key_file": folder / "master.key"}
    settings = bot.settings.model_copy(update=data if name == "data" else key)
    _closed(monkeypatch, tmp_path / name)
    with pytest.raises(CannotStart, match=f"{name}/further: Permission denied; run: surveybot doctor, which says"):
        await serve(settings)


async def _run(bot: Bot, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    more = {"SURVEYBOT_DATABASE_URL": bot.settings.database_url, "SURVEYBOT_LOG_FORMAT": "json"}
    given = environment(folder, bot.sandbox.api_url, PYTHONPATH=str(Path.cwd()), **more)
    command = [*_AS_ANYBODY, sys.executable, "-m", "bot.cli", *words]
    return await asyncio.to_thread(
        subprocess.run, command, env=given, cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can give files away")
@pytest.mark.parametrize("name", ["data", "keys"])
async def test_what_root_has_left_behind(bot: Bot, tmp_path: Path, name: str) -> None:
    """The start says one line, and the doctor looks at everything else too and says whose it is."""
    os.chown(tmp_path / name, SOMEBODY, SOMEBODY)
    refused = await _run(bot, tmp_path, "run")
    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = refused.stderr.splitlines()
    assert orjson.loads(line)["event"] == "the bot does not serve"
    assert "surveybot doctor" in orjson.loads(line)["why"]

    looked = await _run(bot, tmp_path, "doctor", "--json", "--listen", "0")
    assert (looked.returncode, looked.stderr) == (1, "")
    findings = orjson.loads(looked.stdout)["findings"]
    assert {"languages", "time zones", "token", "clock", "menu"} <= {each["about"] for each in findings}
    (owner,) = [each for each in findings if each["about"] == "owner"]
    assert owner["says"].startswith(f"{tmp_path / name} belongs to {SOMEBODY} and does not let you in")
    assert f"run as that one: sudo -u {SOMEBODY}" in owner["remedy"]
    assert f"sudo chown -R root {tmp_path / name}" in owner["remedy"]
