"""The team, as its members press it: links that grant a right once, limits, training, code, halting, reopening."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support import stores
from support.contributors import Contributor
from support.running import Bot, until
from support.team import OWNER, SECOND_OWNER, Member, come_in, joins, link_for, member, train

from bot.sandbox.server import Sandbox
from flows.language import place_name


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot with two owners."""
    bot = Bot(sandbox, tmp_path, owners=(OWNER, SECOND_OWNER))
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
def owner(sandbox: Sandbox, bot: Bot) -> Member:  # noqa: ARG001  # running
    return member(sandbox, "Olga", OWNER)


def audited(bot: Bot) -> list[tuple[str, str]]:
    """Actor and action of everything that the team did."""
    return bot.stores.rows("select actor, action from audit where actor != 'contributor' order by id")


def contributor(bot: Bot, name: str = "Sam", place: str = "US") -> Contributor:
    return Contributor(bot.sandbox.person(name, "en"), "en", place, bot.collections[0], bot.texts)


# --- links --------------------------------------------------------------------------------------------------------


async def test_a_link_makes_a_coordinator_whose_right_takes_effect_with_code_and_training(
    bot: Bot, owner: Member
) -> None:
    link = await link_for(owner, "Coordinator", "Egypt")
    carla = member(bot.sandbox, "Carla")
    await carla.start(link)
    assert "Welcome to the team" in carla.screen
    assert "No is a whole answer" in carla.screen
    await carla.press("I accept")
    await carla.say("  Carla   from Cairo ")
    assert "Coordinator · Egypt · waits for an owner to note a training" in carla.screen
    assert "Halting and reopening" not in carla.labels
    await carla.say("/halt EG")
    assert "waits for an owner to note a training" in carla.screen
    assert bot.stores.count("halts") == 0
    await train(owner, "Carla from Cairo")
    await carla.say("/team")
    assert "Coordinator · Egypt · in effect until" in carla.screen
    assert "Halting and reopening" in carla.labels
    assert audited(bot) == [
        ("owner", "link made"),
        ("coordinator", "right granted"),
        ("coordinator", "code accepted"),
        ("owner", "training noted"),
    ]


async def test_a_link_grants_once_and_then_is_a_plain_start(bot: Bot, owner: Member) -> None:
    link = await link_for(owner, "Reviewer")
    first, second, nobody = (member(bot.sandbox, name) for name in ("First", "Second", "Nobody"))
    await come_in(first, link, "Rita")
    await second.start(link)
    await nobody.start("")
    assert second.screen == nobody.screen
    assert second.labels == nobody.labels
    await first.start(link)
    assert "Where do you live?" in first.screen, "spent for its holder too"
    assert bot.stores.rows("select role from rights") == [("reviewer",)]


async def test_two_who_open_a_link_at_once_are_one_member_and_one_stranger(bot: Bot, owner: Member) -> None:
    link = await link_for(owner, "Steward")
    both = [member(bot.sandbox, name) for name in ("One", "Two")]
    for each in both:
        await each.person.start(link)
    for each in both:
        await each.person.settled(timeout=20)
    assert sorted("Welcome to the team" in each.screen for each in both) == [False, True]
    assert bot.stores.count("rights") == 1


async def test_whoever_has_the_right_leaves_the_link_to_somebody_else(bot: Bot, owner: Member) -> None:
    rita = await joins(owner, bot, "Rita", "Reviewer")
    link = await link_for(owner, "Reviewer")
    await rita.start(link)
    assert "You have that right already" in rita.screen
    await come_in(member(bot.sandbox, "Rolf"), link, "Rolf")
    assert bot.stores.count("rights") == 2


async def test_a_link_is_kept_only_as_a_hash_and_can_be_taken_back(bot: Bot, owner: Member) -> None:
    await owner.say("/team")
    await owner.press("Invite somebody", "Steward")
    assert "Steward · everywhere · until" in owner.screen
    link = owner.link
    assert len(link) == len("team-") + 32
    await owner.press("‹ Back")
    assert link not in owner.screen
    assert link.removeprefix("team-").encode() not in await stores.lying_in(bot.stores.folder)
    await owner.press("1 open link", "1")
    assert "No link is open." in owner.screen
    stranger = member(bot.sandbox, "Stranger")
    await stranger.start(link)
    assert "Where do you live?" in stranger.screen
    assert audited(bot) == [("owner", "link made"), ("owner", "link cancelled")]


# --- rights -------------------------------------------------------------------------------------------------------


async def test_an_owner_sees_limits_and_takes_back(bot: Bot, owner: Member) -> None:
    carla = await joins(owner, bot, "Carla", "Coordinator")
    await owner.say("/team")
    assert "1. Carla · Coordinator · everywhere · in effect until" in owner.screen
    await owner.press("1")
    assert "Training on November 20, 2026: How to invite" in owner.screen
    await owner.press("What they look after", "☐ Egypt", "☐ Kenya", "☑ Egypt", "Done")
    assert "Coordinator · Kenya" in owner.screen
    await carla.say("/team")
    assert "Coordinator · Kenya" in carla.screen
    await owner.press("Take the right back", "Take it back")
    assert "Nobody has a right yet." in owner.screen
    await until(lambda: bot.stores.count("key_destructions") == 0)
    await carla.press("Halting and reopening")
    assert carla.screen == "Team\n\nThis right has ended."
    unknown = member(bot.sandbox, "Pat")
    await carla.start("")
    await unknown.start("")
    await carla.say("/team")
    await unknown.say("/unknown")
    assert carla.screen == unknown.screen
    assert ("owner", "right revoked") in audited(bot)
    assert ("owner", "right limited") in audited(bot)


async def test_a_training_has_a_day_that_is_not_to_come(bot: Bot, owner: Member) -> None:
    await come_in(member(bot.sandbox, "Carla"), await link_for(owner, "Coordinator"), "Carla")
    await owner.say("/team")
    await owner.press("1", "Note a training")
    for note in ("yesterday, at home", "2026-13-40 x", "2999-01-01 How to invite", "2026-11-20"):
        await owner.say(note)
        assert "Please write a day that is not still to come" in owner.screen
    assert bot.stores.rows("select trained_on from rights") == [(None,)]


async def test_somebody_gives_their_right_back(bot: Bot, owner: Member) -> None:
    rita = await joins(owner, bot, "Rita", "Reviewer")
    await rita.say("/team")
    await rita.press("Give back: Reviewer", "Yes, give it back")
    assert "This right has ended." in rita.screen
    await until(lambda: bot.stores.count("rights") == 0)
    assert audited(bot)[-1] == ("reviewer", "right given back")


async def test_nothing_that_names_a_member_lies_readable(bot: Bot, owner: Member) -> None:
    await joins(owner, bot, "Zebedea", "Coordinator")
    content = await stores.lying_in(bot.stores.folder)
    assert b"coordinator" in content, "there is something to look through"
    assert b"Zebedea" not in content
    assert b"How to invite" not in content
    members = {row[0] for row in bot.stores.rows("select member from rights")}
    in_audit = " ".join(row[0] for row in bot.stores.rows("select detail from audit"))
    assert all(each in in_audit for each in members)
    assert str(OWNER) not in in_audit


# --- for everybody else there is no team ---------------------------------------------------------------------------


@pytest.mark.parametrize("start_first", [True, False], ids=["in the middle", "as a first word"])
@pytest.mark.parametrize("command", ["/team", "/halt", "/halt EG", "/rehearse"])
async def test_for_anybody_else_there_is_no_such_command(
    bot: Bot, owner: Member, command: str, *, start_first: bool
) -> None:
    await owner.say("/team")

    async def chat_of(name: str, said: str) -> list[tuple[str, str, list[str]]]:
        somebody = member(bot.sandbox, name)
        if start_first:
            await somebody.start("demographics")
        await somebody.say(said)
        return [(author, text.replace(said, "/…"), labels) for author, text, labels in somebody.chat]

    assert await chat_of("Sam", command) == await chat_of("Pat", "/xyzzyxyz")


async def test_a_steward_cannot_halt_or_rehearse_and_does_not_learn_that_others_can(bot: Bot, owner: Member) -> None:
    stella = await joins(owner, bot, "Stella", "Steward")
    await stella.start("")
    unknown = member(bot.sandbox, "Pat")
    await unknown.start("")
    await unknown.say("/unknown")
    for command in ("/halt", "/halt US", "/rehearse"):
        await stella.say(command)
        assert stella.screen == unknown.screen
    assert bot.stores.count("halts") == 0


async def test_reviewers_and_coordinators_rehearse(bot: Bot, owner: Member) -> None:
    for name, role in (("Rita", "Reviewer"), ("Carla", "Coordinator")):
        somebody = await joins(owner, bot, name, role)
        await somebody.say("/rehearse")
        assert somebody.screen.startswith("🎭 Rehearsal")
        await somebody.say("/team")
        assert f"{role} · everywhere" in somebody.screen, "the team's screens end a rehearsal"


# --- a member contributes too --------------------------------------------------------------------------------------


async def test_what_somebody_contributes_is_untouched_by_their_visits(bot: Bot, owner: Member) -> None:
    rita = await joins(owner, bot, "Rita", "Reviewer")
    own = Contributor(rita.person, "en", "US", bot.collections[0], bot.texts)
    await own.to_questions()  # the first: a sensitive one would be put away by any command
    question, kept = own.screen, bot.stores.rows("select * from contributions")
    await rita.say("/team")
    assert "Reviewer · everywhere · in effect" in rita.screen
    await rita.say("words that nobody asked for")
    assert "Please choose with the buttons here." in rita.screen
    await rita.press("Halting and reopening", "‹ Back", "Close")
    assert own.screen == question
    assert bot.stores.rows("select * from contributions") == kept
    await rita.say("/team")
    await rita.say("/privacy")
    assert "Reviewer" not in rita.screen
    await own.start("")
    await own.to_review({"age": ["age_25_34"], "ancestry": ["black"], "gender_identity": ["woman"]})
    await own.press("Submit")
    assert own.sees("Thank you")
    await rita.say("/team")
    await rita.say("/leave")
    await rita.press("All three", "Yes, all three")
    await rita.say("/team")
    assert "Reviewer · everywhere · in effect" in rita.screen, "leaving ends what was contributed, and no right"


async def test_nothing_is_left_of_a_visit_that_is_closed(bot: Bot, owner: Member) -> None:
    await owner.say("/team")
    await owner.press("Close")
    assert owner.screen == "Team\n\nClosed. /team opens it again."
    await until(bot.stores.is_empty_of_people)


async def test_a_visit_goes_on_after_a_restart(bot: Bot, owner: Member) -> None:
    await owner.say("/team")
    await owner.press("Invite somebody", "Coordinator", "☐ Egypt")
    await bot.restart()
    await owner.press("☑ Egypt", "Make the link")
    assert "Coordinator · everywhere" in owner.screen


# --- halting -------------------------------------------------------------------------------------------------------


async def test_a_halt_stops_what_is_under_way_and_two_people_let_it_go_on(bot: Bot, owner: Member) -> None:
    carla = await joins(owner, bot, "Carla", "Coordinator", "United States")
    rita = await joins(owner, bot, "Rita", "Reviewer")
    sam = contributor(bot)
    await sam.to_questions()
    await carla.say("/halt us")
    assert "It stands still." in carla.screen
    assert "1. United States · since" in carla.screen
    told = (
        "This collection is closed where you live at the moment. It is not about you. What you have answered is kept, "
        "sealed, and leaving works as always."
    )
    await until(lambda: sam.sees(told))
    for command in ("/privacy", "/mydata"):
        await sam.say(command)
        assert "It is not about you" not in sam.screen
    await sam.press("‹ Back")
    assert sam.sees(told)
    newcomer = contributor(bot, "Nia")
    await newcomer.start()
    assert place_name("US", "en") not in newcomer.labels
    assert place_name("EG", "en") in newcomer.labels
    await carla.say("/halt")
    assert "agree that it goes on" not in carla.screen, "a coordinator halts, and does not reopen"
    await owner.say("/halt")
    await owner.press("1")
    assert "You have agreed." in owner.screen
    assert "agreed to reopen: Owner" in owner.screen
    await owner.press("1")
    assert bot.stores.count("halts") == 1, "one person is not two"
    await rita.say("/halt")
    await rita.press("1")
    assert "It goes on again." in rita.screen
    await sam.press("Try it again")
    assert sam.question is not None
    actions = audited(bot)[-4:]
    assert actions == [("coordinator", "halted"), ("owner", "reopening agreed"), ("owner", "reopening agreed"),
                       ("reviewer", "reopening agreed")] or actions[-1] == ("reviewer", "reopened")  # fmt: skip
    assert bot.stores.rows("select count(*) from audit where action = 'reopened'") == [(1,)]


async def test_the_word_of_somebody_who_is_no_owner_any_more_reopens_nothing(
    bot: Bot, owner: Member, sandbox: Sandbox, tmp_path: Path
) -> None:
    rita = await joins(owner, bot, "Rita", "Reviewer")
    second = member(sandbox, "Sven", SECOND_OWNER)
    await owner.say("/halt us")
    await second.say("/halt")
    await second.press("1")
    assert "You have agreed." in second.screen
    await bot.stop()
    after = Bot(sandbox, tmp_path, owners=(OWNER,))
    await after.start()
    await rita.say("/halt")
    await rita.press("1")
    assert "You have agreed." in rita.screen
    assert after.stores.count("halts") == 1, "of the owners of today nobody has"
    await owner.say("/halt")
    await owner.press("1")
    assert "It goes on again." in owner.screen
    await after.stop()


async def test_who_is_stopped_by_a_halt_can_leave(bot: Bot, owner: Member) -> None:
    sam = contributor(bot)
    await sam.to_questions()
    await owner.say("/halt US")
    await sam.start("")
    await sam.press("Leave")
    await sam.press("Take back my data")
    await sam.press("All of it")
    await until(lambda: bot.stores.count("contributions") == 0)


async def test_a_coordinator_halts_only_what_they_look_after(bot: Bot, owner: Member) -> None:
    carla = await joins(owner, bot, "Carla", "Coordinator", "Egypt")
    await carla.say("/halt United States")
    assert "That is not among what you look after." in carla.screen
    assert bot.stores.count("halts") == 0
    assert "Egypt" in carla.labels
    assert "United States" not in carla.labels
    await carla.press("All of them", "Halt now")
    assert bot.stores.rows("select collection, territory, role from halts") == [(None, "EG", "coordinator")]


async def test_halting_with_buttons_takes_one_press_more_and_everything_can_be_halted(bot: Bot, owner: Member) -> None:
    rita = await joins(owner, bot, "Rita", "Reviewer")
    await rita.say("/halt")
    await rita.press("Halt something", "All of them")
    assert "People who are in the middle read that it is not about them" in rita.screen
    await rita.press("Halt now")
    newcomer = contributor(bot, "Nia")
    await newcomer.start()
    assert newcomer.sees("There is nothing to take part in at the moment. Nothing about you is kept. "
                         "Please come by later.")  # fmt: skip


async def test_one_person_teams_reopen_alone_and_the_audit_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    bot = Bot(sandbox, tmp_path, owners=(OWNER,), one_person_team=True)
    await bot.start()
    owner = member(sandbox, "Olga", OWNER)
    await owner.say("/halt EG")
    await owner.press("1")
    assert "It goes on again." in owner.screen
    details = [row[0] for row in bot.stores.rows("select detail from audit where action = 'reopened'")]
    assert len(details) == 1
    assert '"one_person_team": true' in details[0]
    await bot.stop()
