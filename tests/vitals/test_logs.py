"""Logs as JSON on request: one line an event, whoever says it, and also why the bot does not serve."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from support.process import environment

_SAYS = """
import logging, structlog
from bot import logs
logs.set_up({form!r})
structlog.get_logger().warning("something\\nwith a line", why="x")
logging.getLogger("some.library").error("https://api.telegram.org/bot1:secret\\nand more")
logging.getLogger("some.library").warning("not worth a line")
"""


def _said(form: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _SAYS.format(form=form)], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


@pytest.mark.parametrize("form", ["json", "auto"])  # nobody's terminal here
def test_each_line_is_an_event(form: str) -> None:
    ours, library = map(orjson.loads, _said(form))
    assert (ours["event"], ours["why"], ours["level"]) == ("something\nwith a line", "x", "warning")
    assert (library["event"], library["library"], library["level"]) == ("a library complains", "some.library", "error")
    assert set(library) == {"event", "library", "level", "timestamp"}, "what a library says could hold anything"
    assert ours["timestamp"][:13] == library["timestamp"][:13]


def test_lines_for_people_also_where_a_program_reads() -> None:
    said = _said("lines")
    assert not any(line.startswith("{") for line in said)
    assert said[-1] == "some.library: ERROR"


@pytest.mark.parametrize(("form", "is_event"), [("json", True), ("auto", False)])
def test_why_a_start_is_refused_is_an_event_where_that_was_asked_for(
    form: str, tmp_path: Path, *, is_event: bool
) -> None:
    (tmp_path / "none").mkdir()
    settings = {"SURVEYBOT_LOG_FORMAT": form, "SURVEYBOT_COLLECTIONS": str(tmp_path / "none")}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "run"],
        env=environment(tmp_path, "http://127.0.0.1:9", PYTHONPATH=os.fspath(Path.cwd()), **settings),
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    if is_event:
        (line,) = done.stderr.splitlines()
        assert orjson.loads(line)["event"] == "the bot does not serve"
    assert "no collection here" in done.stderr
