"""`surveybot post` as coordinators type it, beside a bot that runs or none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.contributors import Contributor
from support.running import TOKEN, Bot, until

from bot.commands.posting import _post
from bot.sandbox.contributor import Message
from bot.sandbox.groups import Group
from bot.sandbox.server import Sandbox

from .conftest import Surveybot


@pytest.fixture
async def bot(sandbox: Sandbox, environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot, and commands that find its Telegram."""
    environment |= {"SURVEYBOT_TOKEN": TOKEN, "SURVEYBOT_API_URL": sandbox.api_url}
    bot = Bot(sandbox, tmp_path)
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def channel(bot: Bot, sandbox: Sandbox) -> Group:  # noqa: ARG001  # it says there where it is found
    """Where the bot was put, it has said where it is found."""
    made = sandbox.channel("Neighbours", sandbox.person("Olga"), username="neighbours")
    await made.settled()
    return made


def invites(channel: Group) -> list[Message]:
    return [message for message in channel.messages if message.author == "bot" and message.buttons]


async def test_what_is_typed_stands_in_the_channel_and_leads_into_the_chat(
    bot: Bot, surveybot: Surveybot, channel: Group
) -> None:
    post = ("post", "demographics", "--to", "@neighbours", "--language", "en", "--language", "ar", "--region", "Egypt")
    shown = await surveybot(*post, "--preview")
    assert shown.code == 0, shown.err
    assert "[ Have a look ]" in shown.out
    assert "--- ar ---" in shown.out
    assert invites(channel) == []
    done = await surveybot(*post, "--yes", "--by", "Kim", "--json")
    assert done.code == 0, done.err
    assert (done.value["state"], done.value["region"], done.value["why"]) == ("posted", "EG", None)
    [message] = invites(channel)
    assert "Does AI work well for everyone?" in message.text
    sam = Contributor(bot.sandbox.person("Sam"), "en", "US", bot.collections[0], bot.texts)
    await channel.follow(sam.person, "Have a look")
    await sam.settle()
    assert sam.sees("Where do you live?")
    assert bot.stores.rows("select id, opened, made_by from links") == [(done.value["link"], 1, "Kim")]
    assert bot.stores.rows("select actor, action from audit where action like 'post%' order by id") == [
        ("command line", "post asked"),
        ("command line", "post posted"),
    ]


async def test_a_stop_while_it_is_on_its_way_comes_too_late(bot: Bot, sandbox: Sandbox, channel: Group) -> None:
    """Whoever read that it was stopped would post it again, and the channel had two."""
    sandbox.faults.slow(0.5, method="sendMessage")
    [collection] = (each for each in bot.collections if each.id == "demographics")
    posting = asyncio.create_task(_post(bot.settings, collection, "@neighbours", ("en",), "US", "Kim"))
    await until(lambda: bot.stores.rows("select state from posts") == [("posting",)])
    for _ in range(2):
        posting.cancel()
        await asyncio.sleep(0)
    assert (await posting).state == "posted"
    assert len(invites(channel)) == 1
    assert bot.stores.rows("select state from posts") == [("posted",)]
    assert bot.stores.rows("select action from audit where action like 'post%' order by id") == [
        ("post asked",),
        ("post posted",),
    ]


async def test_what_cannot_be_posted_is_said_in_one_sentence(bot: Bot, surveybot: Surveybot, channel: Group) -> None:
    channel.let_post(may=False)
    to = ("post", "demographics", "--yes", "--language", "en", "--to")
    refused = await surveybot(*to, "@neighbours")
    assert refused.code == 1
    assert "the bot may not post in @neighbours. Make it an administrator who may" in refused.err
    gone = await surveybot(*to, "-1009999999999", "--json")
    assert gone.code == 1
    assert "Telegram knows no -1009999999999, or the bot is not in it" in gone.err
    assert bot.stores.rows("select state, why from posts order by asked_at") == [
        ("refused", "no_right"),
        ("refused", "not_there"),
    ]
    halted = await surveybot("halt", "--everything", "--json")
    assert halted.code == 0
    still = await surveybot(*to, "@neighbours")
    assert (still.code, "nothing was posted: that stands still" in still.err) == (1, True)
    for more, said in (
        (("the neighbours",), "write the channel's @name, or its number"),
        (("@neighbours", "--language", "xx"), "does not speak xx"),
        (("@neighbours", "--region", "Atlantis"), "no one region is called 'Atlantis'"),
    ):
        wrong = await surveybot(*to, *more)
        assert wrong.code == 1
        assert said in wrong.err
    assert (await surveybot("post", "demographics", "--to", "@neighbours", "--language", "en", "--json")).code == 1
    assert bot.stores.rows("select why from posts order by asked_at")[2:] == [("closed",)]
    assert invites(channel) == []
