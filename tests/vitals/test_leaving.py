"""A command ends without taking the interpreter down, which native threads that wait for it would make an abort of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.process import environment

_PROGRAM = """
import atexit, sys
import bot.cli

class TakenDown:
    def __del__(self, say=sys.__stderr__.write):
        say("taken down\\n")

here = TakenDown()
atexit.register(print, "at its end")
sys.argv = ["surveybot", *sys.argv[1:]]
bot.cli.main()
"""


@pytest.mark.parametrize(
    ("arguments", "code", "said"), [(["--help"], 0, "Usage: "), (["check", "/nowhere"], 1, ""), (["no-such"], 2, "")]
)
def test_everything_is_said_and_registered_ends_run_and_the_code_stands(
    tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    ended = subprocess.run(  # our own program
        [sys.executable, "-c", _PROGRAM, *arguments],
        env=environment(tmp_path, "http://127.0.0.1:9"), cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == code, ended.stderr
    assert said in ended.stdout
    assert ended.stdout.endswith("at its end\n")
    assert "taken down" not in ended.stderr


def test_a_reader_that_has_gone_is_no_fault(tmp_path: Path) -> None:
    """`surveybot ... | head`."""
    with subprocess.Popen(  # our own program
        [sys.executable, "-m", "bot.cli", "--help"],
        env=environment(tmp_path, "http://127.0.0.1:9"), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as started:  # fmt: skip
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        assert "Traceback" not in started.stderr.read()


def test_what_cannot_be_written_out_is_told_and_no_success(tmp_path: Path) -> None:
    """`surveybot progress --json > file` on a disk that is full."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "bot.cli", "--help"],
            env=environment(tmp_path, "http://127.0.0.1:9"), cwd=tmp_path, stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr == "it could not be written (No space left on device): make room, and run it again\n"
