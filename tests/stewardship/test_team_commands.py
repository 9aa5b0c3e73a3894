"""The team on the command line, beside a bot that runs: the same rights, links, halts and audit."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support import stores
from support.contributors import Contributor
from support.running import TOKEN, Bot, until
from support.team import OWNER, Member, come_in, joins, member

from bot.sandbox.server import Sandbox

from .conftest import Surveybot


@pytest.fixture
async def bot(sandbox: Sandbox, environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot with an owner, and commands that find its Telegram."""
    environment.update({"SURVEYBOT_TOKEN": TOKEN, "SURVEYBOT_API_URL": sandbox.api_url})
    bot = Bot(sandbox, tmp_path, owners=(OWNER,))
    await bot.start()
    yield bot
    await bot.stop()


def audited(bot: Bot) -> list[tuple[str, str]]:
    return bot.stores.rows("select actor, action from audit where actor != 'contributor' order by id")


async def test_a_link_made_on_the_machine_grants_in_the_bot_and_rights_are_looked_after(
    bot: Bot, surveybot: Surveybot
) -> None:
    made = await surveybot("team", "link", "coordinator", "--region", "Egypt", "--collection", "demographics", "--json")
    assert (made.code, made.err) == (0, "")
    assert made.value["limits"] == {"collections": ["demographics"], "regions": ["EG"]}
    listed = (await surveybot("team", "list", "--json")).value
    assert [link["link"] for link in listed["links"]] == [made.value["link"]]
    secret = made.value["address"].partition("?start=")[2]
    assert secret not in json.dumps(listed)
    carla = member(bot.sandbox, "Carla")
    await come_in(carla, secret, "Carla")
    [right] = (await surveybot("team", "list", "--json")).value["rights"]
    assert (right["name"], right["waits_for"], right["in_effect"]) == ("Carla", ["training"], False)
    trained = await surveybot("team", "train", right["right"], "--on", "2026-11-20", "--what", "How to invite")
    assert "coordinator  Carla  demographics, EG  in effect until" in trained.out
    await carla.say("/team")
    assert "in effect until" in carla.screen
    assert (await surveybot("team", "limit", right["right"], "--no-limits")).code == 0
    await carla.say("/team")
    assert "Coordinator · everywhere" in carla.screen
    ended = await surveybot("team", "revoke", right["right"])
    assert "coordinator Carla" in ended.out
    assert bot.stores.count("key_destructions") == 0, "the command destroys the key itself"
    await carla.press("Halting and reopening")
    assert carla.screen == "Team\n\nThis right has ended."
    assert audited(bot) == [
        ("command line", "link made"),
        ("coordinator", "right granted"),
        ("coordinator", "code accepted"),
        ("command line", "training noted"),
        ("command line", "right limited"),
        ("command line", "right revoked"),
    ]


async def test_a_link_is_taken_back(bot: Bot, surveybot: Surveybot) -> None:
    made = (await surveybot("team", "link", "reviewer", "--hours", "1", "--json")).value
    assert (await surveybot("team", "cancel", made["link"])).code == 0
    stranger = member(bot.sandbox, "Stranger")
    await stranger.start(made["address"].partition("?start=")[2])
    assert "Where do you live?" in stranger.screen


async def test_a_running_bot_notices_a_halt_at_its_next_step(bot: Bot, surveybot: Surveybot) -> None:
    owner = member(bot.sandbox, "Olga", OWNER)
    rita = await joins(owner, bot, "Rita", "Reviewer")
    sam = Contributor(bot.sandbox.person("Sam", "en"), "en", "US", bot.collections[0], bot.texts)
    await sam.to_questions()
    [halt] = (await surveybot("halt", "us", "--json")).value
    assert (halt["collection"], halt["region"], halt["role"]) == (None, "US", "owner")
    await sam.press_option(sam.region.questions[0], "age_25_34")
    assert "It is not about you" in sam.screen
    assert "every collection, US" in (await surveybot("halts")).out
    doctor = await surveybot("doctor", "--listen", "0", "--json")
    assert any(each["about"] == "halted" and "US" in each["says"] for each in doctor.value["findings"])
    agreed = await surveybot("reopen", halt["halt"])
    assert "goes on once a reviewer agrees" in agreed.out
    assert (await surveybot("halts", "--json")).value[0]["agreed_to_reopen"] == [
        {"by": "command line", "as": ["owner"]}
    ]
    await rita.say("/halt")
    await rita.press("1")
    await sam.start("")
    assert sam.question is not None
    assert (await surveybot("halts", "--json")).value == []


async def test_in_a_team_of_one_the_command_line_reopens(
    bot: Bot, surveybot: Surveybot, environment: dict[str, str]
) -> None:
    environment["SURVEYBOT_ONE_PERSON_TEAM"] = "true"
    [halt] = (await surveybot("halt", "--collection", "demographics", "--json")).value
    assert (halt["collection"], halt["region"]) == ("demographics", None)
    assert (await surveybot("reopen", halt["halt"], "--json")).value == {"halt": halt["halt"], "reopened": True}
    [(detail,)] = bot.stores.rows("select detail from audit where action = 'reopened'")
    assert json.loads(detail)["one_person_team"] is True


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["team", "link", "steward", "--region", "EG"], "only a coordinator can be limited"),
        (["team", "link", "coordinator", "--region", "Atlantis"], "no one region is called 'Atlantis'; there are: BR,"),
        (["team", "link", "coordinator", "--collection", "x"], "there is no collection 'x'; there are: demographics"),
        (["team", "link", "reviewer", "--hours", "400"], "at most 336 hours"),
        (["team", "link", "reviewer", "--hours", "nan"], "at most 336 hours"),
        (["team", "link", "reviewer", "--hours", "1e300"], "at most 336 hours"),
        (["team", "revoke", "r_0"], "there is no right r_0; surveybot team list"),
        (["team", "cancel", "l_0"], "no link l_0 is open; surveybot team list"),
        (["team", "train", "r_0", "--on", "2026-11-20", "--what", "x"], "there is no right r_0"),
        (["halt", "Atlantis"], "no one region is called 'Atlantis'"),
        (["reopen", "h_0"], "there is no halt h_0; surveybot halts"),
    ],
)
@pytest.mark.usefixtures("bot")
async def test_what_cannot_be_is_one_message_with_the_remedy(
    surveybot: Surveybot, arguments: list[str], says: str
) -> None:
    done = await surveybot(*arguments)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert says in done.err


@pytest.mark.parametrize(
    "arguments",
    [["halt"], ["halt", "EG", "--everything"], ["team", "link", "owner"], ["team", "limit", "r_1"]],
)
async def test_wrong_usage_ends_with_2(surveybot: Surveybot, arguments: list[str]) -> None:
    assert (await surveybot(*arguments)).code == 2


async def test_without_a_token_no_link_is_made(bot: Bot, surveybot: Surveybot, environment: dict[str, str]) -> None:
    del environment["SURVEYBOT_TOKEN"]
    done = await surveybot("team", "link", "reviewer")
    assert done.code == 1
    assert "SURVEYBOT_TOKEN is not set" in done.err
    assert bot.stores.count("team_links") == 0


async def test_a_backup_brings_no_revoked_right_and_no_open_link_back(
    bot: Bot, surveybot: Surveybot, tmp_path: Path
) -> None:
    owner: Member = member(bot.sandbox, "Olga", OWNER)
    await joins(owner, bot, "Rita", "Reviewer")
    await joins(owner, bot, "Stella", "Steward")
    link = (await surveybot("team", "link", "reviewer", "--json")).value
    data, keys = tmp_path / "backups/data", tmp_path / "backups/keys"
    assert (await surveybot("backup", "--data", data, "--keys", keys)).code == 0
    rights = (await surveybot("team", "list", "--json")).value["rights"]
    revoked = next(right["right"] for right in rights if right["name"] == "Rita")
    await surveybot("team", "revoke", revoked)
    await bot.stop()
    restored = await surveybot("restore", "--data", data, "--keys", keys, *stores.room_for_a_backup(tmp_path))
    assert (restored.code, restored.err) == (0, "")
    await bot.start()
    left = (await surveybot("team", "list", "--json")).value
    assert [right["name"] for right in left["rights"]] == ["Stella"]
    assert left["links"] == []
    stranger = member(bot.sandbox, "Stranger")
    await stranger.start(link["address"].partition("?start=")[2])
    assert "Where do you live?" in stranger.screen
    await until(lambda: bot.is_running)
