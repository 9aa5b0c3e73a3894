"""Data is held to the bot that people have written to: no other can write to them, and trying does harm that stays."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from journeys.conftest import logged, sandbox
from stewardship.conftest import Surveybot, environment, surveybot
from support.contributors import Contributor
from support.running import Bot, Stored

from bot.doctor.stores import stores
from bot.sandbox.server import Sandbox
from bot.start_checks import CannotStart

__all__ = ["environment", "logged", "sandbox", "surveybot"]

OTHER = "2:another"
REAL = {"local_api": True, "allow_unreviewed": False}
"""A server of one's own on this machine, behind which nothing is a rehearsal."""


@pytest.fixture
async def another() -> AsyncIterator[Sandbox]:
    """Where the other bot is known."""
    async with Sandbox(OTHER, page=False) as running:
        yield running


@pytest.fixture
async def known(sandbox: Sandbox, tmp_path: Path) -> Stored:
    """Data with somebody in it, of a bot that has served once, and no rehearsal."""
    rehearsed = Bot(sandbox, tmp_path)
    await rehearsed.start()
    sam = Contributor(sandbox.person("Sam"), "en", "US", rehearsed.collections[0], rehearsed.texts)
    await sam.to_questions()
    await rehearsed.stop()
    assert noted(rehearsed.stores) is None, "a rehearsal's bot is any"
    real = Bot(sandbox, tmp_path, **REAL)
    await real.start()
    await real.stop()
    return real.stores


def noted(stored: Stored) -> int | None:
    """The bot that the data says it is for."""
    [(bot,)] = stored.rows("select bot from installation")
    found: int | None = bot
    return found


async def starts(bot: Bot) -> None:
    await bot.start()
    await bot.stop()


async def test_another_bots_token_is_refused_with_the_remedy(known: Stored, another: Sandbox, tmp_path: Path) -> None:
    assert noted(known) == 1
    with pytest.raises(CannotStart, match=r"for bot 1, and the token is bot 2's.*SURVEYBOT_TOKEN.*api new-bot") as said:
        await starts(Bot(another, tmp_path, token=OTHER, **REAL))
    assert OTHER not in str(said.value)
    assert noted(known) == 1
    assert [call.method for call in another.calls if call.method.startswith("send")] == []


async def test_the_same_bot_with_a_new_token_goes_on(known: Stored, tmp_path: Path) -> None:
    """@BotFather gives a new one where the old one became known to others."""
    async with Sandbox("1:renewed", page=False) as renewed:
        await starts(Bot(renewed, tmp_path, token="1:renewed", **REAL))  # noqa: S106
    assert noted(known) == 1


async def test_where_nobody_is_known_yet_any_bot_may_begin(sandbox: Sandbox, another: Sandbox, tmp_path: Path) -> None:
    """Whoever tries it out with a bot of their own goes on with the right one."""
    first, second = Bot(sandbox, tmp_path, **REAL), Bot(another, tmp_path, token=OTHER, **REAL)
    await starts(first)
    assert noted(first.stores) == 1
    await starts(second)
    assert noted(first.stores) == 2


async def test_the_doctor_says_so_too(known: Stored, another: Sandbox, tmp_path: Path) -> None:
    assert noted(known) == 1
    found = await stores(Bot(another, tmp_path, token=OTHER, **REAL).settings)
    [wrong] = [each for each in found if each.about == "token"]
    assert "the token is bot 2's" in wrong.says
    assert "surveybot api new-bot" in wrong.remedy
    assert not [each for each in await stores(Bot(another, tmp_path, **REAL).settings) if each.about == "token"]


async def test_a_bot_that_was_replaced_on_purpose_starts_once_that_is_said(
    known: Stored, another: Sandbox, tmp_path: Path, environment: dict[str, str], surveybot: Surveybot
) -> None:
    real = Bot(another, tmp_path, token=OTHER, **REAL)
    environment |= {"SURVEYBOT_TOKEN": OTHER, "SURVEYBOT_API_URL": another.api_url, "SURVEYBOT_LOCAL_API": "true"}
    refused = await surveybot("api", "new-bot")
    assert (refused.code, "Take bot 2 for the one that the data is for?" in refused.out) == (1, True)
    assert noted(known) == 1
    done = await surveybot("api", "new-bot", "--yes")
    assert done.code == 0, done.err
    assert "The data is for bot 2 from here on." in done.out
    [(detail,)] = known.rows("select detail from audit where action = 'bot replaced'")
    assert json.loads(detail) == {"before": 1, "bot": 2}
    await real.start()
    try:
        serves = await surveybot("api", "new-bot", "--yes")
        assert (serves.code, "stop it first" in serves.err) == (1, True)
    finally:
        await real.stop()
    assert "already" in (await surveybot("api", "new-bot", "--yes")).out
    environment["SURVEYBOT_LOCAL_API"] = "false"
    rehearsed = await surveybot("api", "new-bot", "--yes")
    assert (rehearsed.code, "this is a rehearsal" in rehearsed.err) == (1, True)


async def test_a_post_of_another_bot_would_lead_to_that_one(
    known: Stored, another: Sandbox, environment: dict[str, str], surveybot: Surveybot
) -> None:
    assert noted(known) == 1
    environment |= {"SURVEYBOT_TOKEN": OTHER, "SURVEYBOT_API_URL": another.api_url, "SURVEYBOT_LOCAL_API": "true"}
    done = await surveybot("post", "demographics", "--to", "@neighbours", "--language", "en", "--yes")
    assert done.code == 1
    assert "the token is bot 2's" in done.err
    assert known.count("posts") == 0


async def test_a_rehearsal_starts_with_any_bot(sandbox: Sandbox, another: Sandbox, tmp_path: Path) -> None:
    await starts(Bot(sandbox, tmp_path))
    second = Bot(another, tmp_path, token=OTHER)
    await starts(second)
    assert noted(second.stores) is None
