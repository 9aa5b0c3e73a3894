"""What is typed on a command line and cannot be meant is refused in words, before anything is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support import commands
from support.process import environment

GENUG = b"gen\xfcg"
"""As a terminal that speaks Latin-1 sends it."""


def test_a_line_in_latin_1_is_refused_in_one_line_that_names_the_remedy(tmp_path: Path) -> None:
    """Begun from nothing, as a terminal begins it: the bytes are those of the command line."""
    ended = subprocess.run(  # our own program
        [sys.executable, "-c", "from bot.entry import main; main()", "close", "demographics", "--reason", GENUG],
        capture_output=True, check=False, cwd=tmp_path, env=environment(tmp_path, "http://127.0.0.1:9"),
    )  # fmt: skip
    told = ended.stderr.decode()
    assert (ended.returncode, ended.stdout, told.count("\n")) == (2, b"", 1), told
    assert "argument 4 " in told
    assert "UTF-8" in told
    assert "gen" not in told, "what it says may be somebody's"
    assert [each.name for each in tmp_path.iterdir()] == ["temporary"], "nothing was opened or made"


@pytest.mark.parametrize("arguments", [[GENUG], ["erase", "--by", GENUG], ["halt", "--why=" + "\udcfc"]])
async def test_so_is_every_command(arguments: list[str | bytes], tmp_path: Path) -> None:
    typed = [each.decode(errors="surrogateescape") if isinstance(each, bytes) else each for each in arguments]
    done = await commands.run(typed, environment(tmp_path, "http://127.0.0.1:9"), tmp_path)
    assert (done.code, "is not UTF-8" in done.err, "Traceback" in done.err) == (2, True, False), done.err


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("backup --data a --keys b --keep-keys-days 9999999999", 2, "--keep-keys-days"),
        ("export demographics --purpose x --recipient y --out z --k 3000000000", 2, "--k"),
        ("audit show --since 9999-12-31T23:59-05:00", 1, "--since"),
    ],
)
async def test_what_is_too_large_is_refused_in_words(line: str, code: int, says: str, tmp_path: Path) -> None:
    done = await commands.run(line.split(), environment(tmp_path, "http://127.0.0.1:9"), tmp_path)
    assert (done.code, says in done.err, "Traceback" in done.err) == (code, True, False), done.err


async def test_what_is_utf_8_is_taken(tmp_path: Path) -> None:
    done = await commands.run(["close", "genüg", "--yes"], environment(tmp_path, "http://127.0.0.1:9"), tmp_path)
    assert "is not UTF-8" not in done.err
