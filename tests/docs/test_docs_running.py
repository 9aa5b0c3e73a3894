"""What the documents promise of a first start holds: from the checkout, and from an installed copy elsewhere."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from .reading import name_of, tracked

CHECKOUT = [str(Path(sys.executable).parent / "surveybot")]
INSTALLED = [sys.executable, "-m", "bot.cli"]
PATIENCE = 120
"""Seconds before a process that says nothing is given up: no measure of speed."""


def clean_environment(**more: str) -> dict[str, str]:
    """This one without any setting of ours, and without what would find the checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SURVEYBOT_")}
    kept.pop("PYTHONPATH", None)
    return {**kept, **more}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the project's own files."""
    top = tmp_path_factory.mktemp("wheel")
    for path in tracked():
        copy = top / "source" / name_of(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    build = [
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        "built",
        "./source",
    ]
    done = subprocess.run(
        [sys.executable, *build], cwd=top, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return next((top / "built").glob("surveybot-*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as an installer lays it out."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@asynccontextmanager
async def started(command: list[str], folder: Path, environment: dict[str, str]) -> AsyncIterator[str]:
    """A rehearsal that runs until the block ends; gives the address that it prints."""
    process = await asyncio.create_subprocess_exec(
        *command, "run", "--port", "0", cwd=folder, env=environment,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE):
            async for raw in process.stdout:
                lines.append(raw.decode())
                if lines[-1].startswith("Open http"):
                    break
        assert lines[-1].startswith("Open http"), "".join(lines)
        yield lines[-1].split()[1]
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        rest, _ = await process.communicate()
    assert process.returncode == 0, rest.decode()


async def _serves_the_page_and_the_stand_in(address: str) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(address) as page:
            assert page.status == 200
            assert "Nothing here reaches Telegram" in await page.text()
        async with http.get(f"{address}bot1:rehearsal/getMe") as answer:
            assert answer.status == 200
            assert (await answer.json())["result"]["is_bot"] is True


async def test_run_without_a_token_serves_the_page_that_it_prints_and_leaves_nothing(tmp_path: Path) -> None:
    async with started(CHECKOUT, tmp_path, clean_environment()) as address:
        await _serves_the_page_and_the_stand_in(address)
    assert os.listdir(tmp_path) == []  # noqa: PTH208  # at the end, when nothing runs beside it


def test_the_wheel_carries_what_the_program_shows_and_asks(wheel: Path) -> None:
    """Every file of the ready collection, the bot's catalogs, the rehearsal's page and the Bot API's facts."""
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    names = [name_of(path) for path in tracked()]
    wanted = {f"bot/{name}" for name in names if name.startswith("collections/")}
    wanted |= {name for name in names if name.startswith(("bot/", "flows/")) and not name.endswith(".mako")}
    wanted |= {name for name in names if name.startswith("translations/") and name.endswith(".mo")}
    assert "bot/sandbox/facts.json" in wanted
    assert wanted - inside == set()


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    """No tests, no benchmarks, no documents in anybody's site-packages."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"bot", "flows", "translations"}


def test_an_installed_copy_finds_its_collection(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [*INSTALLED, "check"], cwd=tmp_path, env=clean_environment(PYTHONPATH=str(installed)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("demographics: ")


def test_an_installed_copy_runs_its_own_files(installed: Path, tmp_path: Path) -> None:
    """Otherwise the two tests beside this one would look at the checkout."""
    where = [sys.executable, "-c", "import bot, flows; print(bot.__path__[0], flows.__path__[0])"]
    done = subprocess.run(
        where,
        cwd=tmp_path,
        env=clean_environment(PYTHONPATH=str(installed)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(installed / "bot"), str(installed / "flows")]


async def test_an_installed_copy_serves_the_rehearsal(installed: Path, tmp_path: Path) -> None:
    """Words, migrations and page come from the copy, which stands nowhere near a checkout."""
    async with started(INSTALLED, tmp_path, clean_environment(PYTHONPATH=str(installed))) as address:
        await _serves_the_page_and_the_stand_in(address)
