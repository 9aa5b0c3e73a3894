"""A store that breaks down at the worst moment: everybody is invited once, and the broadcast comes to its end."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.broadcasts.desk import Order
from bot.broadcasts.opening import Ready
from bot.broadcasts.quiet_hours import is_awake
from bot.messenger import Delivered, TryLater
from bot.storage.database import StoreUnavailable
from bot.storage.deliveries import DeliveryState
from bot.storage.tables import deliveries
from flows.broadcasts import Broadcast, BroadcastState

from .conftest import FIRST, PEOPLE, Office, opened

EVERYBODY = set(range(FIRST, FIRST + PEOPLE))


async def sent(office: Office) -> Broadcast:
    planned = await office.desk.plan(Order("demographics", "Kim", any_hour=True))
    return await office.desk.send(planned.id, "Kim")


def look_at(office: Office, ended: Broadcast) -> None:
    assert Counter(office.post.sent) == dict.fromkeys(EVERYBODY, 1)
    assert (ended.state, ended.delivered) == (BroadcastState.DONE, PEOPLE)


@pytest.mark.parametrize("which", [1, 2, 4])
async def test_a_commit_that_was_carried_out_though_its_answer_was_lost(
    office: Office, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    """What was said to be leaving has not left, and what has is settled already."""
    database, calls = office.stores.database, iter(range(1, 1_000_000))
    write = database.write_in_one_go

    async def cut_off(work: Callable[..., Any]) -> object:
        found = await write(work)
        if next(calls) == which:
            raise StoreUnavailable("hung up")
        return found

    broadcast = await sent(office)
    monkeypatch.setattr(database, "write_in_one_go", cut_off)
    look_at(office, await office.over(broadcast))


async def test_a_lease_that_was_carried_out_though_its_answer_was_lost(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, failures = office.stores.database, iter([StoreUnavailable("hung up")])
    write = database.write_beside

    @asynccontextmanager
    async def cut_off() -> AsyncIterator[object]:
        async with write() as connection:
            yield connection
        if office.rows("select 1 from deliveries where state = 'leased'"):
            for failure in failures:
                raise failure

    broadcast = await sent(office)
    monkeypatch.setattr(database, "write_beside", cut_off)
    look_at(office, await office.over(broadcast))


async def test_a_lease_that_is_carried_out_only_after_it_was_looked_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that hangs may commit long after it was asked to, when nobody waits for it any more."""
    look, rows = office.worker._find_astray, iter([True])

    async def and_then_it_comes() -> None:
        await look()
        for _ in rows:
            async with office.stores.database.write() as connection:
                await connection.execute(update(deliveries).values(state=DeliveryState.LEASED.value))

    monkeypatch.setattr(office.worker, "_find_astray", and_then_it_comes)
    look_at(office, await office.over(await sent(office)))


async def test_what_is_taken_in_hand_while_a_long_wait_begins_goes_after_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in hand is given back for a wait, and what was not among it stays in hand."""
    monkeypatch.setattr("bot.broadcasts.worker._LONG_WAIT", 0.1)
    told = iter([2.0])  # longer than a busy machine takes to look
    office.post.answer = lambda _chat: (
        TryLater(seconds, told=True) if (seconds := next(told, None)) is not None else Delivered(7)
    )
    give_back, again = office.worker._give_back, iter([True])
    broadcast = await sent(office)

    async def meanwhile(ready: list[Ready]) -> None:
        await give_back(ready)
        for _ in again if ready else ():
            assert await office.worker._lease_of(await office.desk.look(broadcast.id))

    monkeypatch.setattr(office.worker, "_give_back", meanwhile)
    ended = await office.over(broadcast)
    assert next(again, None) is None, "there was a wait"
    assert (ended.state, ended.delivered) == (BroadcastState.DONE, PEOPLE)
    assert set(office.post.sent) == EVERYBODY
    assert len(office.post.sent) == PEOPLE + 1, "the one that was told to wait"


async def test_a_broadcast_goes_on_after_a_long_wait_that_found_much_in_hand(
    peopled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes people in hand waits until few are left, and what is given back leaves none."""
    monkeypatch.setattr("bot.broadcasts.worker._LONG_WAIT", 0.1)
    sends = count(1)
    async with opened(peopled, tmp_path / "x", 25.0) as office:
        office.post.answer = lambda _chat: TryLater(0.5, told=True) if next(sends) == 8 else Delivered(7)
        ended = await office.over(await sent(office))
        assert (ended.state, ended.delivered) == (BroadcastState.DONE, PEOPLE)


@pytest.mark.parametrize("hours", [12, 24 * 7], ids=["in the night", "a week later"])
async def test_what_was_in_hand_when_the_store_broke_down_is_opened_anew_after_a_long_time(
    peopled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Where people sleep by then nobody is written to, and who has stopped messages meanwhile is not either."""
    async with opened(peopled, tmp_path / "office", nobody_real=False) as office:
        worker, left, looks = office.worker, list[tuple[dt.timedelta, bool]](), count(1)
        database, deliver, failures = office.stores.database, worker._deliver, iter([StoreUnavailable("hung up")])
        write = database.write_in_one_go

        async def cut_off(work: Callable[..., Any]) -> object:
            for failure in failures:
                office.now[0] += dt.timedelta(hours=hours)
                raise failure
            return await write(work)

        async def delivered(ready: Ready) -> None:
            assert ready.hours is not None
            left.append((office.now[0] - ready.since, is_awake(ready.hours, office.now[0])))
            await deliver(ready)

        def over() -> bool:
            if next(looks) % 10 == 0:  # the day goes on, an hour in a moment
                office.now[0] += dt.timedelta(hours=1)
            return office.state(broadcast) == BroadcastState.DONE

        broadcast = await sent(office)
        monkeypatch.setattr(database, "write_in_one_go", cut_off)
        monkeypatch.setattr(worker, "_deliver", delivered)
        await office.work(over, 60)
        look_at(office, await office.desk.look(broadcast.id))
        assert {awake for _, awake in left} == {True}
        assert max(since for since, _ in left) <= dt.timedelta(hours=2)
