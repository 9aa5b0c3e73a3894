"""Links to a collection, as coordinators make and rest them on their phones, and as contributors come by them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from support.contributors import Contributor
from support.running import Bot, until
from support.suppliers import ACME, with_supplier
from support.team import OWNER, SECOND_OWNER, Member, come_in, joins, link_for, member

from bot.sandbox.server import Sandbox

from .conftest import somebody

RESTS = "This link is resting just now."
CLOSED = "This link takes nobody new any more."


@asynccontextmanager
async def running(sandbox: Sandbox, folder: Path, **changes: Any) -> AsyncIterator[Bot]:  # noqa: ANN401  # settings
    bot = Bot(sandbox, folder, **{"owners": (OWNER,), **changes})
    await bot.start()
    try:
        yield bot
    finally:
        await bot.stop()


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    async with running(sandbox, tmp_path) as started:
        yield started


def owner_of(bot: Bot) -> Member:
    return member(bot.sandbox, "Olga", OWNER)


async def makes(
    who: Member, kind: str = "A poster or leaflet", where: str = "Everywhere", name: str = "library"
) -> str:
    """From the command to the link; what it carries."""
    await who.say("/links")
    await who.press("New link", kind, where)
    await who.say(name)
    assert "The link is open from now on." in who.screen
    return who.link


def counted(bot: Bot) -> list[tuple[int, int, int]]:
    return bot.stores.rows("select opened, consented, submitted from links order by made_at")


def acts(bot: Bot) -> list[tuple[str, str]]:
    return bot.stores.rows("select actor, action from audit where action like 'collection link%' order by id")


Newcomer = Callable[..., Contributor]


async def test_people_come_by_a_link_and_are_counted_and_nobody_is_told_who(bot: Bot) -> None:
    owner = owner_of(bot)
    payload = await makes(owner)
    assert "library" in owner.screen
    assert not any(message.text == "library" and message.author != "bot" for message in owner.person.messages)
    sam = somebody(bot)
    await sam.to_questions(payload=payload)
    assert counted(bot) == [(1, 1, 0)]
    assert bot.stores.passages(sam.person.id)["demographics"]["link"] == payload.removeprefix("L-")
    await sam.say("/mydata")
    assert sam.sees("Which link you came by is remembered too")
    await sam.press("‹ Back")
    await sam.to_review()
    await sam.press("Submit")
    assert counted(bot) == [(1, 1, 1)]
    assert "link" not in bot.stores.passages(sam.person.id)["demographics"], "nobody needs to know it any more"
    await sam.start(payload)
    assert counted(bot) == [(1, 1, 1)], "who has agreed goes on and is not counted again"
    await owner.say("/links")
    await owner.press("1")
    assert "Opened: too few to show" in owner.screen
    assert "Submitted: too few to show" in owner.screen
    assert acts(bot) == [("owner", "collection link made")]


async def test_what_a_link_is_called_moves_no_cursor_and_turns_no_line_around(bot: Bot) -> None:
    owner = owner_of(bot)
    await makes(owner, name="\x1b[2J\u202elibrary,\x7f front\u2066 door")
    assert bot.stores.rows("select name from links") == [("[2Jlibrary, front door",)]


async def test_a_spent_link_of_the_teams_closes_nobodys_own(bot: Bot) -> None:
    owner = owner_of(bot)
    payload = await makes(owner)
    spent = await link_for(owner, "Reviewer")
    await come_in(member(bot.sandbox, "Rita"), spent, "Rita")
    sam = somebody(bot)
    await sam.start(payload)
    await sam.press_label("United States")
    before = sam.screen
    await asyncio.sleep(0.5)  # word that the card is there would be met together with what comes next
    await sam.start(spent)
    assert not sam.sees(CLOSED)
    assert sam.screen == before


async def test_a_link_carries_a_code_of_another_contribution(bot: Bot) -> None:
    payload = await makes(owner_of(bot), "A list of people")
    sam, pat = somebody(bot), somebody(bot, name="Pat")
    await sam.start(f"{payload}-K7M4QX2P")
    assert sam.sees("You come from another contribution.")
    await pat.start(f"{payload}-JohnSmith")
    assert not pat.sees("You come from another contribution.")
    assert counted(bot) == [(2, 0, 0)]


async def test_a_link_rests_and_goes_on_and_ends_and_who_has_agreed_is_not_stopped(bot: Bot) -> None:
    owner = owner_of(bot)
    payload = await makes(owner)
    sam, pat, kim = somebody(bot), somebody(bot, name="Pat"), somebody(bot, name="Kim")
    await sam.to_questions(payload=payload)
    await pat.to_decision(payload)
    await owner.press("Pause it")
    assert "\nrests\n" in owner.screen
    await pat.agree()
    assert pat.sees(RESTS)
    await kim.start(payload)
    assert kim.sees(RESTS)
    assert kim.sees("hello@example.org")
    await kim.press("Try it again")
    assert kim.sees(RESTS)
    await sam.to_review()
    await sam.press("Submit")
    await owner.press("Let it go on")
    await kim.press("Try it again")
    await kim.press_label("United States")
    await pat.press("Try it again")
    await pat.agree()
    assert counted(bot) == [(3, 2, 1)]
    await owner.press("End it")
    assert "for good" in owner.screen
    await owner.press("End it")
    assert "ended" in owner.screen
    await kim.read_cards()
    await kim.agree()
    assert kim.sees(CLOSED)
    assert counted(bot) == [(3, 2, 1)]
    assert [action for _, action in acts(bot)] == [
        "collection link made", "collection link paused", "collection link resumed", "collection link ended",
    ]  # fmt: skip


async def test_a_burst_rests_a_link_and_the_team_is_told_and_decides(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path, link_burst=2, owners=(OWNER, SECOND_OWNER)) as bot:
        owner = owner_of(bot)
        second = member(sandbox, "Otto", SECOND_OWNER)
        second.person.account.started = second.person.account.met = True
        payload = await makes(owner)
        people = [somebody(bot, name=f"Person {number}") for number in range(4)]
        for each in people[:3]:
            await each.start(payload)
            assert not each.sees(RESTS)
        await until(lambda: any("far faster than usual" in m.text for m in owner.person.messages))
        await until(lambda: "rests: it was opened far faster than usual" in second.screen)
        await people[3].start(payload)
        assert people[3].sees(RESTS)
        await owner.say("/links")
        await owner.press("1", "Let it go on")
        await people[3].press("Try it again")
        assert not people[3].sees(RESTS)
        assert bot.stores.rows("select state, why, busiest from links") == [("open", "", 4)]


async def test_a_ceiling_holds_before_the_next_consent_and_not_after_one(bot: Bot) -> None:
    owner = owner_of(bot)
    payload = await makes(owner)
    await owner.press("At most a day: no limit")
    assert "At most a day: 20" in owner.labels
    await bot.stores.change("update links set daily = 1")
    sam, pat = somebody(bot), somebody(bot, name="Pat")
    await sam.to_questions(payload=payload)
    await pat.start(payload)
    assert pat.sees(RESTS)
    await sam.to_review()
    await sam.press("Submit")
    await owner.say("/links")
    assert "full for today" in owner.screen
    assert counted(bot) == [(2, 1, 1)]


async def test_a_suppliers_link_closes_on_the_day_that_the_attestation_ends(sandbox: Sandbox, tmp_path: Path) -> None:
    today = dt.datetime.now(dt.UTC).date()
    folder = with_supplier(tmp_path / "collections", today + dt.timedelta(days=3))
    async with running(sandbox, tmp_path, collections=folder) as bot:
        owner = owner_of(bot)
        payload = await makes(owner, ACME)
        assert f"{ACME} · Does AI work well for everyone?" in owner.screen
        await owner.say("/links")
        assert f"{ACME}: attested until" in owner.screen
        sam = somebody(bot)
        await sam.to_questions(payload=payload)
    lapsed = with_supplier(tmp_path / "later", today)
    async with running(sandbox, tmp_path, collections=lapsed) as bot:
        pat = somebody(bot, name="Pat")
        await pat.start(payload)
        assert pat.sees(CLOSED)
        await sam.to_review()
        await sam.press("Submit")
        await owner.say("/links")
        assert f"{ACME}: the attestation lapsed on" in owner.screen
        assert "closed: whoever hands it out is not attested" in owner.screen
        assert counted(bot) == [(2, 1, 1)]


async def test_what_is_printed_comes_as_a_file_that_may_be_saved(bot: Bot) -> None:
    owner = owner_of(bot)
    payload = await makes(owner)
    await owner.press("To print", "The code alone")
    await until(lambda: len(owner.person.files) == 1)
    await owner.press("To print", "A poster in German")
    await until(lambda: len(owner.person.files) == 2)
    code, poster = owner.person.files
    assert code.content.startswith(b"\x89PNG")
    drawn = poster.content.decode()
    assert payload in drawn
    assert "Minuten" in drawn
    with_files = [message for message in owner.person.messages if message.document is not None]
    assert [message.protected for message in with_files] == [False, False]


async def test_a_coordinator_makes_links_only_where_they_look_after(bot: Bot) -> None:
    owner = owner_of(bot)
    carla = await joins(owner, bot, "Carla", "Coordinator", "Egypt")
    await carla.say("/links")
    await carla.press("New link", "A channel or group")
    assert "Everywhere" not in carla.labels
    assert "Egypt" in carla.labels
    assert "United States" not in carla.labels
    await carla.press("Egypt")
    await carla.say("neighbours")
    assert "neighbours" in carla.screen
    await makes(owner, name="everywhere")
    await carla.say("/links")
    assert "everywhere" not in carla.screen


@pytest.mark.parametrize("role", ["Reviewer", "Steward", None])
async def test_for_anybody_else_there_is_no_such_command(bot: Bot, role: str | None) -> None:
    owner = owner_of(bot)
    sam = await joins(owner, bot, "Sam", role) if role else member(bot.sandbox, "Sam")
    pat = member(bot.sandbox, "Pat")
    for each, command in ((sam, "/links"), (pat, "/xyzzyxyz")):
        await each.start("demographics")
        await each.say(command)
    assert sam.screen == pat.screen
    assert sam.labels == pat.labels
