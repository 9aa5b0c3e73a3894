"""The whole way by webhook: the stand-in sends updates as Telegram does, and sends them again until they are taken."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from support.balancing import Balancer
from support.contributors import PLAIN_ANSWERS, Contributor
from support.ports import free_port
from support.running import TOKEN, Bot, until

from bot.doors import open_account
from bot.sandbox.server import Sandbox
from bot.settings import WEBHOOK_PATH
from bot.storage.database import Database, StoreUnavailable

LISTEN = "127.0.0.1:0"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN, page=False, first_retry=0.02) as sandbox:
        yield sandbox


@pytest.fixture
async def address() -> AsyncIterator[Balancer]:
    """What ends TLS, as far as a bot can tell."""
    async with Balancer(random.Random(7)) as balancer:  # noqa: S311  # an order by chance
        yield balancer


@pytest.fixture
async def bot(sandbox: Sandbox, address: Balancer, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot that is sent updates."""
    port = free_port()
    address.ports = [port]
    url = f"http://127.0.0.1:{address.port}"
    bot = Bot(sandbox, tmp_path, webhook_url=url, listen=f"127.0.0.1:{port}")
    await bot.start()
    yield bot
    await bot.stop()


def sam_of(bot: Bot) -> Contributor:
    collection = next(each for each in bot.collections if each.id == "demographics")
    return Contributor(bot.sandbox.person("Sam", "en"), "en", "US", collection, bot.texts)


def called(sandbox: Sandbox, method: str) -> list[dict[str, Any]]:
    return [call.parameters for call in sandbox.calls if call.method == method]


async def test_the_whole_way_and_back_to_fetching(bot: Bot, sandbox: Sandbox) -> None:
    sam = sam_of(bot)
    sandbox.faults.duplicate_updates(5)
    await sam.whole()
    assert bot.stores.answers(sam.person.id)["age"]["options"] == list(PLAIN_ANSWERS["US"]["age"])
    assert sandbox.violations == []
    assert called(sandbox, "getUpdates") == []
    (told,) = called(sandbox, "setWebhook")
    assert (told["max_connections"], told["drop_pending_updates"]) == (100, False)
    assert sorted(told["allowed_updates"]) == ["callback_query", "message", "my_chat_member"]
    assert TOKEN not in told["secret_token"]

    await bot.stop()
    async with open_account(bot.settings) as account:
        assert (await account.webhook()).url == bot.settings.webhook_address, "it waits for the next start"
    before = sam.screen
    await sam.person.say("/help")
    bot.settings = bot.settings.model_copy(update={"webhook_url": ""})
    await bot.start()
    await until(lambda: sam.screen != before)
    assert called(sandbox, "deleteWebhook") == [{"drop_pending_updates": False}]


async def test_what_comes_while_the_data_is_away_comes_again(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    sam = sam_of(bot)
    await sam.start()
    whole = Database.write

    def away(_database: Database) -> None:
        raise StoreUnavailable("away")

    for way in ("write", "write_beside", "write_in_two_goes"):
        monkeypatch.setattr(Database, way, away)
    await sam.person.say("/privacy")
    before = sam.screen
    async with open_account(bot.settings) as account, asyncio.timeout(10):
        while "503" not in (await account.webhook()).trouble:  # noqa: ASYNC110  # what was tried wakes nobody
            await asyncio.sleep(0.02)
    assert sam.screen == before
    monkeypatch.undo()
    assert Database.write is whole
    await sam.settle()
    assert sam.screen != before


@pytest.fixture
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.adapter.webhook.LOOKS_EACH", 0.05)


@pytest.mark.usefixtures("_looks_often")
async def test_a_webhook_that_another_bot_took_away_is_set_again_and_what_waited_comes(bot: Bot) -> None:
    """Somebody tried the token on their own computer: a bot that fetches begins by taking the webhook away."""
    sam = sam_of(bot)
    await sam.start()
    before = sam.screen
    with structlog.testing.capture_logs() as logged:
        async with open_account(bot.settings) as account:
            await account.forget_webhook()
        await sam.person.say("/help")
        await until(lambda: sam.screen != before)
    assert len(called(bot.sandbox, "setWebhook")) == 2
    assert [each["log_level"] for each in logged if "taken away" in each["event"]] == ["warning"]


@pytest.mark.usefixtures("_looks_often")
async def test_a_webhook_that_cannot_be_set_again_just_now_ends_no_bot(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapter.webhook._AGAIN_SECONDS", 0.01)
    monkeypatch.setattr("bot.adapter.webhook._TRIES", 1)
    before = len(called(bot.sandbox, "setWebhook"))
    bot.sandbox.faults.server_error(times=2, method="setWebhook")
    async with open_account(bot.settings) as account:
        await account.forget_webhook()
    await until(lambda: len(called(bot.sandbox, "setWebhook")) >= before + 3)
    assert bot.is_running
    sam = sam_of(bot)
    await sam.start()
    assert sam.screen


@pytest.mark.usefixtures("_looks_often")
async def test_a_webhook_that_was_set_elsewhere_is_told_of_once_and_left_alone(bot: Bot) -> None:
    looks = len(called(bot.sandbox, "getWebhookInfo"))
    elsewhere = "http://127.0.0.1:9/telegram"
    with structlog.testing.capture_logs() as logged:
        async with aiohttp.ClientSession() as http:
            await http.post(f"{bot.sandbox.api_url}/bot{TOKEN}/setWebhook", json={"url": elsewhere})
        await until(lambda: len(called(bot.sandbox, "getWebhookInfo")) > looks + 3)
    assert [each["log_level"] for each in logged if "another address" in each["event"]] == ["error"]
    assert called(bot.sandbox, "setWebhook")[-1]["url"] == elsewhere


async def test_a_stranger_at_the_door_learns_nothing_and_changes_nothing(bot: Bot, address: Balancer) -> None:
    update = {
        "update_id": 5,
        "message": {
            "message_id": 1, "date": 1, "text": "/start",
            "chat": {"id": 42, "type": "private"}, "from": {"id": 42, "is_bot": False, "first_name": "Eve"},
        },
    }  # fmt: skip
    before = bot.stores.count("seen_updates")
    async with aiohttp.ClientSession() as http:
        for secret in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guessed"}):
            url = f"http://127.0.0.1:{address.port}{WEBHOOK_PATH}"
            async with http.post(url, json=update, headers=secret) as answer:
                assert (answer.status, await answer.text()) == (403, "")
    assert bot.stores.count("seen_updates") == before
    assert bot.stores.count("conversations") == 0


async def test_presses_and_texts_that_come_at_once_are_taken_in_some_order_and_each_once(bot: Bot) -> None:
    """Of one person they are different queues at Telegram."""
    sam = sam_of(bot)
    await sam.to_questions()
    await asyncio.gather(sam.person.press(sam.labels[0]), sam.person.say("/help"), sam.person.press(sam.labels[0]))
    await sam.settle()
    assert sam.person.unanswered == []
    assert not bot.sandbox.violations
    await until(lambda: bot.stores.count("outbox") == 0)
