"""A Bot API server of one's own: leaving one for another, and being as strict there as with Telegram's address."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.running import TOKEN, settings_for
from typer.testing import CliRunner, Result

from bot.broadcasts.desk import rules_of
from bot.cli import app
from bot.doctor import configured
from bot.doors import leave_server
from bot.sandbox.server import Sandbox
from bot.serving import serving
from bot.settings import read_settings, sandbox_settings

Typed = Callable[..., Result]
REAL = "1234567890:" + "A" * 35


@pytest.fixture
async def sandbox() -> Sandbox:
    """Not begun; tests that call it do so."""
    return Sandbox(TOKEN, page=False)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Typed:
    """Type a command with a stand-in that nobody answers at, unless told where."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys").mkdir()
    monkeypatch.setenv("SURVEYBOT_TOKEN", TOKEN)
    monkeypatch.setenv("SURVEYBOT_API_URL", "http://127.0.0.1:9")

    def run(line: str, said: str = "") -> Result:
        return CliRunner().invoke(app, line.split(), input=said)

    return run


async def test_logging_out_and_closing_reach_the_server(sandbox: Sandbox, tmp_path: Path) -> None:
    """Closed, its webhook goes first: the server would start it again otherwise. No update is dropped."""
    async with sandbox:
        settings = settings_for(tmp_path, sandbox.api_url)
        await leave_server(settings, for_good=True)
        await leave_server(settings, for_good=False)
        assert [call.method for call in sandbox.calls] == ["logOut", "deleteWebhook", "close"]
        assert sandbox.violations == []


@pytest.fixture
def served() -> Iterator[Sandbox]:
    """A stand-in in a thread of its own, for a command that runs in this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    running = Sandbox(TOKEN, page=False)
    asyncio.run_coroutine_threadsafe(running.begin(), loop).result()
    yield running
    asyncio.run_coroutine_threadsafe(running.end(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_command_closes_where_the_settings_say(
    served: Sandbox, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURVEYBOT_API_URL", served.api_url)
    done = typed("api close --yes")
    assert done.exit_code == 0, done.output
    assert f"Closed at {served.api_url}." in done.output
    assert [call.method for call in served.calls] == ["deleteWebhook", "close"]


def test_nothing_is_done_without_a_yes(typed: Typed) -> None:
    done = typed("api log-out", said="n\n")
    assert done.exit_code == 1
    assert "Log out of http://127.0.0.1:9?" in done.output
    assert "nothing was done" in done.output


def test_a_server_that_is_not_there_is_named(typed: Typed) -> None:
    done = typed("api log-out --yes")
    assert done.exit_code == 1
    assert "http://127.0.0.1:9 did not do it" in done.output
    assert "Traceback" not in done.output
    assert TOKEN not in done.output


def test_while_the_bot_serves_it_stays_logged_in(typed: Typed) -> None:
    with serving(read_settings().serving_mark):
        done = typed("api log-out --yes")
    assert done.exit_code == 1
    assert "stop it first" in done.output


def test_with_a_server_of_ones_own_nothing_is_a_rehearsal(tmp_path: Path) -> None:
    """Waking hours hold, and nobody is made up."""
    own = read_settings(
        _env_file=None, token=REAL, api_url="http://127.0.0.1:8085", local_api=True, key_file=tmp_path / "k"
    )
    assert not rules_of(own).nobody_real
    posting = own.model_copy(update={"heads_channel": "@heads"})
    rehearsed = sandbox_settings(posting, "http://127.0.0.1:9", TOKEN, tmp_path)
    assert rehearsed.is_rehearsal
    assert rehearsed.export_dir.is_relative_to(tmp_path), "what is released there is thrown away with the rest"
    assert rehearsed.heads_channel == ""
    assert [each.says for each in configured.server(own)] == [
        "a server of your own at http://127.0.0.1:8085, which reaches real people"
    ]
    far = own.model_copy(update={"api_url": "http://10.0.0.7:8081"})
    assert ["without TLS" in each.says for each in configured.server(far)] == [False, True]


def test_people_are_not_made_up_behind_it(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEYBOT_TOKEN", REAL)
    monkeypatch.setenv("SURVEYBOT_LOCAL_API", "true")
    done = typed("db seed --contributors 1")
    assert done.exit_code == 1
    assert "people are made up only" in done.output
