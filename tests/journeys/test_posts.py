"""Posts: an invite in a channel, put there from a phone or the command line, and people who come by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support import stores
from support.running import Bot, until
from support.team import OWNER, Member, joins, member

from bot.sandbox.contributor import Message
from bot.sandbox.groups import Group
from bot.sandbox.server import Sandbox

from .conftest import somebody

NAME = "neighbours"


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    bot = Bot(sandbox, tmp_path, owners=(OWNER,))
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
def owner(bot: Bot) -> Member:
    return member(bot.sandbox, "Olga", OWNER)


@pytest.fixture
async def channel(bot: Bot, owner: Member) -> Group:
    """Where it was put, it has said where it is found."""
    made = bot.sandbox.channel("Neighbours", owner.person, username=NAME)
    await made.settled()
    return made


def invites(channel: Group) -> list[Message]:
    return [message for message in channel.messages if message.author == "bot" and message.buttons]


async def to_preview(who: Member, place: str = f"@{NAME}") -> None:
    """From the command to what will stand there."""
    await who.say("/post")
    await who.say(place)


async def posts(who: Member, place: str = f"@{NAME}") -> None:
    """Until it is known how it went."""
    await to_preview(who, place)
    await who.press("Post it")
    await until(lambda: "It is on its way." not in who.screen)
    await who.person.settled(timeout=20)


def standing(bot: Bot) -> list[tuple[str, str]]:
    return bot.stores.rows("select state, why from posts order by asked_at")


async def test_an_invite_stands_in_a_channel_and_people_come_by_it(bot: Bot, owner: Member, channel: Group) -> None:
    await to_preview(owner, f"https://t.me/{NAME}")
    assert f"As it will stand in @{NAME}:" in owner.screen
    assert "[ Have a look ]" in owner.screen
    assert invites(channel) == [], "nothing goes before the press"
    await owner.press("☐ Arabic", "Pay: not said")
    assert "Pay as in: Brazil" in owner.labels
    await owner.press("Post it")
    await until(lambda: f"It stands in @{NAME}." in owner.screen)
    [post] = invites(channel)
    assert "Does AI work well for everyone?" in post.text
    assert "R$" in post.text
    assert "This bot reads nothing here." in post.text
    assert len(post.buttons) == 2
    assert not post.protected
    sam = somebody(bot)
    await channel.follow(sam.person, "Have a look")
    await sam.settle()
    await sam.press_label("United States")
    await sam.read_cards()
    await sam.agree()
    assert bot.stores.rows("select kind, name, opened, consented from links") == [("channel", f"@{NAME}", 1, 1)]
    await owner.say("/links")
    assert f"@{NAME} · open" in owner.screen
    acts = bot.stores.rows("select actor, action from audit where actor != 'contributor' order by id")
    assert acts == [("owner", "collection link made"), ("owner", "post asked"), ("surveybot", "post posted")]


async def test_what_is_said_in_the_channel_is_neither_met_nor_kept(bot: Bot, owner: Member, channel: Group) -> None:
    await posts(owner)
    before = {table: bot.stores.count(table) for table in ("conversations", "seen_updates", "outbox", "schedule")}
    calls = len(bot.sandbox.calls)
    await channel.post("zebra crossing at nine")
    group = bot.sandbox.group("Street", [owner.person], hears_all=True)
    await group.say(owner.person, "zebra stripes")
    await until(lambda: not group.chat.activity.unanswered)
    await group.settled()
    after = {table: bot.stores.count(table) for table in before}
    assert after == before
    assert stores.on_server() or b"zebra" not in bot.stores.data.read_bytes()
    said = [call for call in bot.sandbox.calls[calls:] if call.method == "sendMessage"]
    assert len(said) <= 1, "at most the line that says where the bot is found, when it was put into a group"


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("nowhere", "Telegram knows no @nowhere_at_all, or the bot is not in it."),
        ("no right", f"the bot may not post in @{NAME}. Make it an administrator"),
        ("left", f"Telegram knows no @{NAME}, or the bot is not in it."),
        ("person", "Telegram knows no @samsam, or the bot is not in it."),
        ("busy", "Telegram was not reached, or asked to wait."),
    ],
)
async def test_where_it_cannot_stand_one_sentence_says_why_and_what_helps(
    bot: Bot, owner: Member, channel: Group, case: str, words: str
) -> None:
    place = {"nowhere": "@nowhere_at_all", "person": "@samsam"}.get(case, f"@{NAME}")
    if case == "no right":
        channel.let_post(may=False)
    elif case == "left":
        channel.chat.bot_inside = False
    elif case == "person":
        sam = bot.sandbox.person("Sam", username="samsam")
        sam.account.started = sam.account.met = True
    elif case == "busy":
        bot.sandbox.faults.too_many_requests(5, method="sendMessage", chat_id=channel.id)
    await posts(owner, place)
    assert "Nothing was posted" in owner.screen
    assert words in owner.screen
    assert standing(bot)[0][0] == "refused"
    assert invites(channel) == []


async def test_a_lost_answer_is_not_posted_again_and_is_said(bot: Bot, owner: Member, channel: Group) -> None:
    bot.sandbox.faults.cut_after(method="sendMessage", chat_id=channel.id)
    await posts(owner)
    assert f"No answer came: it may stand in @{NAME}, or not." in owner.screen
    assert standing(bot) == [("unknown", "")]
    assert len(invites(channel)) == 1


async def test_what_was_leaving_when_the_bot_died_is_not_posted_again(bot: Bot, owner: Member, channel: Group) -> None:
    await posts(owner)
    await bot.stop()
    chat = bot.stores.vault().chat_hash(OWNER).hex()
    with bot.stores.writing() as data:
        data.execute("update posts set state = 'posting'")
        data.execute(
            "insert into schedule (kind, key, note, due_at) select 'post', ? || '/' || id, 0, asked_at from posts",
            (chat,),
        )
    await bot.start()
    await until(lambda: standing(bot) == [("unknown", "")])
    await until(lambda: bot.stores.rows("select count(*) from schedule where kind = 'post'") == [(0,)])
    assert len(invites(channel)) == 1


async def test_what_names_no_channel_is_asked_for_again(bot: Bot, owner: Member) -> None:
    await to_preview(owner, "the neighbours")
    assert "That names no channel and no group." in owner.screen
    await owner.say("12345678")
    assert "That names no channel and no group." in owner.screen
    assert bot.stores.count("posts") == 0


async def test_a_post_speaks_up_to_four_languages_and_one_at_least(owner: Member) -> None:
    await to_preview(owner)
    await owner.press("☑ English")
    assert "Tick one language at least." in owner.screen
    assert "Post it" not in owner.labels
    await owner.press("☐ English", "☐ Arabic", "☐ German", "☐ Hindi", "☐ Japanese")
    assert "At most 4 languages stand in one post." in owner.screen
    assert "☐ Japanese" in owner.labels


@pytest.mark.parametrize("role", ["Reviewer", "Steward", None])
async def test_for_anybody_else_there_is_no_such_command(bot: Bot, owner: Member, role: str | None) -> None:
    sam = await joins(owner, bot, "Sam", role) if role else member(bot.sandbox, "Sam")
    pat = member(bot.sandbox, "Pat")
    for each, command in ((sam, "/post"), (pat, "/xyzzyxyz")):
        await each.start("demographics")
        await each.say(command)
    assert sam.screen == pat.screen
    assert sam.labels == pat.labels


@pytest.mark.usefixtures("bot", "channel")
async def test_no_region_that_is_halted_is_offered(owner: Member) -> None:
    await to_preview(owner)
    await owner.press("Pay: not said")
    assert "Pay as in: Brazil" in owner.labels
    await owner.say("/halt BR")
    await to_preview(owner)
    await owner.press("Pay: not said")
    assert "Pay as in: Brazil" not in owner.labels, "nobody can begin there"


async def test_what_is_halted_between_the_preview_and_the_press_is_not_posted(
    bot: Bot, owner: Member, channel: Group
) -> None:
    other = await joins(owner, bot, "Rita", "Reviewer")
    await to_preview(owner)
    await other.say("/halt")
    await other.press("Halt something", "All of them", "Halt now")
    await owner.press("Post it")
    assert "nobody can begin there just now" in owner.screen
    assert invites(channel) == []
