"""What becomes of each delivery, whatever the network does, and whoever stops it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, update
from support.inviting import TRIED
from support.reviewing import said

from bot.broadcasts.desk import Order, Rules
from bot.broadcasts.refusal import Refused
from bot.broadcasts.worker import _LOOKS_AGAIN
from bot.clock import utc_now
from bot.messenger import Delivered, NotTaken, TryLater, Unknown, Unreachable
from bot.pilots import PilotDesk
from bot.reading import read_collections
from bot.stewardship.retention import carry_out
from bot.storage import card_pauses, deliveries
from bot.storage.database import StoreUnavailable
from bot.storage.deliveries import DeliveryState, Ending
from bot.storage.tables import consent_records
from bot.storage.tables import deliveries as rows
from bot.tombstones import Tombstones
from flows.broadcasts import NEVER, Audience, Broadcast, BroadcastState
from flows.collection import Collection
from flows.sign_offs import Verdict

from .conftest import FIRST, NOON, PEOPLE, Office, opened

EVERYBODY = set(range(FIRST, FIRST + PEOPLE))
OF_REAL_PEOPLE = Rules(most=2, days=30, confirm_above=10, one_person=False, nobody_real=False)


async def sent(office: Office, order: Order | None = None) -> Broadcast:
    planned = await office.desk.plan(order or Order("demographics", "Kim", any_hour=True))
    return await office.desk.send(planned.id, "Kim")


async def looked_again(office: Office) -> None:
    """Let the worker work for longer than lies between two looks for something to send."""
    began = office.worker._ticks()
    await office.work(lambda: office.worker._ticks() - began > _LOOKS_AGAIN + 0.1)


async def test_everybody_gets_it_once(office: Office) -> None:
    ended = await office.over(await sent(office))
    assert Counter(office.post.sent) == dict.fromkeys(EVERYBODY, 1)
    assert (ended.state, ended.delivered) == (BroadcastState.DONE, PEOPLE)
    assert ended.ended_at == NOON


async def test_keys_that_cannot_be_read_for_a_moment_leave_nobody_in_hand_for_good(office: Office) -> None:
    """What was taken in hand just then is nobody's: it is let go, and goes again."""
    read, failures = office.stores.keystore.wraps, iter([StoreUnavailable("locked")])

    async def wraps(key_ids: Sequence[bytes], locks: Sequence[str]) -> dict[tuple[bytes, str], bytes]:
        for failure in failures:
            raise failure
        return await read(key_ids, locks)

    office.stores.keystore.wraps = wraps  # type: ignore[method-assign]
    ended = await office.over(await sent(office))
    assert Counter(office.post.sent) == dict.fromkeys(EVERYBODY, 1)
    assert (ended.state, ended.delivered) == (BroadcastState.DONE, PEOPLE)


async def test_a_429_is_waited_out_and_nobody_is_lost(office: Office) -> None:
    told = iter([0.2, 0.1])
    office.post.answer = lambda _chat: (
        TryLater(seconds, told=True) if (seconds := next(told, None)) is not None else Delivered(7)
    )
    ended = await office.over(await sent(office))
    assert (ended.delivered, ended.unknown) == (PEOPLE, 0)
    assert max(Counter(office.post.sent).values()) <= 3


async def test_one_who_was_not_reached_is_tried_again(office: Office) -> None:
    """A refused connection never left."""
    first = [True]

    def answer(_chat: int) -> Delivered | TryLater:
        refused, first[0] = first[0], False
        return TryLater(0.1) if refused else Delivered(7)

    office.post.answer = answer
    ended = await office.over(await sent(office))
    assert (ended.delivered, len(office.post.sent)) == (PEOPLE, PEOPLE + 1)


async def test_what_may_have_arrived_is_unknown_and_not_sent_again(office: Office) -> None:
    """A time-out, a connection that was cut, a 5xx: each may have been passed on."""
    lost = {FIRST, FIRST + 7}
    office.post.answer = lambda chat: Unknown() if chat in lost else Delivered(7)
    ended = await office.over(await sent(office))
    assert (ended.delivered, ended.unknown) == (PEOPLE - 2, 2)
    assert Counter(office.post.sent) == dict.fromkeys(EVERYBODY, 1)


async def test_in_an_outage_few_people_are_risked(office: Office) -> None:
    """After three in a row without an answer one is tried at a time, ever more seldom."""
    office.post.answer = lambda _chat: Unknown()
    broadcast = await sent(office)
    began = office.worker._ticks()
    await office.work(lambda: office.worker._ticks() - began > 2.5)
    risked = len(office.post.sent)
    assert risked <= 24  # the first groups at 1000 a second, then one a second, two, four
    office.post.answer = lambda _chat: Delivered(7)
    await office.work(lambda: office.state(broadcast) == "done", seconds=120)
    ended = await office.desk.look(broadcast.id)
    assert (ended.unknown, ended.delivered) == (risked, PEOPLE - risked)


async def test_who_cannot_be_reached_is_noted(office: Office) -> None:
    office.post.answer = lambda chat: Unreachable() if chat == FIRST else Delivered(7)
    ended = await office.over(await sent(office))
    assert (ended.delivered, ended.unreachable) == (PEOPLE - 1, 1)
    assert [note.unreachable for note in office.noted] == [True]


async def test_what_telegram_does_not_take_is_paused_with_its_words(office: Office) -> None:
    """It would take it for nobody, so nobody is used up on it."""
    office.post.answer = lambda _chat: NotTaken("message is too long")
    broadcast = await sent(office)
    await office.work(lambda: office.state(broadcast) == "paused")
    paused = await office.desk.look(broadcast.id)
    assert (paused.why, paused.to_go) == ("message is too long", PEOPLE)
    office.post.answer = lambda _chat: Delivered(7)
    await office.desk.resume(broadcast.id, "Kim")
    assert (await office.over(broadcast)).delivered == PEOPLE


async def test_a_pause_holds_and_goes_on_without_a_second_copy(office: Office) -> None:
    broadcast = await sent(office)
    await office.desk.pause(broadcast.id, "Kim")
    await looked_again(office)
    assert office.post.sent == []
    await office.desk.resume(broadcast.id, "Kim")
    assert (await office.over(broadcast)).delivered == PEOPLE
    assert Counter(office.post.sent) == dict.fromkeys(EVERYBODY, 1)


async def test_cancelling_ends_everything_that_has_not_left(office: Office) -> None:
    broadcast = await sent(office)
    await office.desk.cancel(broadcast.id, "Kim")
    await office.work(lambda: office.rows("select cancelled from broadcasts")[0][0] == PEOPLE)
    assert office.post.sent == []
    with pytest.raises(Refused, match="is cancelled"):
        await office.desk.resume(broadcast.id, "Kim")


async def test_each_person_only_in_their_regions_waking_hours(office: Office) -> None:
    """Half past four in the afternoon in London is night in India, and early in Honolulu, so the United States wait."""
    office.rows("update contributions set collection = 'elsewhere'")
    office.now[0] = dt.datetime(2026, 11, 26, 16, 30, tzinfo=dt.UTC)
    planned = await office.desk.plan(Order("demographics", "Kim", without_pilot=TRIED))
    broadcast = await office.desk.send(planned.id, "Kim")
    asleep = ("IN", "JP", "US")
    waiting = "select count(*) from deliveries where region is not null"
    left = office.rows(f"{waiting} and region in {asleep}")[0][0]  # a test's own words
    assert 0 < left < PEOPLE
    await office.work(lambda: len(office.post.sent) == PEOPLE - left)
    assert office.rows(waiting) == [(left,)]
    assert office.state(broadcast) == "running"
    office.now[0] = dt.datetime(2026, 11, 26, 19, 0, tzinfo=dt.UTC)
    await office.work(lambda: office.rows(f"{waiting} and region = 'US'") == [(0,)])
    office.now[0] = dt.datetime(2026, 11, 27, 5, 0, tzinfo=dt.UTC)
    assert (await office.over(broadcast)).delivered == PEOPLE


PLACES = "update consent_records set territory = '{}' where territory = '{}'"


async def test_whoever_moved_while_it_was_planned_is_written_to_where_they_live_now(office: Office) -> None:
    """Their delivery was written down after they had: it is looked at again when it is taken in hand."""
    broadcast = await sent(office)
    lives = dict(office.rows("select region, count(*) from deliveries group by region"))
    there = lives["GB"] + lives["IN"]
    office.rows(PLACES.format("IN", "GB"))
    office.rows(HALT, None, "IN")
    await office.work(lambda: len(office.post.sent) >= PEOPLE - there)
    await looked_again(office)
    assert office.rows("select region, count(*) from deliveries where region is not null group by 1") == [("IN", there)]
    assert len(office.post.sent) == PEOPLE - there
    office.rows("delete from halts")
    ended = await office.over(broadcast)
    assert (ended.delivered, Counter(office.post.sent)) == (PEOPLE, dict.fromkeys(EVERYBODY, 1))
    assert office.rows("select count from tallies where what = 'invited' and territory = 'IN'") == [(there,)]


async def test_and_not_at_night(office: Office) -> None:
    """Five in the afternoon in London is night in India."""
    office.rows("update contributions set collection = 'elsewhere'")
    planned = await office.desk.plan(Order("demographics", "Kim", Audience(regions=("GB", "IN")), without_pilot=TRIED))
    broadcast = await office.desk.send(planned.id, "Kim")
    office.rows(PLACES.format("IN", "GB"))
    office.now[0] = dt.datetime(2026, 11, 26, 17, 0, tzinfo=dt.UTC)
    await looked_again(office)
    assert office.post.sent == []
    office.now[0] = dt.datetime(2026, 11, 27, 5, 0, tzinfo=dt.UTC)
    assert (await office.over(broadcast)).delivered == planned.recipients > 0


async def test_what_was_made_ready_for_another_place_does_not_leave(office: Office) -> None:
    """Not even where it was taken in hand anew meanwhile, for where they live now."""
    broadcast, worker = await sent(office), office.worker
    assert await worker._take_in_hand()
    before = Counter(each.region for each in worker._queue)
    left = next(iter(before))
    now_in = next(name for (name,) in office.rows("select distinct region from deliveries") if name != left)
    chats = [each.chat for each in worker._queue if each.region == left]
    office.rows(PLACES.format(now_in, left))
    async with office.stores.database.write() as connection:
        await deliveries.follow(connection, chats, NOON)
    assert office.rows("select count(*) from deliveries where region = ?", left) == [(0,)]
    async with office.stores.database.write() as connection:
        await deliveries.lease(connection, broadcast.id, now_in, PEOPLE, NOON)
    await worker._next_group()
    await asyncio.gather(*worker._tasks)
    assert office.post.sent == []
    ended = await office.over(broadcast)
    assert (ended.delivered, Counter(office.post.sent)) == (PEOPLE, dict.fromkeys(EVERYBODY, 1))
    assert office.rows("select count from tallies where what = 'invited' and territory = ?", left) == []


@pytest.mark.parametrize(("regions", "stands"), [((), ("IN", "pending")), (("US",), (None, "cancelled"))])
async def test_one_that_comes_back_goes_by_where_they_live_now(
    office: Office, regions: tuple[str, ...], stands: tuple[str | None, str]
) -> None:
    """What is just leaving leaves; where Telegram says to wait it is to leave once more, or is not."""
    order = Order("demographics", "Kim", Audience(regions=regions), any_hour=True)
    broadcast, database = await sent(office, order), office.stores.database
    async with database.write() as connection:
        taken = (await deliveries.lease(connection, broadcast.id, "US", 1, NOON))[0]
        beginning = {(broadcast.id, "US"): [taken.position]}
        assert await connection.run_sync(deliveries.settle_and_begin, {}, beginning, NOON, 0)
        found = select(rows.c.region, rows.c.state).where(rows.c.position == taken.position)
        await connection.execute(update(consent_records).values(territory="IN"))
        await deliveries.follow(connection, [taken.chat], NOON)
        endings = {broadcast.id: [Ending(taken.position, DeliveryState.PENDING)]}
        await connection.run_sync(deliveries.settle_and_begin, endings, {}, NOON, 0)
        assert tuple((await connection.execute(found)).one()) == stands


JOINED, BEGAN = "update contributions set collection = 'demographics'", "update contributions set submitted_at = null"
TOOK_BACK = "update contributions set collection = 'elsewhere'"


@pytest.mark.parametrize(
    ("finished", "before", "meanwhile"),
    [(None, TOOK_BACK, JOINED), (False, BEGAN, "update contributions set submitted_at = '2026-11-26 12:00:00.000000'"),
     (True, JOINED, TOOK_BACK), (True, JOINED, BEGAN)],
)  # fmt: skip
async def test_who_stands_otherwise_in_the_collection_by_now_gets_none(
    office: Office, finished: bool | None, before: str, meanwhile: str
) -> None:
    """Who has joined, submitted or taken it back since it was planned; others get theirs."""
    office.rows(before)
    audience = Audience(regions=("GB", "KE"), finished=finished)
    planned = await office.desk.plan(Order("demographics", "Kim", audience, without_pilot=TRIED))
    broadcast = await office.desk.send(planned.id, "Kim")
    in_kenya = [row[0] for row in office.rows("select chat from deliveries where region = 'KE'")]
    assert 0 < len(in_kenya) < planned.recipients
    for chat in in_kenya:
        office.rows(f"{meanwhile} where chat = ?", chat)
    ended = await office.over(broadcast)
    assert (ended.cancelled, ended.delivered) == (len(in_kenya), planned.recipients - len(in_kenya))


async def test_it_begins_at_its_time(office: Office) -> None:
    order = Order("demographics", "Kim", starts_at=NOON + dt.timedelta(hours=1), any_hour=True)
    broadcast = await sent(office, order)
    await looked_again(office)
    assert office.post.sent == []
    office.now[0] = NOON + dt.timedelta(hours=1)
    assert (await office.over(broadcast)).delivered == PEOPLE


async def test_who_was_invited_lately_is_left_alone(office: Office) -> None:
    await office.over(await sent(office))
    never = Order("demographics", "Kim", Audience(last_invited=NEVER), any_hour=True)
    lately = Order("demographics", "Kim", Audience(last_invited=7), any_hour=True)
    assert (await office.desk.plan(never)).recipients == 0
    assert (await office.desk.plan(lately)).recipients == 0
    office.now[0] = NOON + dt.timedelta(days=8)
    assert (await office.desk.plan(lately)).recipients == PEOPLE
    assert (await office.desk.plan(never)).fallen_out == {"invited too recently": PEOPLE}


ONE_A_MONTH = Rules(most=1, days=30, confirm_above=1000, one_person=False, nobody_real=True)


@pytest.mark.parametrize("rules", [ONE_A_MONTH])
async def test_what_is_still_to_be_sent_counts_however_long_ago_it_was_planned(office: Office) -> None:
    """Planned weeks ago for tomorrow: who is to get it has an invite to come."""
    office.rows("update contributions set collection = 'elsewhere'")
    later = NOON + dt.timedelta(days=40)
    first = await sent(office, Order("demographics", "Kim", starts_at=later, without_pilot=TRIED))
    office.now[0] = NOON + dt.timedelta(days=39)
    often = await office.desk.plan(Order("demographics", "Kim", without_pilot=TRIED))
    assert (often.recipients, often.fallen_out) == (0, {"invited as often as one may be": PEOPLE})
    lately = await office.desk.plan(Order("demographics", "Kim", Audience(last_invited=30), any_hour=True))
    assert (lately.recipients, lately.fallen_out) == (0, {"invited too recently": PEOPLE})
    await office.desk.cancel(first.id, "Kim")
    await office.work(lambda: office.rows("select cancelled from broadcasts where id = 1") == [(PEOPLE,)])
    assert (await office.desk.plan(Order("demographics", "Kim", without_pilot=TRIED))).recipients == PEOPLE


@pytest.mark.parametrize("rules", [OF_REAL_PEOPLE])
async def test_a_large_broadcast_waits_for_somebody_else(office: Office) -> None:
    office.rows("update contributions set collection = 'elsewhere'")
    planned = await office.desk.plan(Order("demographics", "Kim", without_pilot=TRIED))
    waiting = await office.desk.send(planned.id, "Kim")
    assert waiting.state is BroadcastState.UNCONFIRMED
    with pytest.raises(Refused, match="somebody else"):
        await office.desk.confirm(planned.id, "kim")
    assert (await office.desk.confirm(planned.id, "Lee")).state is BroadcastState.RUNNING
    assert [row[0] for row in office.rows("select action from audit where actor = 'coordinator' order by id")] == [
        "invites sent off",
        "invites confirmed",
    ]


def more_were_measured(office: Office, minutes: int) -> None:
    """Thirty people in Kenya needed so long."""
    office.rows("delete from tallies where what like 'minutes:%'")
    office.rows("insert into tallies values ('demographics', 'KE', ?, 30)", f"minutes:{minutes}")


async def test_what_was_planned_is_not_sent_off_once_pay_is_below_the_floor(office: Office) -> None:
    """More people have been measured since, or pay is another."""
    office.rows("update contributions set collection = 'elsewhere'")
    planned = await office.desk.plan(Order("demographics", "Kim", Audience(regions=("KE",)), without_pilot=TRIED))
    more_were_measured(office, 60)
    with pytest.raises(Refused, match="KE: half of those who took part needed 60 minutes or less"):
        await office.desk.send(planned.id, "Kim")
    assert office.state(planned) == "planned"
    more_were_measured(office, 1)
    await office.desk.send(planned.id, "Kim")
    await office.desk.pause(planned.id, "Kim")
    more_were_measured(office, 60)
    with pytest.raises(Refused, match="below the floor"):
        await office.desk.resume(planned.id, "Kim")


async def test_a_broadcast_that_is_on_its_way_stands_still_once_pay_is_below_the_floor(office: Office) -> None:
    office.rows("update contributions set collection = 'elsewhere'")
    planned = await office.desk.plan(Order("demographics", "Kim", Audience(regions=("KE",)), without_pilot=TRIED))
    broadcast = await office.desk.send(planned.id, "Kim")
    more_were_measured(office, 60)
    await office.work(lambda: office.state(broadcast) == "paused")
    assert office.post.sent == []
    assert "is below the floor" in str((await office.desk.look(broadcast.id)).why)
    more_were_measured(office, 1)
    await office.desk.resume(broadcast.id, "Kim")
    assert (await office.over(broadcast)).delivered == len(office.post.sent) > 0


async def test_a_pilots_invites_end_with_it_where_it_is_broken_off(office: Office) -> None:
    """From then on everybody can begin, and nobody has seen how it went. One for which a reason was given goes on."""
    office.rows("update contributions set collection = 'elsewhere'")
    shelf, database = office.worker._shelf, office.stores.database
    pilots = PilotDesk(database=database, shelf=shelf, clock=lambda: office.now[0])
    before = await sent(office, Order("demographics", "Kim", Audience(regions=("DE",)), without_pilot=TRIED))
    await pilots.begin("demographics", 10, (), "Kim")
    own = await sent(office, Order("demographics", "Kim"))
    paused = await sent(office, Order("demographics", "Kim"))
    planned = await office.desk.plan(Order("demographics", "Kim"))
    await office.desk.pause(paused.id, "Kim")
    assert not (await pilots.end("demographics", "Kim")).is_finished
    for each in (own, paused, planned):
        ended = await office.desk.look(each.id)
        assert (ended.state, ended.why) == (BroadcastState.CANCELLED, "the pilot was broken off")
    await office.work(lambda: office.rows("select sum(cancelled) from broadcasts") == [(30,)])
    assert len(office.post.sent) == before.recipients == (await office.desk.look(before.id)).delivered


async def test_a_pilots_invites_do_not_go_on_once_another_one_is_needed(office: Office) -> None:
    """Where an earlier surveybot left them standing."""
    office.rows("update contributions set collection = 'elsewhere'")
    pilots = PilotDesk(database=office.stores.database, shelf=office.worker._shelf, clock=lambda: office.now[0])
    await pilots.begin("demographics", 10, (), "Kim")
    paused = await sent(office, Order("demographics", "Kim"))
    await pilots.end("demographics", "Kim")
    office.rows("update broadcasts set state = 'paused', ended_at = null")
    with pytest.raises(Refused, match="was broken off before it was full"):
        await office.desk.resume(paused.id, "Kim")
    assert office.state(paused) == "paused"


@pytest.mark.parametrize("rules", [OF_REAL_PEOPLE])
async def test_any_hour_is_for_stand_ins_alone(office: Office) -> None:
    with pytest.raises(Refused, match="on this machine"):
        await office.desk.plan(Order("demographics", "Kim", any_hour=True))


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (Order("nothing", "Kim"), "there is no collection"),
        (Order("demographics", "Kim", Audience(regions=("FR",))), "has no region"),
        (Order("demographics", "Kim", Audience(languages=("it",))), "does not speak"),
        (Order("demographics", "Kim", Audience(last_invited="soon")), "in days, or never"),
        (Order("demographics", "Kim", paragraphs={"en": "Hello"}), "missing in ar, es, de"),
        (Order("demographics", "Kim", Audience(languages=("en",)), {"en": "x" * 1001}), "1000 are the most"),
    ],
)
async def test_an_order_that_cannot_be_carried_out_says_why(office: Office, order: Order, words: str) -> None:
    with pytest.raises(Refused, match=words):
        await office.desk.plan(order)
    assert await office.desk.every() == []


HALT = "insert into halts values ('h1', ?, ?, '2026-11-26 12:00:00', 'm1', 'owner', '[]')"


@pytest.mark.parametrize("scope", [(None, None), ("demographics", None), (None, "*")])
async def test_where_something_is_halted_nobody_is_invited_until_it_is_reopened(
    office: Office, scope: tuple[str | None, str | None]
) -> None:
    """Halted by another process after the broadcast was sent off: who lives elsewhere gets theirs."""
    broadcast = await sent(office)
    lives = dict(office.rows("select region, count(*) from deliveries group by region"))
    collection, everywhere = scope
    territory = min(lives) if everywhere else None
    office.rows(HALT, collection, territory)
    elsewhere = PEOPLE - lives[territory] if territory else 0
    began = office.worker._ticks()
    await office.work(lambda: len(office.post.sent) >= elsewhere and office.worker._ticks() - began > 0.5)
    assert len(office.post.sent) == elsewhere
    left = "select count(*) from deliveries where state = 'delivered' and region = ?"
    assert office.rows(left, territory or "US") == [(0,)]
    office.rows("delete from halts")
    assert (await office.over(broadcast)).delivered == PEOPLE
    assert Counter(office.post.sent) == dict.fromkeys(EVERYBODY, 1)


async def test_a_halt_reaches_what_is_in_hand_already(office: Office) -> None:
    """Leased and opened is not sent: the commit that lets others leave looks at halts once more."""
    broadcast = await sent(office)
    halted = [False]

    async def halt_once() -> None:
        if not halted[0]:
            halted[0] = True
            await asyncio.to_thread(office.rows, HALT, None, None)

    office.post.meanwhile = halt_once
    began = office.worker._ticks()
    await office.work(lambda: bool(office.post.sent) and office.worker._ticks() - began > 0.5)
    assert len(office.post.sent) < PEOPLE, "some were in hand when it was halted"
    office.rows("delete from halts")
    assert (await office.over(broadcast)).delivered == PEOPLE
    assert Counter(office.post.sent) == dict.fromkeys(EVERYBODY, 1)


async def test_a_refusal_between_two_looks_reaches_what_is_in_hand_already(peopled: Path, tmp_path: Path) -> None:
    """What was opened before it is not sent, though the worker has learned of it since; nor is it lost."""
    async with opened(peopled, tmp_path / "office", reviewed=True) as office:
        await said(office.settings, at=NOON)
        broadcast, worker = await sent(office), office.worker
        assert await worker._take_in_hand()
        await said(office.settings, at=NOON, verdict=Verdict.REFUSED, words="no")
        await worker._lease_of(await office.desk.look(broadcast.id))
        await worker._next_group()
        await asyncio.gather(*worker._tasks)
        assert office.post.sent == []
        await said(office.settings, at=NOON)
        assert (await office.over(broadcast)).delivered == PEOPLE
        assert Counter(office.post.sent) == dict.fromkeys(EVERYBODY, 1)


async def test_a_yes_to_invites_whose_time_is_over_reaches_what_is_in_hand_already(office: Office) -> None:
    """Nobody takes it back just then but the day's retention."""
    broadcast, worker = await sent(office), office.worker
    assert await worker._take_in_hand()
    assert office.rows("select count(*) from deliveries where state = 'leased'") != [(0,)]
    kept = [invites_kept_for(each, "P30D") for each in read_collections(office.settings)]
    later = utc_now() + dt.timedelta(days=60)
    await carry_out(office.archive, Tombstones(office.settings.tombstones), kept, lambda: later, actor="bot")
    ended = await office.over(broadcast)
    assert (office.post.sent, ended.cancelled) == ([], PEOPLE)


def invites_kept_for(collection: Collection, time: str) -> Collection:
    """The collection, where a yes to invites ends before the rest."""
    purposes = [
        each.model_copy(update={"kept": time} if each.uses == "contact" else {}) for each in collection.purposes
    ]
    return collection.model_copy(update={"purposes": tuple(purposes)})


async def test_invites_that_arrived_are_counted_by_where_they_arrived(office: Office) -> None:
    """Once a message that Telegram took: nothing of an invite that was unreachable, and of nobody in particular."""
    office.post.answer = lambda chat: Unreachable() if chat % 4 == 0 else Delivered(7)
    regions = Counter(row[0] for row in office.rows("select territory from consent_records"))
    broadcast = await office.over(await sent(office))
    arrived = dict(office.rows("select territory, count from tallies where what = 'invited'"))
    assert sum(arrived.values()) == broadcast.delivered > 0
    assert all(count <= regions[territory] for territory, count in arrived.items())


async def test_invites_of_a_language_in_which_a_card_is_not_understood_are_held_until_that_is_lifted(
    office: Office,
) -> None:
    """Whoever reads another one gets theirs, and nobody gets two."""
    office.rows(
        "insert into card_pauses (collection, language, card, version, off, answers, at) values (?, ?, 2, 1, 9, 20, ?)",
        "demographics", "en", NOON.isoformat(" "),
    )  # fmt: skip
    broadcast = await sent(office)
    waiting = "select count(*) from deliveries where state in ('pending', 'leased', 'sending')"
    await office.work(lambda: office.rows(waiting) == [(0,)])
    held = office.rows("select count(*) from deliveries where state = 'held'")[0][0]
    assert 0 < held < PEOPLE
    assert len(office.post.sent) == PEOPLE - held
    assert office.state(broadcast) == "running"
    async with office.stores.database.write() as connection:
        assert await card_pauses.lift(connection, "demographics", "en")
    ended = await office.over(broadcast)
    assert (ended.delivered, Counter(office.post.sent)) == (PEOPLE, dict.fromkeys(EVERYBODY, 1))
