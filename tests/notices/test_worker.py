"""Everybody whom a notice concerns is told once, whatever the stores do meanwhile, and no notice holds up another."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from broadcasts.conftest import FIRST, NOON, PEOPLE, Office, office, peopled, rules
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs
from support.running import until

from bot.broadcasts.rate import Pace
from bot.broadcasts.worker import window_of
from bot.notices.desk import send
from bot.notices.wording import PARTS
from bot.notices.worker import NoticeWorker
from bot.storage import notices, processes
from bot.storage.database import StoreUnavailable
from bot.storage.notices import Concerned, NoticeState

__all__ = ["office", "peopled", "rules"]

EVERYBODY = range(FIRST, FIRST + PEOPLE)
RATE = 1000.0
TOGETHER = window_of(RATE)
ME, ANOTHER = 4, 7


@dataclass
class House:
    """A worker on real stores, which can go away and come back."""

    office: Office
    worker: NoticeWorker
    ticks: list[float]
    away: set[str] = field(default_factory=set)
    """Which stores cannot be used just now: `data`, `keys`."""
    refused: int = 0
    """How often one of them was asked for in vain."""

    @property
    def told(self) -> Counter[int]:
        """How many messages each was sent."""
        return Counter(self.office.post.sent)

    async def planned(self) -> int:
        """A notice to everybody."""
        parts = dict.fromkeys(PARTS, "words")
        return await send(
            self.office.archive, Concerned(), {"en": parts}, by="Ada", reason="a lost disk", clock=lambda: NOON
        )

    async def look(self) -> bool:
        """One look, two seconds after the one before. Raises StoreUnavailable."""
        self.ticks[0] += 2
        return await self.worker.work()

    async def looks(self, count: int) -> None:
        """So many, whatever becomes of them."""
        for _ in range(count):
            with suppress(StoreUnavailable):
                await self.look()

    def states(self, notice: int) -> dict[str, int]:
        query = "select state, count(*) from notice_deliveries where notice = ? group by state"
        return dict(self.office.rows(query, notice))

    def has_ended(self, notice: int) -> bool:
        return bool(self.office.rows("select 1 from notices where id = ? and ended_at is not null", notice))

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self.office.stores.database.write_beside()

    def refuse(self, store: str) -> None:
        if store in self.away:
            self.refused += 1
            raise StoreUnavailable(store)


@pytest.fixture
def house(office: Office, monkeypatch: pytest.MonkeyPatch) -> House:
    stores, ticks = office.stores, [0.0]
    worker = NoticeWorker(
        database=stores.database, keystore=stores.keystore, vault=stores.vault, messenger=office.post,
        note=lambda _settled: None, pace=Pace(RATE, 0.0), clock=lambda: NOON, ticks=lambda: ticks[0], me=lambda: ME,
    )  # fmt: skip
    made = House(office, worker, ticks)

    def away(store: str, use: Callable[..., Any]) -> Callable[..., Any]:
        def used(*args: object) -> object:
            made.refuse(store)
            return use(*args)

        return used

    for name in ("look", "write_beside"):
        monkeypatch.setattr(stores.database, name, away("data", getattr(stores.database, name)))
    monkeypatch.setattr(stores.keystore, "wraps", away("keys", stores.keystore.wraps))
    return made


async def test_the_order_in_which_people_are_told_leads_to_nobody_s_chat(house: House) -> None:
    """Whoever is forgotten stands between two others: by hash, those would say between which two theirs was."""
    await house.planned()
    chats = house.office.rows("select chat from notice_deliveries order by position")
    assert len(chats) == PEOPLE
    assert chats != sorted(chats)


async def test_keys_that_cannot_be_read_for_a_while_keep_nobody_from_being_told(house: House) -> None:
    """Nothing says meanwhile that it is leaving: a kill would make of it what may have arrived."""
    first, second = await house.planned(), await house.planned()
    house.away.add("keys")
    for _ in range(6):
        with pytest.raises(StoreUnavailable):
            await house.look()
        assert house.states(first) == {"pending": PEOPLE}
    assert house.told == {}
    house.away.clear()
    await house.looks(10)
    assert house.told == dict.fromkeys(EVERYBODY, 2)
    for notice in (first, second):
        assert (house.states(notice), house.has_ended(notice)) == ({"delivered": PEOPLE}, True)


async def test_a_store_that_is_away_is_asked_no_oftener_than_for_something_to_do(house: House) -> None:
    waits = house.worker._pause(busy=await house.worker._look())
    await house.planned()
    house.ticks[0] += 2
    for store in ("keys", "data"):
        house.away = {store}
        assert house.worker._pause(busy=await house.worker._look()) == waits
    assert house.refused == 2


@asynccontextmanager
async def cut_off(house: House, patch: pytest.MonkeyPatch, which: int, *, carried_out: bool) -> AsyncIterator[None]:
    """One of the worker's next writes breaks down, or its answer is lost."""
    calls, write = iter(range(1, 1_000)), house.office.stores.database.write_beside

    @asynccontextmanager
    async def cut() -> AsyncIterator[AsyncConnection]:
        fails = next(calls) == which
        async with write() as connection:
            yield connection
            if fails and not carried_out:
                raise StoreUnavailable("locked")
        if fails:
            raise StoreUnavailable("hung up")

    with patch.context() as patched:
        patched.setattr(house.office.stores.database, "write_beside", cut)
        yield


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("which", range(1, 7))
async def test_a_write_that_fails_or_whose_answer_is_lost_costs_nobody_their_notice(
    house: House, monkeypatch: pytest.MonkeyPatch, which: int, *, carried_out: bool
) -> None:
    notice = await house.planned()
    async with cut_off(house, monkeypatch, which, carried_out=carried_out):
        await house.looks(10)
    assert house.told == dict.fromkeys(EVERYBODY, 1)
    assert (house.states(notice), house.has_ended(notice)) == ({"delivered": PEOPLE}, True)


async def test_who_only_seems_to_be_told_is_told_next_and_not_after_everybody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.planned()
    async with cut_off(house, monkeypatch, 1, carried_out=True):
        await house.looks(2)
    told = house.office.rows("select position from notice_deliveries where state = 'delivered' order by position")
    assert told == [(each,) for each in range(TOGETHER)]


async def test_while_neither_store_can_be_used_nobody_is_told_and_nothing_is_forgotten(house: House) -> None:
    """They go away while the first few are being told."""
    notice = await house.planned()

    async def go_away() -> None:
        house.away |= {"data", "keys"}

    house.office.post.meanwhile = go_away
    for _ in range(5):
        with pytest.raises(StoreUnavailable):
            await house.look()
        assert len(house.told) == TOGETHER
        assert house.states(notice) == {"sending": TOGETHER, "pending": PEOPLE - TOGETHER}
    house.office.post.meanwhile = lambda: asyncio.sleep(0)
    house.away = {"keys"}
    await house.looks(2)
    assert house.states(notice) == {"delivered": TOGETHER, "pending": PEOPLE - TOGETHER}
    house.away.clear()
    await house.looks(10)
    assert house.told == dict.fromkeys(EVERYBODY, 1)
    assert (house.states(notice), house.has_ended(notice)) == ({"delivered": PEOPLE}, True)


async def stopped_after_the_data_went(house: House, *, comes_back: bool) -> None:
    """The data goes away while the first few are being told, and the bot is stopped then."""

    async def go_away() -> None:
        house.away.add("data")

    house.office.post.meanwhile = go_away
    house.ticks[0] += 2
    task = asyncio.create_task(house.worker.run())
    await until(lambda: house.refused > 0)
    if comes_back:
        house.away.clear()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_stop_writes_what_became_of_notices_where_the_data_was_away(house: House) -> None:
    notice = await house.planned()
    await stopped_after_the_data_went(house, comes_back=True)
    assert house.states(notice) == {"delivered": TOGETHER, "pending": PEOPLE - TOGETHER}


async def test_a_stop_while_the_data_is_away_says_so_and_nobody_is_told_twice(house: House) -> None:
    notice = await house.planned()
    with capture_logs() as logged:
        await stopped_after_the_data_went(house, comes_back=False)
    assert logged[-1]["event"] == "what became of the last notices was not written; they are unknown"
    house.away.clear()
    async with house.writing() as connection:
        await processes.take_over(connection, None, NOON)
    assert house.states(notice) == {"unknown": TOGETHER, "pending": PEOPLE - TOGETHER}


async def test_a_notice_that_another_process_sends_holds_up_no_other_and_is_left_alone(house: House) -> None:
    theirs, ours = await house.planned(), await house.planned()
    async with house.writing() as connection:
        taken = await notices.take(connection, theirs, range(PEOPLE), ANOTHER)
    assert len(taken) == PEOPLE
    await house.looks(10)
    assert house.told == dict.fromkeys(EVERYBODY, 1)
    assert (house.has_ended(ours), house.states(theirs)) == (True, {"sending": PEOPLE})
    assert await house.look() is False, "there is nothing to hurry for"
    async with house.writing() as connection:
        await notices.settle(connection, theirs, dict.fromkeys(taken, NoticeState.DELIVERED), ANOTHER)
    await house.look()
    assert house.has_ended(theirs)


async def test_a_commit_that_nobody_waited_for_any_more_costs_nobody_their_notice(house: House) -> None:
    """A server may carry it out after the connection was lost, and after it was looked whether it had."""
    notice = await house.planned()
    async with house.writing() as connection:
        await notices.take(connection, notice, range(3), ME)
    await house.looks(10)
    assert house.told == dict.fromkeys(EVERYBODY, 1)
    assert (house.states(notice), house.has_ended(notice)) == ({"delivered": PEOPLE}, True)


async def test_who_leaves_while_their_chat_is_being_opened_is_not_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice, wraps = await house.planned(), house.office.stores.keystore.wraps
    left = house.office.rows("select chat from notice_deliveries where position = 0")[0][0]

    async def meanwhile(*args: Any) -> object:  # noqa: ANN401  # as it is
        found = await wraps(*args)
        await asyncio.to_thread(house.office.rows, "delete from conversations where chat = ?", left)
        return found

    monkeypatch.setattr(house.office.stores.keystore, "wraps", meanwhile)
    await house.looks(10)
    assert len(house.told) == PEOPLE - 1
    assert house.states(notice) == {"delivered": PEOPLE - 1, "gone": 1}
