"""How a collection goes, as coordinators look at it on their phones: pictures in the chat, counts and never people."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.contributors import Contributor
from support.copies import copied
from support.inviting import crowd, piloted
from support.running import Bot, until
from support.team import OWNER, Member, joins, member

from bot.broadcasts.desk import Order
from bot.doors import open_desk
from bot.sandbox.contributor import Message
from bot.sandbox.server import Sandbox
from flows.broadcasts import Reason

from .test_team_invites import awake

PEOPLE = 160


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot with an owner, and people who have submitted."""
    running = Bot(sandbox, tmp_path, owners=(OWNER,))
    await crowd(sandbox, running.settings, PEOPLE)
    await running.start()
    await piloted(running.stores)
    try:
        yield running
    finally:
        await running.stop()


def pictures(who: Member) -> list[Message]:
    return [message for message in who.person.messages if message.photo is not None]


def caption(message: Message) -> str:
    return re.sub("[\u2066-\u2069]", "", message.text)


def number_of(words: str, who: Member) -> str:
    """The button of a numbered line."""
    found = re.search(rf"(?m)^(\d+)\. {re.escape(words)}$", who.screen)
    assert found is not None, who.screen
    return found[1]


def is_of_egypt(picture: Message) -> bool:
    return "\nEgypt" in caption(picture) and "Sent their answers" in caption(picture)


async def sees_pictures(who: Member, count: int) -> None:
    await until(lambda: len(pictures(who)) == count, 20)


async def test_an_owner_sees_how_far_people_come_and_who_is_heard(bot: Bot) -> None:
    owner = member(bot.sandbox, "Olga", OWNER)
    await owner.say("/progress")
    await sees_pictures(owner, 1)
    [first] = pictures(owner)
    assert first.photo is not None
    assert first.photo.content.startswith(b"\x89PNG")
    assert first.protected
    assert caption(first).startswith("Does AI work well for everyone?\nAll regions, as of ")
    assert re.search(r"Sent their answers: \d*0\+", caption(first))
    card = next(m for m in owner.person.messages if m.buttons)
    assert "counts, never people" in card.text
    await owner.press("Who is heard")
    await sees_pictures(owner, 2)
    await owner.press("Egypt", "How far people come")
    # Where the first of them was drawn before the second press came, it is there too.
    await until(lambda: len(pictures(owner)) > 2 and is_of_egypt(pictures(owner)[-1]), 20)
    await owner.press("All regions", "‹ Back")
    assert "How it goes" in owner.labels
    await until(lambda: bot.stores.count("outbox") == 0)


async def test_a_coordinator_sees_only_where_they_look_after(bot: Bot) -> None:
    owner = member(bot.sandbox, "Olga", OWNER)
    carla = await joins(owner, bot, "Carla", "Coordinator", "Egypt", "Kenya")
    await carla.say("/progress")
    await sees_pictures(carla, 1)
    assert {"Egypt", "Kenya"} <= set(carla.labels)
    assert "United States" not in carla.labels
    lines = bot.stores.rows("select territory from snapshots")
    assert len(lines) > 2, "snapshots are everybody's, whoever asks for them"
    numbers = [int(n) for n in re.findall(r"Sent their answers: (\d+)\+", caption(pictures(carla)[0]))]
    assert not numbers or numbers[0] < PEOPLE / 2


@pytest.mark.parametrize("role", ["Reviewer", "Steward", None])
async def test_for_anybody_else_there_is_no_such_command(bot: Bot, role: str | None) -> None:
    owner = member(bot.sandbox, "Olga", OWNER)
    sam = await joins(owner, bot, "Sam", role) if role else member(bot.sandbox, "Sam")
    pat = member(bot.sandbox, "Pat")
    for each, command in ((sam, "/progress"), (pat, "/xyzzyxyz")):
        await each.start("demographics")
        await each.say(command)
    assert sam.screen == pat.screen
    assert sam.labels == pat.labels
    assert not pictures(sam)


async def test_where_nothing_can_be_shown_yet_it_is_said_in_words(sandbox: Sandbox, tmp_path: Path) -> None:
    bot = Bot(sandbox, tmp_path, owners=(OWNER,))
    await bot.start()
    try:
        owner = member(sandbox, "Olga", OWNER)
        await owner.say("/progress")
        await until(lambda: any("Nothing can be shown yet" in m.text for m in owner.person.messages))
        assert not pictures(owner)
    finally:
        await bot.stop()


async def test_a_picture_that_was_asked_for_when_the_bot_stopped_comes_after_all(bot: Bot) -> None:
    owner = member(bot.sandbox, "Olga", OWNER)
    await owner.say("/progress")
    await bot.stop()
    await bot.start()
    await until(lambda: len(pictures(owner)) > 0, 20)
    await until(lambda: bot.stores.count("outbox") == 0)


async def test_a_target_that_is_met_holds_up_nobody_who_answers(sandbox: Sandbox, tmp_path: Path) -> None:
    collections = copied(tmp_path / "collections")
    for region in collections.glob("demographics/regions/*"):
        (region / "targets.yaml").write_text("people: 10\n", encoding="utf-8")
    bot = Bot(sandbox, tmp_path, owners=(OWNER,), collections=collections)
    await crowd(sandbox, bot.settings, PEOPLE)
    await bot.start()
    try:
        person = sandbox.person("Sam", "en")
        sam = Contributor(person, "en", "US", bot.collections[0], bot.texts)
        await sam.to_questions()
        owner = member(sandbox, "Olga", OWNER)
        await owner.say("/progress")
        await sees_pictures(owner, 1)
        async with open_desk(bot.settings) as desk:
            planned = await desk.plan(Order("demographics", "Kim", any_hour=True))
        assert planned.fallen_out[Reason.HEARD.value] > 0
        await sam.to_review()
        await sam.press("Submit")
        assert bot.stores.rows("select count(*) from contributions where submitted_at is not null") == [(PEOPLE + 1,)]
    finally:
        await bot.stop()


async def test_people_are_chosen_by_an_answer_from_a_phone_and_it_is_kept_nowhere(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    bot = Bot(sandbox, tmp_path, owners=(OWNER,), collections=awake(tmp_path / "collections"))
    await crowd(sandbox, bot.settings, 500)
    await bot.start()
    await piloted(bot.stores)
    try:
        owner = member(sandbox, "Olga", OWNER)
        await owner.say("/invite")
        await owner.press("New invite", "Who: not in it yet", "Who: began and did not finish", "By an answer: no")
        assert "never fewer than 30" in owner.screen
        assert "What is your gender?" not in owner.screen
        await owner.press(number_of("How old are you?", owner))
        await owner.press(number_of("25–34", owner))
        assert "By an answer: 25–34" in owner.screen
        assert "By an answer: yes" in owner.labels
        await owner.press("Count them")
        await until(lambda: "Counting" not in owner.screen, 20)
        await owner.person.settled(timeout=20)
        assert "It would go to: " in owner.screen
        assert "have not given this answer, or have not agreed to be chosen by it" in owner.screen
        for table in ("broadcasts", "deliveries", "audit", "schedule"):
            rows = repr(bot.stores.rows(f"select * from {table}"))  # noqa: S608  # names of tables
            assert "age_25_34" not in rows
            assert "sealed_answer" not in rows
        await owner.press("‹ Back", "☐ United States", "Count them")
        await until(lambda: "Counting" not in owner.screen, 20)
        await owner.person.settled(timeout=20)
        assert "Fewer than 30 people would be chosen by this answer" in owner.screen
        await until(lambda: bot.stores.count("deliveries") == 0)
        await owner.say("/invite")
        assert "Nothing has been sent yet." in owner.screen
    finally:
        await bot.stop()
