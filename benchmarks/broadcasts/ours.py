"""The product in a process of its own, with people who want invites: `surveybot run`, `db seed` and `invite`."""

import asyncio
import datetime as dt
import os
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

from benchmarks.processes import ROOT, stop
from bot.settings import read_settings
from bot.stewardship.archive import open_archive
from bot.trail.sealer import Sealer

FIRST_CHAT = 7_000_000_001
_COMMAND = (sys.executable, "-m", "bot.cli")


def environment(folder: Path, url: str, token: str, rate: float) -> dict[str, str]:
    """Ours, without settings of the machine."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SURVEYBOT_") and not name.lower().endswith("_proxy")
    }
    return {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "SURVEYBOT_TOKEN": token,
        "SURVEYBOT_API_URL": url,
        "SURVEYBOT_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'survey.db'}",
        "SURVEYBOT_KEY_FILE": str(folder / "keys" / "master.key"),
        "SURVEYBOT_ALLOW_UNREVIEWED": "true",
        "SURVEYBOT_SEND_RATE": str(rate),
    }


async def command(settings: dict[str, str], folder: Path, *words: str) -> None:
    """Run one command to its end."""
    with (folder / "commands.log").open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND, *words, cwd=folder, env=settings, stdin=DEVNULL, stdout=output, stderr=output
        )
        if await process.wait():
            raise RuntimeError(f"surveybot {' '.join(words)}: {(folder / 'commands.log').read_text()[-2000:]}")


async def made_up(folder: Path, people: int) -> None:
    """People in stores, and every audit entry sealed: so many consents in a minute are not what is measured."""
    settings = environment(folder, "http://127.0.0.1:9", "1:bench", 1)
    await command(settings, folder, "db", "seed", "--contributors", str(people))
    async with open_archive(read_settings(_env_file=None, **_given(settings))) as archive:
        clock = partial(dt.datetime.now, dt.UTC)
        await Sealer(database=archive.database, keystore=archive.keystore, vault=archive.vault, clock=clock).seal()


def _given(settings: dict[str, str]) -> dict[str, str]:
    wanted = ("database_url", "key_file")
    return {name: settings[f"SURVEYBOT_{name.upper()}"] for name in wanted}


@asynccontextmanager
async def serving(settings: dict[str, str], folder: Path, limit: float) -> AsyncIterator[Process]:
    """The bot, until it is stopped."""
    with (folder / "output.log").open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.leash", str(round(limit)), *_COMMAND, "run",
            cwd=folder, env=settings, stdin=DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        yield process
    finally:
        await stop(process)


def settled(folder: Path) -> dict[str, int]:
    """What came of the newest broadcast."""
    names = ("recipients", "delivered", "unreachable", "unknown", "cancelled")
    query = f"select {', '.join(names)} from broadcasts order by id desc limit 1"  # noqa: S608 - names of ours
    with closing(sqlite3.connect(folder / "survey.db", timeout=15)) as connection:
        row = connection.execute(query).fetchone()
    return dict(zip(names, row or (0,) * len(names), strict=True))
