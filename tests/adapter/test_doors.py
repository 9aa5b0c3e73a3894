"""Polling and webhook: confirmed only after the commit, and what is said when it cannot go on."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import AsyncIterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from support.process import environment
from support.running import TOKEN, Bot, until

import bot.adapter.source
from bot.adapter.decode import Decoder, Elsewhere
from bot.adapter.source import Stopped
from bot.adapter.transport import from_json
from bot.adapter.webhook import webhook_app
from bot.arrivals import Arrival
from bot.sandbox.server import Sandbox
from bot.settings import WEBHOOK_PATH
from bot.start_checks import CannotStart
from bot.storage.database import StoreUnavailable
from bot.vitals.counts import Requests

SECRET = "hush-hush_1"  # noqa: S105  # a test's own
HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 3,
        "chat": {"id": 7, "type": "private"},
        "from": {"id": 7, "is_bot": False},
        "text": "/start",
    },
}


class Inbox:
    """Takes updates, as slowly or as badly as a test wants."""

    def __init__(self) -> None:
        self.taken: list[Arrival] = []
        self.commits = asyncio.Event()
        self.commits.set()
        self.fault: Exception | None = None

    async def take(self, arrivals: Sequence[Arrival]) -> None:
        """Return when committed."""
        if self.fault is not None:
            raise self.fault
        await self.commits.wait()
        self.taken += arrivals


async def _nowhere(_elsewhere: Elsewhere) -> None:
    """Groups are of no interest here."""


def _decoder() -> Decoder:
    return Decoder(lambda: dt.datetime.now(dt.UTC), bytes, "a_bot")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def webhook(inbox: Inbox) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(webhook_app(SECRET, _decoder(), inbox.take, _nowhere))) as client:
        yield client


# --- webhook -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: "hush"}, {HEADER: SECRET + "x"}, {HEADER: "\u00fcber"}])
async def test_who_does_not_know_the_secret_is_turned_away(
    webhook: TestClient[Any, Any], inbox: Inbox, headers: dict[str, str]
) -> None:
    answer = await webhook.post(WEBHOOK_PATH, json=UPDATE, headers=headers)
    assert answer.status == 403
    assert inbox.taken == []


async def test_an_update_is_confirmed_after_its_commit_and_not_before(
    webhook: TestClient[Any, Any], inbox: Inbox
) -> None:
    inbox.commits.clear()
    answering = asyncio.create_task(webhook.post(WEBHOOK_PATH, json=UPDATE, headers={HEADER: SECRET}))
    done, _ = await asyncio.wait([answering], timeout=0.1)
    assert not done
    inbox.commits.set()
    assert (await answering).status == 200
    assert len(inbox.taken) == 1


async def test_what_cannot_be_committed_is_to_come_again(webhook: TestClient[Any, Any], inbox: Inbox) -> None:
    inbox.fault = StoreUnavailable("locked")
    answer = await webhook.post(WEBHOOK_PATH, json=UPDATE, headers={HEADER: SECRET})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"null", b'{"update_id": 1}', b'{"update_id": 99999999999999999999999}', b'"\\ud800"']
)
async def test_what_does_not_parse_is_confirmed_and_never_comes_again(
    webhook: TestClient[Any, Any], inbox: Inbox, body: bytes
) -> None:
    answer = await webhook.post(WEBHOOK_PATH, data=body, headers={HEADER: SECRET})
    assert answer.status == 200
    assert inbox.taken == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[1", b"NaN,"])
async def test_what_is_no_json_is_refused(webhook: TestClient[Any, Any], inbox: Inbox, body: bytes) -> None:
    answer = await webhook.post(WEBHOOK_PATH, data=body, headers={HEADER: SECRET})
    assert (answer.status, await answer.text()) == (400, "")
    assert inbox.taken == []


async def test_what_is_too_large_is_refused(webhook: TestClient[Any, Any], inbox: Inbox) -> None:
    """No update is a megabyte, and nobody without the secret is read at all."""
    large = b'"' + b"x" * (1 << 20) + b'"'
    assert (await webhook.post(WEBHOOK_PATH, data=BytesIO(large), headers={HEADER: SECRET})).status == 413
    assert (await webhook.post(WEBHOOK_PATH, data=BytesIO(large))).status == 403
    assert inbox.taken == []


async def test_other_paths_and_methods_say_nothing_of_what_is_here(webhook: TestClient[Any, Any]) -> None:
    assert (await webhook.get(WEBHOOK_PATH)).status == 405
    for path in ("/", "/healthz", "/metrics", "/telegram/", "/telegram/x"):
        assert (await webhook.post(path, json=UPDATE, headers={HEADER: SECRET})).status == 404


async def test_what_is_answered_is_counted(inbox: Inbox) -> None:
    counted = Requests()
    async with TestClient(TestServer(webhook_app(SECRET, _decoder(), inbox.take, _nowhere, counted))) as client:
        for headers in ({HEADER: SECRET}, {HEADER: "other"}, {HEADER: SECRET}):
            await client.post(WEBHOOK_PATH, json=UPDATE, headers=headers)
        await client.get("/")
    assert dict(counted.answers) == {200: 2, 403: 1, 404: 1}


def test_without_a_secret_there_is_no_door(inbox: Inbox) -> None:
    with pytest.raises(ValueError, match="needs a secret"):
        webhook_app("", _decoder(), inbox.take, _nowhere)


def test_an_answer_with_an_odd_update_is_read_all_the_same() -> None:
    """Else one of them would keep all others of the same answer from being read, for ever."""
    odd = b'{"ok":true,"result":[{"update_id":1,"n":123456789012345678901234567890,"t":"\\ud83d"},{"update_id":2}]}'
    assert [update["update_id"] for update in from_json(odd)["result"]] == [1, 2]


# --- polling -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN, first_retry=0.01) as running:
        yield running


async def test_a_second_bot_ends_the_first_which_says_so(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newer one serves on."""
    monkeypatch.setattr(bot.adapter.source, "_FIRST_PAUSE", 0.05)
    first, second = Bot(sandbox, tmp_path / "first"), Bot(sandbox, tmp_path / "second")
    await first.start()
    await second.start()
    await until(lambda: not (first.is_running and second.is_running))
    ended, serving = (first, second) if not first.is_running else (second, first)
    with pytest.raises(Stopped, match="another process is polling with this token; stop it first"):
        await ended.stop()
    sam = sandbox.person("Sam")
    await sam.start()
    await sam.settled()
    assert sam.buttons
    await serving.stop()


async def test_one_conflict_is_what_a_killed_process_left_under_way(sandbox: Sandbox, tmp_path: Path) -> None:
    running = Bot(sandbox, tmp_path)
    await running.start()
    await until(lambda: sandbox.service.updates.is_polled)
    sandbox.service.updates.end_poll("terminated by other getUpdates request")
    sam = sandbox.person("Sam")
    await sam.start()
    await sam.settled()
    assert sam.buttons
    assert running.is_running
    await running.stop()


async def test_a_webhook_that_somebody_set_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    running = Bot(sandbox, tmp_path)
    await running.start()
    await until(lambda: sandbox.service.updates.is_polled)
    sandbox.service.updates.webhook_set = True
    sandbox.service.updates.end_poll("terminated by setWebhook request")
    await until(lambda: not running.is_running)
    with pytest.raises(Stopped, match="a webhook is set for this bot"):
        await running.stop()


async def test_a_token_that_telegram_does_not_know_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="check SURVEYBOT_TOKEN"):
        await Bot(sandbox, tmp_path, token="2:other").start()  # noqa: S106


async def test_a_webhook_that_telegram_does_not_take_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    refused = Bot(
        sandbox,
        tmp_path,
        webhook_url="http://example.org",
        webhook_secret=SECRET,
        listen="127.0.0.1:0",
    )
    sandbox.faults.server_error(code=400, method="setWebhook")
    with pytest.raises(Stopped, match="check SURVEYBOT_WEBHOOK_URL"):
        await refused.start()
    assert "surveybot" not in str(sandbox.calls[-1].error)


async def test_a_webhook_that_telegram_has_no_time_for_is_said_again(sandbox: Sandbox, tmp_path: Path) -> None:
    bot = Bot(sandbox, tmp_path, webhook_url="http://127.0.0.1:9", listen="127.0.0.1:0")
    sandbox.faults.too_many_requests(retry_after=1, method="setWebhook")
    await bot.start()
    await bot.stop()
    assert [call.error for call in sandbox.calls if call.method == "setWebhook"][1:] == [None]


async def test_an_address_that_is_taken_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    taken = sandbox.api_url.removeprefix("http://")
    with pytest.raises(CannotStart, match="SURVEYBOT_LISTEN: cannot listen on"):
        await Bot(sandbox, tmp_path, webhook_url="http://127.0.0.1:9", listen=taken).start()
    assert "setWebhook" not in [call.method for call in sandbox.calls]


async def test_the_command_ends_with_one_line_and_no_traceback(sandbox: Sandbox, tmp_path: Path) -> None:
    """As a service manager sees it: exit code 1, and what helps."""
    settings = environment(tmp_path, sandbox.api_url, SURVEYBOT_TOKEN="2:other", PYTHONPATH=str(Path.cwd()))  # noqa: S106
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "run",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path, env=settings,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 1
    assert b"check SURVEYBOT_TOKEN" in output
    assert b"Traceback" not in output
    assert b"2:other" not in output
