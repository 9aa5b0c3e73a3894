"""The team over time and trouble: links and codes that end, visits that close, updates that come twice, kills."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.by_hand import CHAT, ByHand, by_hand

from bot.arrivals import Arrival
from bot.storage.database import StoreUnavailable
from flows.events import TOKEN_BYTES, Command, Commanded, Event, Opened, RehearsalAsked, Typed
from flows.team.deciding import secret_in
from flows.team.events import TeamAsked, TeamCommand, TeamLinkOpened

OWNER, CARLA = 5_000_001, 5_000_002


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path, owners=(OWNER,)) as opened:
        yield opened


def asks(hand: ByHand, command: str = "team", argument: str = "") -> Event:
    """A command of the team's."""
    token = os.urandom(TOKEN_BYTES)
    return TeamAsked(at=hand.now, token=token, language_code="en", command=TeamCommand(command), argument=argument)


def opens(hand: ByHand, secret: str) -> Event:
    """A link of the team's."""
    return TeamLinkOpened(at=hand.now, token=os.urandom(TOKEN_BYTES), language_code="en", secret=secret)


def types(hand: ByHand, text: str) -> Event:
    return Typed(at=hand.now, token=os.urandom(TOKEN_BYTES), text=text, message=70)


def screen_of(hand: ByHand, chat_id: int) -> str:
    return hand.telegram.cards[chat_id].screen.name


async def link(hand: ByHand, role: str = "coordinator") -> str:
    """An owner makes a link; the secret in it."""
    await hand.happens(asks(hand), OWNER)
    await hand.presses("invite", chat_id=OWNER)
    await hand.presses("role", role, chat_id=OWNER)
    if role == "coordinator":
        await hand.presses("done", chat_id=OWNER)
    blocks = hand.telegram.cards[OWNER].screen.blocks
    address = next(v.text for b in blocks for v in getattr(b.words, "values", {}).values() if "?start=" in str(v))
    await hand.presses("back", chat_id=OWNER)
    await hand.presses("close", chat_id=OWNER)
    return str(address).partition("?start=team-")[2]


async def coordinator(hand: ByHand) -> None:
    """Carla is one, in effect."""
    await hand.happens(opens(hand, await link(hand)), CARLA)
    await hand.presses("accept", chat_id=CARLA)
    await hand.happens(types(hand, "Carla"), CARLA)
    await hand.happens(asks(hand), OWNER)
    await hand.presses("see", chat_id=OWNER)
    await hand.presses("training", chat_id=OWNER)
    await hand.happens(types(hand, f"{hand.now.date()} How to invite"), OWNER)
    await hand.presses("back", chat_id=OWNER)
    await hand.presses("close", chat_id=OWNER)
    await hand.presses("close", chat_id=CARLA)


async def test_a_link_is_good_for_48_hours(hand: ByHand) -> None:
    first, second = await link(hand, "reviewer"), await link(hand, "reviewer")
    await hand.later(hours=47, minutes=59)
    await hand.happens(opens(hand, first), CARLA)
    assert screen_of(hand, CARLA) == "team-name"
    await hand.later(minutes=2)
    await hand.happens(opens(hand, second), CHAT)
    assert screen_of(hand, CHAT) == "place", "as a plain /start"
    await hand.later(days=5)
    assert hand.stored.count("team_links") == 0, "what expired is swept"


async def test_the_code_is_asked_for_again_after_twelve_months(hand: ByHand) -> None:
    await coordinator(hand)
    await hand.later(days=364)
    await hand.happens(asks(hand, "halt"), CARLA)
    assert screen_of(hand, CARLA) == "team-halts"
    await hand.later(days=2)
    for command in ("halt", "team"):
        await hand.happens(asks(hand, command, "EG"), CARLA)
        assert screen_of(hand, CARLA) == "team"
        assert "halts" not in {choice.verb for choice in hand.telegram.cards[CARLA].screen.choices}
    assert hand.stored.count("halts") == 0
    await hand.happens(RehearsalAsked(at=hand.now, token=os.urandom(TOKEN_BYTES), language_code="en"), CARLA)
    assert screen_of(hand, CARLA) == "team"
    await hand.presses("code", chat_id=CARLA)
    await hand.presses("accept", chat_id=CARLA)
    await hand.happens(asks(hand, "halt", "EG"), CARLA)
    assert hand.stored.rows("select territory from halts") == [("EG",)]


async def test_a_right_that_lapses_on_an_open_page_ends_what_is_pressed_there(hand: ByHand) -> None:
    await coordinator(hand)
    await hand.later(days=364, hours=23, minutes=30)
    await hand.happens(asks(hand, "halt"), CARLA)
    await hand.presses("halt", chat_id=CARLA)
    await hand.presses("region", "EG", chat_id=CARLA)
    hand.now += dt.timedelta(minutes=45)
    await hand.presses("halt", chat_id=CARLA)
    assert hand.stored.count("halts") == 0
    assert screen_of(hand, CARLA) == "team"


async def test_an_hour_of_silence_closes_a_visit_and_nothing_is_left_of_the_chat(hand: ByHand) -> None:
    await hand.happens(asks(hand), OWNER)
    await hand.later(minutes=59)
    await hand.presses("halts", chat_id=OWNER)
    await hand.later(minutes=59)
    assert screen_of(hand, OWNER) == "team-halts"
    await hand.later(minutes=2)
    assert screen_of(hand, OWNER) == "team-over"
    assert hand.stored.is_empty_of_people()
    assert hand.stored.rows("select kind from schedule") == [("sweep",)]


async def test_after_an_hour_of_silence_a_contributor_has_their_own_screen_back(hand: ByHand) -> None:
    secret = await link(hand, "reviewer")
    await hand.to_questions()
    own = hand.stored.rows("select * from contributions")
    await hand.happens(opens(hand, secret))
    await hand.happens(types(hand, "Rita"))
    assert hand.screen == "team"
    await hand.later(minutes=61)
    assert hand.screen == "question-age"
    assert hand.stored.rows("select * from contributions") == own


async def test_what_comes_due_for_a_contributor_comes_due_beneath_a_visit(hand: ByHand) -> None:
    secret = await link(hand, "reviewer")
    await hand.to_decision()
    await hand.later(hours=47)
    await hand.happens(opens(hand, secret))
    await hand.later(minutes=50)
    await hand.happens(asks(hand))
    await hand.later(hours=25)
    assert hand.stored.count("contributions") == 0
    assert hand.stored.count("rights") == 1


async def test_an_update_that_comes_twice_grants_once(hand: ByHand) -> None:
    opened = opens(hand, await link(hand, "steward"))
    arrival = Arrival(CARLA, opened, 9_000, message=71)
    await hand.conversation.take([arrival, arrival])
    await hand.conversation.take([arrival])
    await hand.settled()
    assert hand.stored.count("rights") == 1
    assert hand.stored.rows("select count(*) from audit where action = 'right granted'") == [(1,)]


async def test_two_who_arrive_in_one_batch_do_not_both_have_the_right(hand: ByHand) -> None:
    secret = await link(hand, "steward")
    await hand.conversation.take(
        [Arrival(CARLA, opens(hand, secret), 9_001), Arrival(CHAT, opens(hand, secret), 9_002)]
    )
    await hand.settled()
    assert hand.stored.count("rights") == 1
    assert sorted([screen_of(hand, CARLA), screen_of(hand, CHAT)]) == ["place", "team-name"]


async def test_a_kill_before_the_commit_grants_nothing_and_the_link_is_still_good(
    hand: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is in the key store already; without its right it is an orphan, and swept."""
    secret = await link(hand, "steward")
    opened = opens(hand, secret)

    async def killed(*_: object) -> None:
        raise StoreUnavailable("killed")

    monkeypatch.setattr("bot.writing.write_desk", killed)
    with pytest.raises(StoreUnavailable):
        await hand.conversation.take([Arrival(CARLA, opened, 9_003)])
    monkeypatch.undo()
    assert hand.stored.count("rights") == 0
    assert hand.stored.count("team_links") == 1
    await hand.conversation.take([Arrival(CARLA, opened, 9_003)])
    await hand.settled()
    assert hand.stored.count("rights") == 1
    await hand.later(days=5)
    rights = {row[0] for row in hand.stored.rows("select key_id from rights")}
    chats = {row[0] for row in hand.stored.rows("select key_id from conversations")}
    assert {key_id for key_id, _, _ in hand.stored.wraps()} == rights | chats
    assert len(rights) == 1, "a right's own key is no orphan"


async def test_a_right_whose_key_is_gone_reads_as_revoked(hand: ByHand) -> None:
    await coordinator(hand)
    [(key_id,)] = hand.stored.rows("select key_id from rights")
    await hand.stores.keystore.destroy([(key_id, None)])
    await hand.happens(asks(hand, "halt", "EG"), CARLA)
    assert screen_of(hand, CARLA) == "place", "as anybody's first word"
    assert hand.stored.count("halts") == 0


async def test_a_rehearsal_ends_with_the_right_to_it(hand: ByHand) -> None:
    await coordinator(hand)
    await hand.happens(RehearsalAsked(at=hand.now, token=os.urandom(TOKEN_BYTES), language_code="en"), CARLA)
    assert screen_of(hand, CARLA) == "rehearsal-regions"
    await hand.happens(asks(hand), OWNER)
    await hand.presses("see", chat_id=OWNER)
    await hand.presses("revoke", chat_id=OWNER)
    await hand.presses("revoke", chat_id=OWNER)
    await hand.happens(types(hand, "hello"), CARLA)
    assert screen_of(hand, CARLA) == "place"


async def test_leaving_works_from_a_visit(hand: ByHand) -> None:
    secret = await link(hand, "reviewer")
    await hand.to_questions()
    await hand.happens(opens(hand, secret))
    await hand.happens(Commanded(at=hand.now, token=os.urandom(TOKEN_BYTES), command=Command.LEAVE))
    assert hand.screen == "leave"
    await hand.presses("open_take_back")
    await hand.presses("take_back_all")
    assert hand.stored.count("contributions") == 0
    await hand.happens(asks(hand))
    assert hand.screen == "team"


async def test_a_link_and_a_start_in_one_batch_leave_the_right_and_show_the_start(hand: ByHand) -> None:
    secret = await link(hand, "reviewer")
    plain = Opened(at=hand.now, token=os.urandom(TOKEN_BYTES), language_code="en")
    await hand.conversation.take([Arrival(CARLA, opens(hand, secret), 9_004), Arrival(CARLA, plain, 9_005)])
    await hand.settled()
    assert hand.stored.count("rights") == 1
    assert screen_of(hand, CARLA) == "place"


def test_what_stands_in_a_link_is_long_and_fits_telegram() -> None:
    secrets = {secret_in(os.urandom(TOKEN_BYTES)) for _ in range(50)}
    assert len(secrets) == 50
    assert {len(f"team-{secret}") for secret in secrets} == {37}
