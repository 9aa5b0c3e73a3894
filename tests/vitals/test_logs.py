"""Logs as JSON on request: one line an event, whoever says it, and also why the bot does not serve."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import orjson
import pytest
from support.process import environment
from support.running import TOKEN

from bot.sandbox.server import Sandbox

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


async def test_from_start_to_stop_each_line_is_an_event(tmp_path: Path) -> None:
    """Of both streams together, as a container's log has them."""
    async with Sandbox(TOKEN, page=False) as sandbox:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", "run", cwd=tmp_path,
            env=environment(
                tmp_path, sandbox.api_url, PYTHONPATH=os.fspath(Path.cwd()), SURVEYBOT_LOG_FORMAT="json"
            ),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdout is not None
        events = []
        try:
            async for line in process.stdout:
                events.append(orjson.loads(line))
                if events[-1]["event"] == "the bot serves":
                    process.terminate()
        except BaseException:  # not one that has ended: killing looks for its end, which is then nobody's to wait for
            with suppress(ProcessLookupError):
                process.kill()
            raise
        assert await process.wait() == 0
        assert [each["bot"] for each in events if each["event"] == "the bot serves"] == [sandbox.bot_username]


SECRET = "what somebody has answered"  # noqa: S105

_FAILS = """
import threading
from bot import bootstrap, cli, reading
def serve(*_, **__):
    def fails():
        raise ValueError({secret!r})
    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    try:
        fails()
    except ValueError:
        reading.read_collections(None)
bootstrap.serve = serve
cli.main()
"""


@pytest.mark.parametrize("form", ["json", "lines"])
def test_of_an_error_that_nobody_has_caught_kind_and_place_are_told_and_not_its_words(
    form: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FAILS.format(secret=SECRET), "run"],
        env=environment(
            tmp_path, "http://127.0.0.1:9", PYTHONPATH=os.fspath(Path.cwd()), SURVEYBOT_LOG_FORMAT=form
        ),
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    beside, ended = done.stderr.splitlines()
    assert SECRET not in done.stderr
    assert "something in the background failed" in beside
    assert "the bot ended by a fault of the program" in ended
    if form == "json":
        assert (orjson.loads(beside)["why"], orjson.loads(beside)["where"][:-1]) == ("ValueError", "__main__:fails:")
        told = orjson.loads(ended)
        assert (told["why"], told["where"].partition(":")[0]) == ("AttributeError", "bot.reading")
        assert set(told) == {"event", "level", "timestamp", "why", "where"}
