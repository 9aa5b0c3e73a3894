"""A pilot takes as many as it is for, kindly sends the next one away, and shows how it went."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from support.by_hand import CHAT, ByHand, by_hand

from bot.broadcasts.refusal import Refused
from bot.pilots import PilotDesk

PEOPLE = 10
FULL = "This one is full just now. Thank you for coming."


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path) as running:
        yield running


@pytest.fixture
def desk(hand: ByHand) -> PilotDesk:
    """The desk of the command line."""
    return PilotDesk(database=hand.stores.database, shelf=hand.shelf, clock=lambda: hand.now)


def reads(hand: ByHand, chat_id: int) -> str:
    return hand.texts.screen(hand.telegram.cards[chat_id].screen, "en")


async def full_but(hand: ByHand, left: int) -> None:
    """As many agree as leave so many places."""
    for number in range(PEOPLE - left):
        await hand.to_questions(CHAT + number)


async def test_the_next_one_reads_that_it_is_full_and_nothing_of_them_is_kept(hand: ByHand, desk: PilotDesk) -> None:
    await desk.begin("demographics", PEOPLE, (), "Kim")
    await hand.to_decision(CHAT + 50)
    await full_but(hand, 0)
    await hand.presses("agree", chat_id=CHAT + 50)
    assert FULL in reads(hand, CHAT + 50)
    assert hand.stored.count("consent_records") == PEOPLE
    assert hand.stored.count("contributions") == PEOPLE
    await hand.start(CHAT + 51)
    assert FULL in reads(hand, CHAT + 51)
    assert hand.stored.count("contributions") == PEOPLE
    await hand.later(hours=73)
    assert hand.stored.count("conversations") == PEOPLE


async def test_of_those_who_agree_at_once_as_many_are_taken_as_there_are_places(hand: ByHand, desk: PilotDesk) -> None:
    await desk.begin("demographics", PEOPLE, (), "Kim")
    await full_but(hand, 2)
    late = [CHAT + 50, CHAT + 51, CHAT + 52]
    for chat_id in late:
        await hand.to_decision(chat_id)
    await asyncio.gather(*(hand.presses("agree", chat_id=chat_id) for chat_id in late))
    assert hand.stored.count("consent_records") == PEOPLE
    assert sum(FULL in reads(hand, chat_id) for chat_id in late) == 1


async def test_whoever_has_agreed_goes_on_and_who_leaves_makes_no_room(hand: ByHand, desk: PilotDesk) -> None:
    await desk.begin("demographics", PEOPLE, (), "Kim")
    await full_but(hand, 0)
    await hand.leaves(CHAT + 3)
    await hand.start(CHAT + 50)
    assert FULL in reads(hand, CHAT + 50)
    await hand.start(CHAT)
    assert hand.screen.startswith("question-")


async def test_nobody_new_begins_elsewhere_until_it_is_ended(hand: ByHand, desk: PilotDesk) -> None:
    await desk.begin("demographics", PEOPLE, ("KE",), "Kim")
    await hand.start()
    assert [c.value for c in hand.telegram.cards[CHAT].screen.choices if c.verb == "live_in"] == ["KE"]
    ended = await desk.end("demographics", "Lee")
    assert not ended.is_finished
    await hand.start(CHAT + 1)
    assert "US" in {c.value for c in hand.telegram.cards[CHAT + 1].screen.choices}


async def test_it_shows_minutes_pay_and_where_people_stop(hand: ByHand, desk: PilotDesk) -> None:
    await desk.begin("demographics", PEOPLE, ("US",), "Kim")
    for number in range(PEOPLE):
        chat_id = CHAT + number
        await hand.to_review(chat_id)
        hand.now += dt.timedelta(minutes=4, seconds=30)
        await hand.presses("submit", chat_id=chat_id)
    _, found = await desk.report("demographics")
    assert found.agreed == PEOPLE
    assert set(found.stopped.values()) == {None}, "that nobody stopped is a count under ten, too"
    assert found.minutes is not None
    assert found.minutes.median == 5
    assert [each.territory for each in found.pay] == ["US"]
    ended = await desk.end("demographics", "Kim")
    assert ended.is_finished
    told = [orjson.loads(row[0]) for row in hand.stored.rows("select detail from audit where action like 'pilot%'")]
    assert told == [{"pilot": 1, "people": PEOPLE, "by": "Kim"}, {"pilot": 1, "by": "Kim", "finished": True}]


async def test_what_cannot_be_a_pilot_is_refused_with_the_remedy(hand: ByHand, desk: PilotDesk) -> None:  # noqa: ARG001  # serves
    for name, people, regions, words in (
        ("nothing", 30, (), "there is no collection"),
        ("demographics", 9, (), "a pilot is for 10 to"),
        ("demographics", 30, ("FR",), "has no region"),
    ):
        with pytest.raises(Refused, match=words):
            await desk.begin(name, people, regions, "Kim")
    with pytest.raises(Refused, match="surveybot pilot begin demographics 30"):
        await desk.report("demographics")
    await desk.begin("demographics", 30, (), "Kim")
    with pytest.raises(Refused, match="goes on already"):
        await desk.begin("demographics", 30, (), "Kim")
