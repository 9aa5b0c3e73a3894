"""The Containerfile fits the program: what it copies is there, what it sets is known, and its health check tells."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import PurePosixPath

import pytest

from bot.settings import Settings, read_settings
from bot.vitals.pulse import STUCK, Pulse
from bot.vitals.server import listening
from releasing.locked import ROOT

TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8")
LINES = [line for line in TEXT.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]


def _all(instruction: str) -> list[str]:
    return [line.partition(" ")[2] for line in LINES if line.startswith(f"{instruction} ")]


def _environment() -> dict[str, str]:
    return dict(each.split("=", 1) for words in _all("ENV") for each in shlex.split(words))


def test_what_is_copied_is_there_and_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    copied = {name for words in _all("COPY") if "--from" not in words for name in words.split()[:-1]}
    assert "requirements/test.txt" not in copied
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_it_is_installed_by_hashes_and_from_no_index_that_is_named() -> None:
    first, second = (words for words in _all("RUN") if "pip install" in words)
    assert '--require-hashes --only-binary :all: -r "requirements/${lock:-run}.txt"' in first
    assert "--no-index --no-deps" in second
    assert re.search("https?://", TEXT) is None


@pytest.mark.parametrize(("given", "lock"), [("", "run"), ("1", "formats")])
def test_it_has_the_formats_where_the_build_asks_for_them(given: str, lock: str) -> None:
    assert "FORMATS=" in _all("ARG")
    chosen, *_ = next(words for words in _all("RUN") if "pip install" in words).split(" && ")
    told = subprocess.check_output(
        ["sh", "-c", f'{chosen}; echo "${{lock:-run}}"'], env={**os.environ, "FORMATS": given}, text=True
    )
    assert told == f"{lock}\n"


def test_what_it_sets_are_settings_that_can_be_used_in_folders_that_are_volumes() -> None:
    given = {name: value for name, value in _environment().items() if name.startswith("SURVEYBOT_")}
    fields = {name.removeprefix("SURVEYBOT_").lower(): value for name, value in given.items()}
    assert set(fields) <= set(Settings.model_fields)
    settings = read_settings(_env_file=None, **fields)
    assert settings.health_listen.startswith("127.0.0.1:")
    written = {str(PurePosixPath(folder)) for folder in (*settings.folders, settings.export_dir)}
    assert written == set(json.loads(_all("VOLUME")[0]))
    made = next(words for words in _all("RUN") if "install -d" in words).partition("install -d")[2].split()
    assert written <= set(made), "or they would belong to root"


def test_a_bot_that_is_started_as_documented_has_every_volume_by_name() -> None:
    """What is ordered in the chat would lie in a volume without a name, or nowhere at all."""
    document = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    [start] = [line.split() for line in document.splitlines() if "podman run --detach" in line]
    mounted = {
        start[at + 1].split(":")[1]: start[at + 1].split(":")[0] for at, word in enumerate(start) if word == "--volume"
    }
    assert set(mounted) == set(json.loads(_all("VOLUME")[0]))
    created = [line.split()[-1] for line in document.splitlines() if line.strip().startswith("podman volume create ")]
    assert sorted(mounted.values()) == sorted(created)


def test_it_is_not_root_and_stops_as_the_bot_expects() -> None:
    assert _all("USER") == ["10001:10001"]
    assert TEXT.index("USER 10001") < TEXT.index("ENTRYPOINT")
    assert _all("STOPSIGNAL") == ["SIGTERM"]
    assert (json.loads(_all("ENTRYPOINT")[0]), json.loads(_all("CMD")[0])) == (["surveybot"], ["run"])


async def test_its_health_check_tells_alive_from_stuck_and_from_not_there() -> None:
    """On the port that the setting names, as each of several processes has another one."""
    pulse = Pulse(polls=False)
    async with listening("127.0.0.1:0", pulse) as port:
        assert await _checked(f"127.0.0.1:{port}") == 0
        pulse.steps.begin()
        assert pulse.steps.begun is not None
        pulse.steps.begun -= STUCK + 1
        assert await _checked(f"127.0.0.1:{port}") == 1
    assert await _checked(f"127.0.0.1:{port}") == 1


async def test_its_health_check_reaches_a_bot_that_listens_everywhere() -> None:
    """As the document has it for who publishes the port."""
    async with listening("0.0.0.0:0", Pulse(polls=False)) as port:
        assert await _checked(f"0.0.0.0:{port}") == 0


async def test_its_health_check_ends_no_bot_that_was_told_to_listen_nowhere() -> None:
    assert await _checked("") == 0


async def _checked(listens: str) -> int:
    """How the command of the file ends in a container with this setting."""
    _, _, command = _all("HEALTHCHECK")[0].partition(" CMD ")
    python, *arguments = json.loads(command)
    assert python == "python"
    environment = {**os.environ, "SURVEYBOT_HEALTH_LISTEN": listens}
    silent = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment, stderr=silent)
    return await process.wait()
