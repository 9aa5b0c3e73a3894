"""A bot that is told to stop while it still loads itself ends at once, with 0, also as a container's first process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.process import environment

_PROGRAM = """
import os, signal, sys
from importlib.metadata import entry_points

class Told:
    # Tells this process to stop as soon as it begins to load a module; one that goes on ends with 99.
    def find_spec(self, name, path=None, target=None):
        if name == loaded:
            sys.meta_path.remove(self)
            signal.raise_signal(signal.Signals[signalled])
            sys.stderr.write("it went on\\n")
            os._exit(99)

loaded, signalled, command = sys.argv[1:]
sys.meta_path.insert(0, Told())
sys.argv = ["surveybot", command]
[begins] = entry_points(group="console_scripts", name="surveybot")
begins.load()()
"""
_FIRST = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
"""Makes a process the first of a namespace, as a container's is."""


def _can_be_first() -> bool:
    if shutil.which(_FIRST[0]) is None:
        return False
    return subprocess.run([*_FIRST, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("signalled", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("command", ["run", "sandbox"])
@pytest.mark.parametrize("loaded", ["bot.cli", "typer", "bot.bootstrap"])
def test_it_ends_with_0_and_leaves_nothing(loaded: str, command: str, signalled: str, tmp_path: Path) -> None:
    """Where there is no token `run` is a rehearsal, which makes a folder."""
    ended = _told_to_stop([], loaded, signalled, command, tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.skipif(not _can_be_first(), reason="no namespace for processes can be made here")
@pytest.mark.parametrize("loaded", ["bot.cli", "bot.bootstrap"])
def test_so_does_the_first_process_of_a_container(loaded: str, tmp_path: Path) -> None:
    """Whom the kernel ends by no signal that it does not handle."""
    ended = _told_to_stop(_FIRST, loaded, "SIGTERM", "run", tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_another_command_that_is_told_to_stop_is_no_success(tmp_path: Path) -> None:
    """It has not done what it was asked for, and says so by how it ends, as before."""
    assert _told_to_stop([], "typer", "SIGTERM", "check", tmp_path).returncode == -15


def _told_to_stop(
    before: list[str], loaded: str, signalled: str, command: str, folder: Path
) -> subprocess.CompletedProcess[str]:
    kept = environment(folder, "http://127.0.0.1:9")
    del kept["SURVEYBOT_TOKEN"], kept["SURVEYBOT_API_URL"], kept["SURVEYBOT_ALLOW_UNREVIEWED"]
    return subprocess.run(  # our own program
        [*before, sys.executable, "-c", _PROGRAM, loaded, signalled, command],
        env=kept, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
