"""Who is invited: never who stopped, left, blocked, declined, is over the limit, or is asleep; and all the others."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.inviting import TRIED

from bot.broadcasts.audience import Sieve, Tally
from bot.broadcasts.desk import Order, Rules
from bot.broadcasts.quiet_hours import is_awake
from bot.broadcasts.refusal import Refused
from bot.storage import broadcasts as stored
from bot.storage.audiences import Person
from bot.storage.broadcasts import SEALED_ANSWER
from bot.storage.database import StoreUnavailable
from flows.broadcasts import NEVER, Audience, BroadcastState
from flows.collection import Collection, Region
from flows.pilots import Invitable, MayInvite

from .conftest import FIRST, NOON, PEOPLE, opened

FATES = ("well", "well", "declined", "stopped", "left", "blocked", "lapsed", "often", "once", "in it", "going")

PLACES = "select p.chat, r.territory from contact_permissions p join consent_records r on r.id = p.record"

fates = st.lists(st.sampled_from(FATES), min_size=PEOPLE, max_size=PEOPLE)
hours = st.integers(0, 23).map(lambda hour: NOON.replace(hour=hour))
regions = st.sampled_from([(), ("EG",), ("US", "DE", "IN")])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(fates=fates, hour=hours, asked=regions)
async def test_only_who_may_be_written_to_now_is(
    peopled: Path, folders: Callable[[], Path], fates: list[str], hour: dt.datetime, asked: tuple[str, ...]
) -> None:
    folder = folders()
    async with opened(peopled, folder) as office:
        office.now[0] = hour
        office.rows("update contributions set collection = 'elsewhere'")
        places = dict(
            office.rows(
                "select p.chat, r.territory from contact_permissions p join consent_records r on r.id = p.record"
            )
        )
        vault = office.stores.vault
        chats = {FIRST + number: vault.chat_hash(FIRST + number) for number in range(PEOPLE)}
        for (_chat_id, chat), fate in zip(chats.items(), fates, strict=True):
            _befall(office.rows, chat, fate, hour)
        collection = office.worker._shelf.collections["demographics"]
        expected = {
            chat_id
            for (chat_id, chat), fate in zip(chats.items(), fates, strict=True)
            if fate in {"well", "once"} and (not asked or places[chat] in asked)
        }
        planned = await office.desk.plan(Order("demographics", "Kim", Audience(regions=asked), without_pilot=TRIED))
        assert planned.recipients == len(expected)
        assert planned.recipients + sum(planned.fallen_out.values()) == PEOPLE - fates.count("left")
        if not expected:
            return
        await office.desk.send(planned.id, "Kim")
        awake = {each for each in expected if is_awake(_region(collection, places[chats[each]]), hour)}
        await office.work(lambda: set(office.post.sent) >= awake)
        assert sorted(office.post.sent) == sorted(awake)


def _region(collection: Collection, territory: str) -> Region:
    found = collection.region(territory)
    assert found is not None
    return found


def _befall(rows: Callable[..., object], chat: bytes, fate: str, now: dt.datetime) -> None:
    """What has become of somebody, as the product's own steps leave it."""
    match fate:
        case "declined" | "stopped":
            rows("delete from contact_permissions where chat = ?", chat)
        case "left":
            for table in ("contact_permissions", "contributions", "conversations"):
                rows(f"delete from {table} where chat = ?", chat)  # noqa: S608  # a test's own words
        case "blocked":
            rows("update conversations set reachable = false where chat = ?", chat)
        case "going":
            rows("update conversations set ending = true where chat = ?", chat)
        case "lapsed":
            theirs = "select record from contact_permissions where chat = ?"
            rows(f"update consent_records set expires_at = '2026-01-01 00:00:00.000000' where id in ({theirs})", chat)  # noqa: S608
        case "in it":
            rows("update contributions set collection = 'demographics' where chat = ?", chat)
        case "often" | "once":
            at = (now - dt.timedelta(days=3)).strftime("%Y-%m-%d %H:%M:%S.%f")
            for number in range(2 if fate == "often" else 1):
                query = "insert into deliveries (broadcast, position, chat, state, at) values (?, ?, ?, 'delivered', ?)"
                rows(query, 1_000 + number, int.from_bytes(chat[:3], "big"), chat, at)


async def test_by_language_they_are_opened_and_chosen_by_what_they_read_now(peopled: Path, tmp_path: Path) -> None:
    async with opened(peopled, tmp_path / "x") as office:
        languages = [row[0] for row in office.rows("select language from consent_records")]
        german = await office.desk.plan(Order("demographics", "Kim", Audience(languages=("de",)), any_hour=True))
        assert german.recipients == languages.count("de")
        both = await office.desk.plan(Order("demographics", "Kim", Audience(languages=("de", "en")), any_hour=True))
        assert both.recipients == languages.count("de") + languages.count("en")
        other = both.fallen_out.get("reads a language that was not asked for", 0)
        assert other == PEOPLE - both.recipients


@pytest.mark.parametrize(
    ("most", "last_invited", "pilot", "why"),
    [
        (1, None, False, "invited as often as one may be"),
        (3, NEVER, False, "invited too recently"),
        (1, None, True, "invited as often as one may be"),
    ],
)
async def test_two_plans_at_the_same_time_count_each_others_invites(
    peopled: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    last_invited: str | None,
    why: str,
    *,
    pilot: bool,
) -> None:
    """Both have read everybody before either writes anybody down, as two commands of the same minute do."""
    rules = Rules(most=most, days=30, confirm_above=500, one_person=False, nobody_real=True)
    both, invited = asyncio.Barrier(2), Sieve.invited

    async def once_both_have_read(sieve: Sieve, people: Sequence[Person], tally: Tally) -> list[Person]:
        await both.wait()
        return await invited(sieve, people, tally)

    monkeypatch.setattr(Sieve, "invited", once_both_have_read)
    if pilot:
        drawn = Invitable(MayInvite.AS_MANY, places=PEOPLE)
        monkeypatch.setattr("bot.broadcasts.desk.may_invite", AsyncMock(return_value=drawn))
    async with opened(peopled, tmp_path / "x", rules=rules) as office:
        audience = Audience(last_invited=last_invited)
        order = Order("demographics", "Kim", audience, without_pilot=None if pilot else TRIED)
        office.rows("update contributions set collection = 'elsewhere'")
        plans = await asyncio.gather(office.desk.plan(order), office.desk.plan(order))
        assert sorted(plan.recipients for plan in plans) == [0, PEOPLE]
        assert sum(plan.fallen_out.get(why, 0) for plan in plans) == PEOPLE
        assert office.rows("select count(*), count(distinct chat) from deliveries") == [(PEOPLE, PEOPLE)]


async def test_the_order_in_which_people_are_invited_leads_to_nobody_s_chat(peopled: Path, tmp_path: Path) -> None:
    """Whoever is forgotten stands between two others: by hash, those would say between which two theirs was."""
    async with opened(peopled, tmp_path / "x") as office:
        await office.desk.plan(Order("demographics", "Kim", any_hour=True))
        chats = office.rows("select chat from deliveries order by position")
        assert len(chats) == PEOPLE
        assert chats != sorted(chats)


async def test_a_plan_that_is_given_up_remembers_nobody(peopled: Path, tmp_path: Path) -> None:
    async with opened(peopled, tmp_path / "x") as office:
        planned = await office.desk.plan(Order("demographics", "Kim", any_hour=True))
        await office.desk.discard(planned.id)
        assert office.rows("select count(*) from deliveries") == [(0,)]


async def test_so_does_one_that_is_broken_off_while_it_is_made(peopled: Path, tmp_path: Path) -> None:
    async with opened(peopled, tmp_path / "x") as office:
        order = Order("demographics", "Kim", any_hour=True)

        def stop(_done: int, _all: int) -> None:
            planning.cancel()

        planning = asyncio.create_task(office.desk.plan(order, stop))
        with pytest.raises(asyncio.CancelledError):
            await planning
        assert office.rows("select count(*) from deliveries") == [(0,)]
        assert office.rows("select state, why from broadcasts") == [("cancelled", "given up")]


async def test_so_does_one_that_fails_while_it_is_made(peopled: Path, tmp_path: Path) -> None:
    async with opened(peopled, tmp_path / "x") as office:

        def fail(_done: int, _all: int) -> None:
            raise StoreUnavailable("hung up")

        with pytest.raises(StoreUnavailable):
            await office.desk.plan(Order("demographics", "Kim", any_hour=True), fail)
        assert office.rows("select count(*) from deliveries") == [(0,)]
        assert office.rows("select state, why from broadcasts") == [("cancelled", "given up")]


async def test_so_does_one_that_somebody_else_ends_while_it_is_made(peopled: Path, tmp_path: Path) -> None:
    """Its pilot is full by then, say, or was broken off."""
    async with opened(peopled, tmp_path / "x") as office:

        def ended(_done: int, _all: int) -> None:
            office.rows("update broadcasts set state = 'cancelled', why = 'the pilot is full' where state = 'planning'")

        with pytest.raises(Refused, match="ended while it was planned: the pilot is full"):
            await office.desk.plan(Order("demographics", "Kim", any_hour=True), ended)
        assert office.rows("select count(*) from deliveries") == [(0,)]
        assert office.rows("select state, why from broadcasts") == [("cancelled", "the pilot is full")]
        never = await office.desk.plan(Order("demographics", "Kim", Audience(last_invited=NEVER), any_hour=True))
        assert never.recipients == PEOPLE


async def test_what_waits_of_a_broadcast_that_has_ended_counts_for_nobody(peopled: Path, tmp_path: Path) -> None:
    """Nobody has cleared it away yet, as where no bot serves."""
    async with opened(peopled, tmp_path / "x") as office:
        planned = await office.desk.plan(Order("demographics", "Kim", any_hour=True))
        await office.desk.send(planned.id, "Kim")
        never = Order("demographics", "Kim", Audience(last_invited=NEVER), any_hour=True)
        assert (await office.desk.plan(never)).recipients == 0
        await office.desk.cancel(planned.id, "Kim")
        assert (await office.desk.plan(never)).recipients == PEOPLE


@pytest.mark.parametrize("ending", ["given up", "for good"])
async def test_by_which_answer_people_were_to_be_chosen_is_forgotten_with_the_plan(
    peopled: Path, tmp_path: Path, ending: str
) -> None:
    """What was asked for on a phone lies sealed until somebody is chosen, and nobody is any more."""
    async with opened(peopled, tmp_path / "x") as office:
        database, now = office.stores.database, office.now[0]
        audience = {"regions": ["US"], SEALED_ANSWER: "00ff"}
        row = {"collection": "demographics", "audience": audience, "paragraphs": {}, "paid": False, "any_hour": False}
        row |= {"planned_by": "Kim", "planned_at": now, "starts_at": now, "ended_at": None, "why": None}
        async with database.write() as connection:
            number = await stored.begin(connection, row, BroadcastState.ASKED)
        async with database.write() as connection:
            if ending == "for good":
                await stored.stop_for_good(connection, "closed", now)
            else:
                await stored.move(
                    connection, number, (BroadcastState.ASKED,), BroadcastState.CANCELLED, ended_at=now, why=ending
                )
        given_up = await office.desk.look(number)
        assert given_up.state is BroadcastState.CANCELLED
        assert given_up.audience == {"regions": ["US"]}


async def test_what_was_sent_off_is_not_given_up_as_a_plan(peopled: Path, tmp_path: Path) -> None:
    async with opened(peopled, tmp_path / "x") as office:
        planned = await office.desk.plan(Order("demographics", "Kim", any_hour=True))
        await office.desk.send(planned.id, "Kim")
        with pytest.raises(Refused, match="is running"):
            await office.desk.discard(planned.id)
        assert office.rows("select count(*) from deliveries") == [(PEOPLE,)]
        assert office.state(planned) == "running"


async def test_people_are_seeded_as_the_journey_leaves_them(peopled: Path, tmp_path: Path) -> None:
    """Each has rows in every table that a submitted contribution has, and opens with the keys of the store."""
    async with opened(peopled, tmp_path / "x") as office:
        for table in ("conversations", "contributions", "consent_records", "contact_permissions", "entitlements"):
            assert office.rows(f"select count(*) from {table}") == [(PEOPLE,)]  # noqa: S608  # a test's own words
        assert office.rows("select count(*) from consent_events") == [(2 * PEOPLE,)]
        assert office.rows("select count(*) from schedule where kind = 'lapse'") == [(PEOPLE,)]
        assert office.rows("select count(*) from contributions where submitted_at is null") == [(0,)]


async def test_a_plan_that_nobody_went_on_with_is_given_up_after_a_day(peopled: Path, tmp_path: Path) -> None:
    """Whoever planned it was cut off: that must not count as an invite."""
    async with opened(peopled, tmp_path / "x") as office:
        planned = await office.desk.plan(Order("demographics", "Kim", any_hour=True))
        office.now[0] = NOON + dt.timedelta(hours=23)
        await office.work(lambda: True)
        assert office.state(planned) == "planned"
        office.now[0] = NOON + dt.timedelta(hours=25)
        await office.work(lambda: office.state(planned) == "cancelled")
        assert office.rows("select count(*) from deliveries") == [(0,)]
