"""Invites as coordinators send them from their phones: counted, looked at, sent, confirmed, paused, ended."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.contributors import Contributor
from support.copies import copied
from support.inviting import crowd, piloted
from support.running import Bot, until
from support.team import OWNER, SECOND_OWNER, Member, joins, member

from bot.bootstrap import Everybody
from bot.broadcasts.desk import Order
from bot.broadcasts.refusal import Refused
from bot.doors import open_desk, open_pilot_desk, send_trial
from bot.sandbox.contributor import Message, Person
from bot.sandbox.server import Sandbox
from flows.broadcasts import Audience

PEOPLE = 12


def awake(folder: Path) -> Path:
    """The ready collection, with people awake at the hour of this test wherever they live."""
    copied(folder)
    hour = (dt.datetime.now(dt.UTC).hour + 12) % 24
    for file in folder.rglob("region.yaml"):
        words = re.sub(r"(?m)^time_zones:.*\n([ -].*\n)*", "time_zones: [Etc/UTC]\n", file.read_text(encoding="utf-8"))
        quiet = f'quiet_hours: {{start: "{hour:02}:00", end: "{hour:02}:30"}}'
        file.write_text(re.sub(r"(?m)^quiet_hours:.*$", quiet, words), encoding="utf-8")
    return folder


@asynccontextmanager
async def running(
    sandbox: Sandbox,
    folder: Path,
    *,
    is_piloted: bool = True,
    **changes: Any,  # noqa: ANN401  # settings
) -> AsyncIterator[tuple[Bot, list[Person]]]:
    """A bot with two owners and a crowd that finished and wants invites."""
    collections = awake(folder / "collections")
    given = {"owners": (OWNER, SECOND_OWNER), "collections": collections, "send_rate": 200, **changes}
    bot = Bot(sandbox, folder, **given)
    people = await crowd(sandbox, bot.settings, PEOPLE)
    if is_piloted:
        await piloted(bot.stores)
    await bot.start()
    try:
        yield bot, people
    finally:
        await bot.stop()


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    async with running(sandbox, tmp_path) as (started, _):
        yield started


@pytest.fixture
async def careful(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot where more than five people take a second person."""
    async with running(sandbox, tmp_path, confirm_above=5) as (started, _):
        yield started


def owner_of(bot: Bot, number: int = OWNER) -> Member:
    return member(bot.sandbox, "Olga" if number == OWNER else "Otto", number)


async def sees(who: Member, words: str) -> None:
    """Wait until somebody's screen says this."""
    await until(lambda: words in who.screen)


async def counts(who: Member, *more: str) -> None:
    """From the command to the count of those who have finished."""
    await who.say("/invite")
    await who.press("New invite", "Who: not in it yet", "Who: began and did not finish", *more, "Count them")
    await until(lambda: "Counting" not in who.screen)
    await who.person.settled(timeout=20)


def delivered(bot: Bot) -> int:
    found: int = bot.stores.rows("select count(*) from deliveries where state = 'delivered'")[0][0]
    return found


def acts(bot: Bot) -> list[tuple[str, str]]:
    """Actor and action of everything about invites."""
    return bot.stores.rows("select actor, action from audit where action like 'invites%' order by id")


async def test_an_owner_sends_invites_in_a_few_taps_and_sees_how_it_went(bot: Bot) -> None:
    owner = owner_of(bot)
    await counts(owner)
    assert "It would go to: 10 or a few more" in owner.screen
    assert bot.stores.count("deliveries") == PEOPLE
    await owner.press("See what it says")
    assert "As it is read in English:" in owner.screen
    assert "[ Stop inviting me ]" in owner.screen
    await owner.press("Send now")
    assert "Delivered:" in owner.screen
    await until(lambda: delivered(bot) == PEOPLE)
    await until(lambda: bot.stores.rows("select state from broadcasts") == [("done",)])
    await owner.press("Look again")
    assert "everything is sent" in owner.screen
    await owner.press("‹ Back", "1")
    assert f"▓▓▓▓▓▓▓▓▓▓ 100 %\n\nDelivered: {PEOPLE}\nUnreachable: 0\nUnknown: 0\nTo go: 0" in owner.screen
    assert acts(bot) == [("owner", "invites counted"), ("owner", "invites sent off")]
    details = [orjson.loads(row[0]) for row in bot.stores.rows("select detail from audit where action like 'invites%'")]
    assert all(each["by"].startswith("m_") or len(each["by"]) > 8 for each in details)
    assert str(OWNER) not in repr(details)


async def test_what_is_counted_again_or_left_is_forgotten(bot: Bot) -> None:
    owner = owner_of(bot)
    await counts(owner)
    await owner.press("‹ Back")
    await until(lambda: bot.stores.count("deliveries") == 0)
    assert bot.stores.rows("select state, why from broadcasts") == [("cancelled", "given up")]
    await owner.press("Last invited: at any time", "Last invited: 30 days ago or more",
                      "Last invited: 90 days ago or more", "Count them")  # fmt: skip
    await sees(owner, "It would go to: 10 or a few more")
    await owner.say("/invite")
    assert "Nothing has been sent yet." in owner.screen, "what was not sent is nobody's to see"
    await owner.press("‹ Back")
    assert "Invites" in owner.labels


async def test_a_paragraph_stands_in_every_language_or_in_none(bot: Bot) -> None:
    owner = owner_of(bot)
    await counts(owner)
    await owner.press("See what it says")
    await owner.say("We close on Friday.")
    assert "We close on Friday." in owner.screen
    assert "Your paragraph is still missing in:" in owner.screen
    assert "Send now" not in owner.labels
    assert not any(m.text == "We close on Friday." for m in owner.person.messages if m.author != "bot")
    await owner.press("Leave my paragraph out")
    assert "We close on Friday." not in owner.screen
    await owner.press("‹ Back", "‹ Back", "Language: all", "Count them")
    await until(lambda: "Counting" not in owner.screen)


async def test_a_second_person_confirms_what_goes_to_many(careful: Bot) -> None:
    owner, second = owner_of(careful), owner_of(careful, SECOND_OWNER)
    carla = await joins(owner, careful, "Carla", "Coordinator")
    await counts(carla)
    assert "a second person confirms it under /invite" in carla.screen
    await carla.press("See what it says", "Send now")
    assert "waits for a second person" in carla.screen
    assert "Confirm: it goes out" not in carla.labels
    assert delivered(careful) == 0
    await second.say("/invite")
    await second.press("1", "See what it says")
    assert "[ Stop inviting me ]" in second.screen
    assert "Send now" not in second.labels
    await second.press("‹ Back", "Confirm: it goes out")
    await until(lambda: delivered(careful) == PEOPLE)
    assert acts(careful) == [
        ("coordinator", "invites counted"),
        ("coordinator", "invites sent off"),
        ("owner", "invites confirmed"),
    ]
    by = {
        orjson.loads(row[0])["by"]
        for row in careful.stores.rows("select detail from audit where action like 'invites%'")
    }
    assert len(by) == 2


async def measured(bot: Bot, minutes: int) -> None:
    """Thirty people needed so long, wherever they live."""
    await bot.stores.change("delete from tallies where what like 'minutes:%'")
    for region in bot.collections[0].regions:
        query = "insert into tallies values ('demographics', ?, ?, 30)"
        await bot.stores.change(query, region.territory, f"minutes:{minutes}")


async def test_nobody_is_invited_below_the_floor_from_a_phone_either(careful: Bot) -> None:
    """More people have been measured since it was counted, or pay is another."""
    owner, other = owner_of(careful), owner_of(careful, SECOND_OWNER)
    words = "It pays less than its floor for the time that it took people"
    await counts(owner)
    await measured(careful, 60)
    await owner.press("See what it says", "Send now")
    assert words in owner.screen
    await measured(careful, 1)
    await owner.press("Send now")
    await other.say("/invite")
    await other.press("1")
    await measured(careful, 60)
    await other.press("Confirm: it goes out")
    assert words in other.screen
    assert careful.stores.rows("select state from broadcasts") == [("awaiting confirmation",)]
    await careful.stores.change("update broadcasts set state = 'paused'")
    await other.say("/invite")
    await other.press("1", "Let it go on")
    assert words in other.screen
    assert [action for _, action in acts(careful)] == ["invites counted", "invites sent off"]
    await measured(careful, 1)
    await other.press("Let it go on")
    await until(lambda: delivered(careful) == PEOPLE)


async def test_one_that_waits_is_cancelled_for_good(careful: Bot) -> None:
    owner = owner_of(careful)
    await counts(owner)
    await owner.press("See what it says", "Send now", "Cancel it")
    assert "for good" in owner.screen
    await owner.press("Cancel it")
    assert "cancelled" in owner.screen
    assert f"Not sent: {PEOPLE}" in owner.screen
    await until(lambda: careful.stores.rows("select distinct state from deliveries") == [("cancelled",)])
    assert delivered(careful) == 0
    assert acts(careful)[-1] == ("owner", "invites cancelled")


async def test_one_that_goes_out_is_paused_and_goes_on(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path, send_rate=3) as (bot, _):
        owner = owner_of(bot)
        await counts(owner)
        await owner.press("See what it says", "Send now", "Pause it")
        assert "paused" in owner.screen
        await until(lambda: bot.stores.rows("select count(*) from deliveries where state = 'sending'") == [(0,)])
        assert delivered(bot) < PEOPLE
        await owner.press("Let it go on")
        assert "on its way" in owner.screen
        await until(lambda: delivered(bot) == PEOPLE, 30)
        assert [action for _, action in acts(bot)][-2:] == ["invites paused", "invites resumed"]


async def test_a_coordinator_invites_only_where_they_look_after(bot: Bot) -> None:
    owner = owner_of(bot)
    carla = await joins(owner, bot, "Carla", "Coordinator", "Egypt", "Kenya")
    await carla.say("/invite")
    await carla.press("New invite")
    assert "☐ Egypt" in carla.labels
    assert "☐ United States" not in carla.labels
    await counts(carla)
    [(audience,)] = bot.stores.rows("select audience from broadcasts")
    assert orjson.loads(audience)["regions"] == ["EG", "KE"]
    assert {row[0] for row in bot.stores.rows("select region from deliveries")} <= {"EG", "KE"}
    assert "live in a region that was not asked for" not in carla.screen, "nothing of people elsewhere"
    await counts(owner)
    await owner.press("See what it says", "Send now")
    await carla.say("/invite")
    assert "Nothing that you look after has been sent yet." in carla.screen, "what goes everywhere is not among it"


@pytest.mark.parametrize("role", ["Reviewer", "Steward", None])
async def test_for_anybody_else_there_is_no_such_command(bot: Bot, role: str | None) -> None:
    owner = owner_of(bot)
    sam = await joins(owner, bot, "Sam", role) if role else member(bot.sandbox, "Sam")
    pat = member(bot.sandbox, "Pat")
    for each, command in ((sam, "/invite"), (pat, "/xyzzyxyz")):
        await each.start("demographics")
        await each.say(command)
    assert sam.screen == pat.screen
    assert sam.labels == pat.labels


async def test_a_right_that_is_taken_back_stops_what_is_on_the_screen(bot: Bot) -> None:
    owner = owner_of(bot)
    carla = await joins(owner, bot, "Carla", "Coordinator")
    await counts(carla)
    await carla.press("See what it says")
    await owner.say("/team")
    await owner.press("1", "Take the right back", "Take it back")
    await carla.press("Send now")
    assert carla.screen == "Team\n\nThis right has ended."
    assert bot.stores.rows("select state from broadcasts") == [("planned",)]


async def test_what_was_half_planned_when_the_bot_died_is_planned_anew(bot: Bot) -> None:
    owner = owner_of(bot)
    await counts(owner)
    await bot.stop()
    chat = bot.stores.vault().chat_hash(OWNER).hex()
    with bot.stores.writing() as data:
        data.execute("update broadcasts set state = 'planning', recipients = 0")
        data.execute("delete from deliveries where position > 4")
        data.execute(
            "insert into schedule (kind, key, note, due_at) "
            "select 'plan', ? || '/' || id, 0, planned_at from broadcasts",
            (chat,),
        )
    await bot.start()
    await until(lambda: bot.stores.rows("select state, recipients from broadcasts") == [("planned", PEOPLE)])
    await until(lambda: bot.stores.rows("select count(*) from schedule where kind = 'plan'") == [(0,)])
    assert bot.stores.count("deliveries") == PEOPLE
    await owner.person.settled(timeout=20)
    assert "It would go to: 10 or a few more" in owner.screen


async def test_what_was_given_up_while_it_was_planned_leaves_nobody_invited(bot: Bot) -> None:
    owner = owner_of(bot)
    await counts(owner)
    await bot.stop()
    with bot.stores.writing() as data:
        data.execute("update broadcasts set state = 'cancelled', recipients = 0, why = 'given up'")
        data.execute(
            "insert into schedule (kind, key, note, due_at) select 'plan', '/' || id, 0, planned_at from broadcasts"
        )
    await bot.start()
    await until(lambda: bot.stores.count("deliveries") == 0)
    await until(lambda: bot.stores.rows("select count(*) from schedule where kind = 'plan'") == [(0,)])
    await owner.press("See what it says")
    assert "Please begin anew." in owner.screen


async def test_a_count_survives_a_restart(bot: Bot) -> None:
    owner = owner_of(bot)
    await counts(owner)
    await bot.restart()
    await owner.press("See what it says", "Send now")
    await until(lambda: delivered(bot) == PEOPLE)


async def test_before_a_pilot_the_way_to_one_is_shown_and_nobody_is_invited(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path, is_piloted=False) as (bot, _):
        owner = owner_of(bot)
        await owner.say("/invite")
        await owner.press("New invite")
        assert "surveybot pilot begin demographics 30" in owner.screen
        assert owner.labels == ["‹ Back"]
        assert bot.stores.count("broadcasts") == 0


async def test_while_a_pilot_goes_on_as_many_as_it_has_places_are_drawn(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path, is_piloted=False) as (bot, _):
        async with open_pilot_desk(bot.settings) as desk:
            await desk.begin("demographics", 10, (), "Kim")
        owner = owner_of(bot)
        await counts(owner)
        assert "It would go to: 10 or a few more" in owner.screen
        await owner.press("See what it says", "Send now")
        await until(lambda: delivered(bot) == 10)
        assert bot.stores.count("deliveries") == 10


def trials(who: Member) -> list[Message]:
    """Invites that somebody got to try."""
    return [each for each in who.person.messages if each.author == "bot" and "🎭 A trial" in each.text]


async def test_an_invite_is_tried_on_oneself_and_its_buttons_do_nothing(bot: Bot) -> None:
    owner = owner_of(bot)
    await counts(owner)
    await owner.press("See what it says", "Send it to me first")
    assert "✓ It stands above, as people read it." in owner.screen
    [trial] = trials(owner)
    assert [each.label for each in trial.buttons] == ["Have a look", "Why am I getting this?", "Stop inviting me"]
    assert "An invite from" in trial.text
    agreed = "select chat, record from contact_permissions union select chat, record from contributions"
    before = (owner.screen, owner.labels, sorted(bot.stores.rows(agreed)))
    for button in trial.buttons:
        await owner.person.press_button(trial.id, button)
        await owner.person.settled(timeout=20)
    assert owner.person.toasts[-3:] == ["A trial: here this button does nothing."] * 3
    assert (owner.screen, owner.labels, sorted(bot.stores.rows(agreed))) == before
    await owner.press("العربية ›" if "العربية ›" in owner.labels else "Arabic ›", "Send it to me first")
    assert len(trials(owner)) == 2
    assert "Have a look" not in [each.label for each in trials(owner)[-1].buttons]
    assert delivered(bot) == 0
    await owner.press("Send now")
    await until(lambda: delivered(bot) == PEOPLE)


async def test_owners_get_a_trial_from_the_command_line_in_every_language(bot: Bot) -> None:
    order = Order(
        "demographics", "Kim", Audience(languages=("en", "sw")), {"en": "We close on Friday.", "sw": "Ijumaa."}
    )
    with pytest.raises(Refused, match="sends the bot /team first"):
        await send_trial(bot.settings, order)
    owner = owner_of(bot)
    await owner.say("/team")
    await bot.stop()
    assert await send_trial(bot.settings, order) == (1, 2)
    await bot.start()
    await until(lambda: len(trials(owner)) == 2)
    assert ["We close on Friday." in each.text for each in trials(owner)] == [True, False]
    assert bot.stores.count("broadcasts") == 0


WAITS = "Invites wait for a second person. /invite shows them."


def told(who: Member) -> int:
    """How often somebody was told that something waits for them."""
    return sum(re.sub("[\u2066-\u2069]", "", each.text) == WAITS for each in who.person.messages)


async def test_the_second_person_is_told_that_something_waits_and_the_first_is_not(careful: Bot) -> None:
    owner = owner_of(careful)
    carla = await joins(owner, careful, "Carla", "Coordinator")
    elsewhere = await joins(owner, careful, "Edda", "Coordinator", "Egypt")
    rita = await joins(owner, careful, "Rita", "Reviewer")
    await counts(carla)
    await carla.press("See what it says", "Send now")
    await until(lambda: "waits for a second person" in owner.screen)
    assert carla.screen.startswith("Does AI work well"), "who sent it off is where she was"
    await owner.press("1", "Confirm: it goes out")
    await until(lambda: delivered(careful) == PEOPLE)
    assert [told(each) for each in (carla, elsewhere, rita)] == [0, 0, 0]
    assert not any("waits for a second person" in words for each in (elsewhere, rita) for _, words, _ in each.chat)


async def test_what_is_sent_off_on_the_command_line_is_told_to_who_can_confirm_it(careful: Bot) -> None:
    owner = owner_of(careful)
    await owner.say("/team")
    await careful.stop()
    async with open_desk(careful.settings) as desk:
        planned = await desk.plan(Order("demographics", "Kim", Audience(finished=True)))
        await desk.send(planned.id, "Kim")
    await careful.start()
    await until(lambda: told(owner) == 1)


async def test_in_the_browser_an_invite_takes_no_pilot_and_comes_to_who_has_answered(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Commands do not reach what is thrown away, and whoever plays alone is in the collection, at whatever hour."""
    bot = Bot(sandbox, tmp_path)
    await bot.start(Everybody())
    try:
        sam = Contributor(sandbox.person("Sam"), "en", "US", bot.collections[0], bot.texts)
        await sam.whole(1, 2, 3)
        player = Member(sam.person)
        await player.say("/invite")
        await player.press("New invite")
        assert "surveybot" not in player.screen, "no command would reach this"
        await player.press("Count them")
        await until(lambda: "Counting" not in player.screen)
        await player.person.settled(timeout=20)
        await player.press("See what it says", "Send now")
        await until(lambda: delivered(bot) == 1)
        assert bot.stores.rows("select any_hour, state from broadcasts")[0][0]
    finally:
        await bot.stop()
