"""Two processes, one person: screens come in the order of steps, whichever process took them."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from support.by_hand import CHAT, ByHand, ScriptedTelegram, by_hand, made_conversation
from support.outages import cut_off_once
from support.running import until

from bot.arrivals import Arrival, Settled
from bot.astray import Astray
from bot.lanes import ALONE, Lanes
from bot.messenger import Sent, TryLater
from bot.presence import TakenForDead
from bot.showing import Showing
from bot.storage import processes
from bot.storage.database import StoreUnavailable
from bot.storage.outbox import OutboxRow
from bot.work import Incoming, Work
from flows.events import TOKEN_BYTES, Command, Commanded, Event, Typed
from flows.screens import Screen

FIRST, SECOND, ANEW = 1, 2, 3
"""Numbers of two processes, and of the first once it was taken over."""


class Slow:
    """One Telegram for both; what one process sends may take its time."""

    def __init__(self, telegram: ScriptedTelegram) -> None:
        self._telegram = telegram
        self.arrives = asyncio.Event()
        self.arrives.set()
        self.shown: list[str] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever else the stand-in does
        return getattr(self._telegram, name)

    async def show(self, chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent:
        """Show a screen when it may arrive."""
        await self.arrives.wait()
        self.shown.append(screen.name)
        return await self._telegram.show(chat_id, card, screen, language, step)


class Process:
    """One of two that serve the same data."""

    def __init__(self, hand: ByHand, number: int, telegram: ScriptedTelegram) -> None:
        self.hand = hand
        self.number = number
        self.slow = Slow(telegram)
        hand.telegram = telegram
        hand.presenter._messenger = self.slow
        hand.outgoing._messenger = self.slow
        hand.presenter._me = hand.outgoing._me = hand.unasked._me = lambda: self.number
        hand.conversation.lanes = lambda: Lanes(self.number, hand.presenter.is_showing)

    async def is_taken_over_by(self, other: Process) -> None:
        """It was not heard of for a while, so that another has what it had in hand; it goes on under a new number."""
        async with other.hand.stores.database.write() as connection:
            await processes.take_over(connection, [self.number], other.hand.now)
        self.number = ANEW


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes on one installation."""
    async with by_hand(tmp_path) as one, beside(one) as other:
        yield Process(one, FIRST, one.telegram), Process(other, SECOND, one.telegram)


@asynccontextmanager
async def beside(hand: ByHand) -> AsyncIterator[ByHand]:
    """Another conversation on the same stores."""
    conversation = made_conversation(hand.stores, hand.shelf, hand.texts, lambda: hand.now)
    other = ByHand(hand.stores, hand.shelf, hand.texts, conversation, hand.stored)
    other._updates = hand._updates
    inbox = asyncio.create_task(conversation.run())
    try:
        yield other
    finally:
        inbox.cancel()
        await asyncio.gather(inbox, return_exceptions=True)


def asks(hand: ByHand) -> Commanded:
    """/help."""
    return Commanded(at=hand.now, token=os.urandom(TOKEN_BYTES), command=Command.HELP)


def arrives(hand: ByHand, event: Event) -> Arrival:
    """An update of it."""
    return Arrival(CHAT, event, next(hand._updates), None)


def standing(hand: ByHand) -> list[tuple[Any, ...]]:
    """Whether a screen is owed, and which process has one under way."""
    return hand.stored.rows("select owed, shown_by from conversations")


def versions(hand: ByHand) -> list[tuple[Any, ...]]:
    """Each chat, and at which version it stands."""
    return hand.stored.rows("select chat, version from conversations")


def in_hand(hand: ByHand) -> set[Any]:
    """Which processes have what is owed in hand."""
    return {holder for (holder,) in hand.stored.rows("select holder from outbox")}


async def with_a_screen_under_way(first: Process) -> asyncio.Task[None]:
    """Somebody has just pressed where they live, and what comes of it does not arrive yet."""
    await first.hand.start()
    first.slow.arrives.clear()
    moving = asyncio.create_task(first.hand.presses("live_in", "US"))
    await until(lambda: standing(first.hand) == [(1, FIRST)])
    return moving


async def test_a_step_that_another_process_takes_meanwhile_is_shown_after_the_one_before(
    both: tuple[Process, Process],
) -> None:
    first, second = both
    moving = await with_a_screen_under_way(first)

    await second.hand.happens(asks(second.hand))
    assert second.slow.shown == [], "the lane is the first one's"
    assert standing(first.hand) == [(1, FIRST)]
    first.slow.arrives.set()
    await moving
    await until(lambda: standing(first.hand) == [(0, None)])
    assert second.slow.shown == []
    assert first.slow.shown[-1] == "help"
    assert first.hand.screen == "help"

    await second.hand.commands(Command.PRIVACY)
    assert second.slow.shown == ["privacy"], "nothing is under way any more, so whoever takes a step shows it"
    assert standing(first.hand) == [(0, None)]


@pytest.mark.parametrize("noted", [(), (77,)], ids=["nothing else is noted", "a message is noted with it"])
async def test_a_screen_that_arrives_while_word_of_the_one_before_is_committed_is_not_owed_for_ever(
    both: tuple[Process, Process], noted: tuple[int, ...]
) -> None:
    """It was under way when the batch began, and is there when it ends: nobody would have looked after it again."""
    first, _second = both
    moving = await with_a_screen_under_way(first)
    ((_, under_way),) = versions(first.hand)
    asking = asyncio.create_task(first.hand.commands(Command.HELP))
    await until(lambda: versions(first.hand)[0][1] > under_way)
    ((chat, newest),) = versions(first.hand)

    is_showing = iter([True])
    lanes = first.hand.conversation.lanes
    first.hand.conversation.lanes = lambda: Lanes(FIRST, lambda _: next(is_showing, False))
    await first.hand.conversation.take([Settled(chat, under_way, shown=True, sent=noted)])
    first.hand.conversation.lanes = lanes
    assert bool(noted) == (versions(first.hand)[0][1] > newest)
    first.slow.arrives.set()
    await moving
    await asking
    await until(lambda: standing(first.hand) == [(0, None)])
    assert first.hand.screen == "help"
    assert first.slow.shown.count("help") <= 1 + len(noted), "what has arrived is not sent once more for nothing"


async def with_own_words_left_behind_a_screen(first: Process, second: Process) -> asyncio.Task[None]:
    """While the first shows a screen, own words come to the second, which leaves it to the first to take them out."""
    await first.hand.to_questions()
    first.slow.arrives.clear()
    asked = asyncio.create_task(first.hand.commands(Command.HELP))
    await until(lambda: standing(first.hand) == [(1, FIRST)])
    await second.hand.types("my own words", message=50)
    return asked


async def test_what_is_owed_beside_a_screen_is_left_with_it_and_sent_once(both: tuple[Process, Process]) -> None:
    """What somebody writes is taken out of the chat, after the screen that says what became of it."""
    first, second = both
    asked = await with_own_words_left_behind_a_screen(first, second)
    assert first.hand.stored.rows("select left_to from outbox where left_to is not null") == [(FIRST,)]
    await second.hand.later(minutes=1)
    assert 50 not in first.hand.telegram.deleted
    first.slow.arrives.set()
    await asked
    await until(lambda: standing(first.hand) == [(0, None)])
    assert first.hand.telegram.deleted.count(50) == 1
    assert first.hand.stored.count("outbox") == 0


async def test_what_is_left_beside_a_screen_goes_with_the_next_step_of_who_shows(both: tuple[Process, Process]) -> None:
    """Also where that one has taken a step of its own before word of the screen under way came to it."""
    first, second = both
    asked = await with_own_words_left_behind_a_screen(first, second)
    again = asyncio.create_task(first.hand.commands(Command.PRIVACY))
    await until(lambda: first.hand.stored.rows("select left_to from outbox where left_to is not null") == [])
    assert 50 not in first.hand.telegram.deleted, "behind the screen that is under way"
    first.slow.arrives.set()
    await asked
    await again
    await until(lambda: standing(first.hand) == [(0, None)])
    assert first.hand.screen == "privacy"
    assert first.hand.telegram.deleted.count(50) == 1
    assert first.hand.stored.count("outbox") == 0


async def test_two_screens_of_which_one_arrives_while_word_of_the_other_is_committed_do_not_go_on_for_ever(
    both: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each note moves the row on, so that the other's word names a version that is no more."""
    first, second = both
    asked = await with_own_words_left_behind_a_screen(first, second)
    again = asyncio.create_task(first.hand.commands(Command.PRIVACY))
    await until(lambda: first.hand.stored.rows("select left_to from outbox where left_to is not null") == [])
    conversation = first.hand.conversation
    commit, words = conversation._commit, 0

    async def commit_once_the_next_has_arrived(arrivals: list[Incoming]) -> list[Showing]:
        nonlocal words
        words += all(isinstance(arrival, Settled) for arrival in arrivals)
        if words == 1:
            first.slow.arrives.set()
            await until(lambda: bool(conversation.words_wait))
        return await commit(arrivals)

    monkeypatch.setattr(conversation, "_commit", commit_once_the_next_has_arrived)
    first.slow.arrives.set()
    first.slow.arrives.clear()  # the one that waits goes, and no more
    async with asyncio.timeout(30):
        await asked
        await again
    assert standing(first.hand) == [(0, None)]
    assert first.slow.shown.count("privacy") == 2, "once more, as nobody can know what the row was moved on by"
    assert first.hand.screen == "privacy"


async def test_a_goodbye_that_cannot_be_sent_is_not_tried_without_end(
    both: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays owed, and the sweep shows it."""
    first, _second = both
    await first.hand.to_questions()
    await first.hand.commands(Command.LEAVE)
    await first.hand.presses("open_leave_all")
    tries = 0

    async def fails(*_: object) -> Sent:
        nonlocal tries
        tries += 1
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(first.slow, "show", fails, raising=False)
    async with asyncio.timeout(20):
        await first.hand.presses("leave_all")
    assert tries == 1
    assert standing(first.hand) == [(1, None)]


async def test_a_process_that_dies_with_a_screen_under_way_has_it_shown_by_another(
    both: tuple[Process, Process],
) -> None:
    first, second = both
    moving = await with_a_screen_under_way(first)
    async with second.hand.stores.database.write() as connection:
        await processes.take_over(connection, [FIRST], second.hand.now)
    assert standing(first.hand) == [(1, None)]
    await second.hand.shows_owed()
    await second.hand.settled()
    assert second.slow.shown == [first.hand.screen]
    assert standing(first.hand) == [(0, None)]
    first.slow.arrives.set()  # it was not dead, only slow: nothing of what it knows is written over
    await moving
    assert standing(first.hand) == [(0, None)]


async def held_while_it_waits_to_try_again(first: Process) -> tuple[asyncio.Event, asyncio.Task[None]]:
    """Somebody has just pressed where they live, and Telegram has asked to wait with what comes of it."""
    waits, goes_on = asyncio.Event(), asyncio.Event()

    async def sleep(_seconds: float, /) -> None:
        waits.set()
        await goes_on.wait()

    first.hand.presenter._sleep = sleep
    await first.hand.start()
    first.hand.telegram.script("show", TryLater(5))
    moving = asyncio.create_task(first.hand.presses("live_in", "US"))
    await waits.wait()
    return goes_on, moving


async def test_a_process_that_was_taken_for_dead_sends_nothing_of_what_it_had_in_hand(
    both: tuple[Process, Process],
) -> None:
    """Its screen is of before: into a chat that has been cleaned since, it would bring back what was taken out."""
    first, second = both
    goes_on, moving = await held_while_it_waits_to_try_again(first)
    await first.is_taken_over_by(second)
    await second.hand.shows_owed()
    await second.hand.commands(Command.LEAVE)
    await second.hand.presses("clean_chat")
    standing_before, calls = versions(first.hand), len(first.hand.telegram.calls)
    goes_on.set()
    await moving
    assert len(first.hand.telegram.calls) == calls
    assert versions(first.hand) == standing_before, "nor does it change anything"
    assert standing(first.hand) == [(0, None)]

    await first.hand.commands(Command.HELP)
    assert first.hand.screen == "help", "under its new number it goes on"
    assert standing(first.hand) == [(0, None)]


async def test_a_process_that_is_not_known_to_be_alive_waits_until_it_is(both: tuple[Process, Process]) -> None:
    """The data were away for a while, and nobody has taken it over."""
    first, _second = both
    goes_on, moving = await held_while_it_waits_to_try_again(first)
    unheard = iter([TakenForDead("not known to be alive")] * 3)

    def me() -> int:
        for failure in unheard:
            raise failure
        return FIRST

    first.hand.presenter._me = me
    goes_on.set()
    await moving
    assert standing(first.hand) == [(0, None)]
    assert len(first.slow.shown) == 3
    assert next(unheard, None) is None


async def test_what_reaches_the_card_after_a_screen_of_another_process_is_put_right(
    both: tuple[Process, Process],
) -> None:
    """Its request was under way already, and Telegram took it after those of the other."""
    first, second = both
    moving = await with_a_screen_under_way(first)
    await first.is_taken_over_by(second)
    await second.hand.commands(Command.HELP)
    assert standing(first.hand) == [(0, None)]
    first.slow.arrives.set()
    await moving
    assert first.slow.shown[-1] == "help"
    assert first.hand.screen == "help"
    assert standing(first.hand) == [(0, None)]


async def test_a_process_that_was_taken_for_dead_sends_no_file(
    both: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that has taken over says that it may be there, and nobody would take it away."""
    first, second = both
    await first.hand.to_questions()
    await first.hand.commands(Command.MY_DATA)
    await first.hand.presses("ask_own_copy")
    await first.hand.presses("send_own_copy")
    begin = first.hand.outgoing._begin

    async def hangs_just_then(row: OutboxRow, kind: str) -> OutboxRow | None:
        begun = await begin(row, kind)
        await first.is_taken_over_by(second)
        return begun

    monkeypatch.setattr(first.hand.outgoing, "_begin", hangs_just_then)
    await first.hand.later(seconds=1)
    assert first.hand.stored.rows("select kind from outbox") == [("copy_begun",)]
    assert not first.hand.telegram.files


async def test_a_screen_that_cannot_be_sent_leaves_no_lane_behind(both: tuple[Process, Process]) -> None:
    first, second = both
    await first.hand.start()
    first.hand.telegram.script("show", RuntimeError("a fault of ours"))
    await first.hand.presses("live_in", "US")
    await until(lambda: standing(first.hand) == [(1, None)])
    await second.hand.commands(Command.HELP)
    assert second.hand.screen == "help"
    assert standing(first.hand) == [(0, None)]


# --- when something goes wrong at the worst moment --------------------------------------------------------------------


def looking(process: Process) -> Astray:
    """What looks for what a process is said to have in hand, and has not."""
    hand = process.hand
    return Astray(
        database=hand.stores.database,
        conversation=hand.conversation,
        is_showing=hand.presenter.is_showing,
        show=hand.unasked.show,
        clock=lambda: hand.now,
    )


async def test_a_step_that_was_committed_though_nobody_heard_of_it_is_shown_within_seconds(
    both: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row says that a screen is under way from the first process, which has none; others leave it to that."""
    first, second = both
    await first.hand.start()
    cut_off_once(first.hand.stores.database, monkeypatch, was_committed=True)
    tap = first.hand.tap("live_in", "US")
    with pytest.raises(StoreUnavailable):
        await first.hand.happens(tap)
    assert standing(first.hand) == [(1, FIRST)]
    await second.hand.commands(Command.HELP)
    assert second.slow.shown == [], "the lane is said to be the first one's"

    looks = looking(first)
    await looks.look()
    assert standing(first.hand) == [(1, FIRST)], "it may merely be on its way"
    await looks.look()
    await first.hand.all_leave()
    assert first.hand.screen == "help"
    assert standing(first.hand) == [(0, None)]


async def test_keys_of_who_left_are_destroyed_though_nobody_heard_of_that_commit(
    both: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = both
    await first.hand.to_questions()
    await first.hand.commands(Command.LEAVE)
    await first.hand.presses("open_take_back")
    cut_off_once(first.hand.stores.database, monkeypatch, was_committed=True)
    with pytest.raises(StoreUnavailable):
        await first.hand.presses("take_back_all")
    assert first.hand.stored.count("key_destructions") > 0
    await first.hand.dues.work()
    assert first.hand.stored.count("key_destructions") == 0


async def test_what_is_owed_by_a_step_that_nobody_heard_of_is_sent_within_seconds(
    both: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Own words are to go from the chat; others leave that to the process that is said to have it in hand."""
    first, second = both
    await first.hand.to_questions()
    cut_off_once(first.hand.stores.database, monkeypatch, was_committed=True)
    words = first.hand.arrival(Typed(at=first.hand.now, token=os.urandom(TOKEN_BYTES), text="my own words", message=50))
    with pytest.raises(StoreUnavailable):
        await first.hand.conversation.take([words])
    assert in_hand(first.hand) == {FIRST}
    await first.hand.conversation.take([words])  # Telegram sends it again
    await first.hand.settled()

    looks = looking(first)
    due: list[dt.datetime] = []
    first.hand.conversation.on_due = due.append
    await looks.look()
    await second.hand.later(seconds=1)
    assert in_hand(first.hand) == {FIRST}, "it may merely be on its way"
    await looks.look()
    assert due, "whoever sends what is owed looks at once"
    await first.hand.later(seconds=1)
    assert first.hand.telegram.deleted.count(50) == 1
    assert first.hand.stored.count("outbox") == 0


async def test_what_waits_behind_a_screen_that_takes_its_time_is_not_taken_for_astray(
    both: tuple[Process, Process],
) -> None:
    first, _second = both
    await first.hand.to_questions()
    first.slow.arrives.clear()
    typed = asyncio.create_task(first.hand.types("my own words", message=50))
    await until(lambda: in_hand(first.hand) == {FIRST})
    looks = looking(first)
    for _ in range(3):
        await looks.look()
        await first.hand.dues.work()
    assert in_hand(first.hand) == {FIRST}
    first.slow.arrives.set()
    await typed
    assert first.hand.telegram.deleted.count(50) == 1


async def test_a_screen_that_takes_its_time_is_not_shown_twice(both: tuple[Process, Process]) -> None:
    first, _second = both
    moving = await with_a_screen_under_way(first)
    looks = looking(first)
    for _ in range(3):
        await looks.look()
        await first.hand.unasked.work()
    first.slow.arrives.set()
    await moving
    await until(lambda: standing(first.hand) == [(0, None)])
    assert len(first.slow.shown) == len(set(first.slow.shown))


async def test_word_of_a_screen_is_kept_by_a_process_that_is_not_known_to_be_alive(
    both: tuple[Process, Process],
) -> None:
    """It could not say so for some seconds, and nobody has taken it over. Nothing else arrives here meanwhile."""
    first, _second = both
    await first.hand.start()
    first.slow.arrives.clear()
    await first.hand.conversation.take([arrives(first.hand, first.hand.tap("live_in", "US"))])
    lanes = first.hand.conversation.lanes

    def unheard() -> Lanes:
        raise TakenForDead("not known to be alive")

    first.hand.conversation.lanes = unheard
    first.slow.arrives.set()
    await until(lambda: not first.hand.presenter.is_showing(versions(first.hand)[0][0]))
    first.hand.conversation.lanes = lanes
    await until(lambda: standing(first.hand) == [(0, None)], seconds=3)


async def test_word_of_a_screen_is_not_overwritten_by_word_of_something_else(both: tuple[Process, Process]) -> None:
    first, _second = both
    moving = await with_a_screen_under_way(first)
    ((chat, version),) = versions(first.hand)
    await first.hand.conversation.take(
        [Settled(chat, version, shown=True), Settled(chat, 0, shown=False, delivered=("no such row",))]
    )
    assert standing(first.hand) == [(0, None)]
    first.slow.arrives.set()
    await moving


async def test_word_of_a_screen_outlasts_a_step_beside_it_that_is_passed_over(
    both: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = both
    moving = await with_a_screen_under_way(first)
    ((chat, version),) = versions(first.hand)
    step = first.hand.conversation._advance

    def advance(work: Work, *rest: Any) -> Work:  # noqa: ANN401  # whatever it is given
        if any(isinstance(each, Arrival) for each in work.arrivals):
            raise RuntimeError("a fault of ours")
        return step(work, *rest)

    monkeypatch.setattr(first.hand.conversation, "_advance", advance)
    bad = arrives(first.hand, asks(first.hand))
    await first.hand.conversation.take([Settled(chat, version, shown=True), bad])
    assert standing(first.hand) == [(0, None)]
    first.slow.arrives.set()
    await moving


async def test_a_screen_that_waits_behind_one_that_cannot_be_sent_is_sent(both: tuple[Process, Process]) -> None:
    """Also where one process serves, and nobody else would look after it."""
    first, _second = both
    first.hand.conversation.lanes = lambda: ALONE
    first.hand.presenter._me = lambda: None
    await first.hand.start()
    first.slow.arrives.clear()
    await first.hand.conversation.take([arrives(first.hand, first.hand.tap("live_in", "US"))])
    await first.hand.conversation.take([arrives(first.hand, asks(first.hand))])
    first.hand.telegram.script("show", RuntimeError("a fault of ours"))
    first.slow.arrives.set()
    await first.hand.settled()
    assert first.hand.screen == "help"
    assert standing(first.hand) == [(0, None)]
