"""One pace for several processes: in sum as fast as the rate and never faster, and a 429 is everybody's."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import stores

from bot.broadcasts.rate import CATCHING_UP, HEADROOM
from bot.broadcasts.shared import PIECE_SECONDS, SharedPace, granted, refused
from bot.storage import paces
from bot.storage.database import Database
from bot.storage.paces import KeptPace

from .test_rate import Service

START = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)


def later(seconds: float) -> dt.datetime:
    return START + dt.timedelta(seconds=seconds)


def fresh(rate: float) -> KeptPace:
    return KeptPace(START, rate * HEADROOM, START, START)


@given(
    rate=st.floats(1.0, 1000.0),
    asks=st.lists(st.tuples(st.floats(0.0, 2.0), st.integers(0, 200)), min_size=1, max_size=40),
)
def test_pieces_do_not_overlap_however_many_ask(rate: float, asks: list[tuple[float, int]]) -> None:
    kept, now, ended = fresh(rate), 0.0, START
    for pause, count in asks:
        now += pause
        kept, begins = granted(kept, rate, later(now), count)
        assert begins >= ended
        assert begins >= later(now - CATCHING_UP) - dt.timedelta(microseconds=1)
        took = (kept.free_at - begins).total_seconds()
        assert took == pytest.approx(count / (rate * HEADROOM), abs=1e-5)
        ended = kept.free_at


@given(told=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.1, 20_000.0)), min_size=1, max_size=6))
def test_after_a_429_nothing_is_handed_out_for_as_long_as_told_and_then_less(told: list[tuple[float, float]]) -> None:
    rate, now, until, kept = 25.0, 0.0, 0.0, fresh(25.0)
    for pause, seconds in told:
        now += pause
        kept = refused(kept, rate, later(now), seconds)
        until = max(until, now + seconds)
    after, begins = granted(kept, rate, later(now), 5)
    assert begins >= later(until) - dt.timedelta(microseconds=1)
    assert after.pace < rate * HEADROOM
    recovered, _ = granted(after, rate, later(until + 121), 1)
    assert recovered.pace == pytest.approx(rate * HEADROOM)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database.connect(stores.url(tmp_path, stores.DATA))
    await made.upgrade()
    yield made
    await made.close()


async def test_a_clock_that_was_ahead_holds_nothing_back_once_it_is_right(database: Database) -> None:
    """What Telegram has asked for is waited for, and no more: 20 seconds were to come when the clock went back."""
    now = dt.datetime.now(dt.UTC)
    ahead = now + dt.timedelta(hours=1)
    for kept, least, most in [
        (KeptPace(ahead, 30.0, ahead, now), 0.0, 1.0),
        (KeptPace(ahead, 30.0, ahead, ahead + dt.timedelta(seconds=20)), 15.0, 20.0),
    ]:
        async with database.write() as connection:
            await paces.read(connection, kept)
            await paces.write(connection, kept)
        pace = SharedPace(database, 30.0, lambda: dt.datetime.now(dt.UTC))
        await pace.ask()
        assert least <= pace.wait(time.monotonic()) <= most


class Process:
    """A process that has more to send than it may."""

    def __init__(self, database: Database, rate: float, now: list[float]) -> None:
        self.now = now
        self.pace = SharedPace(database, rate, lambda: later(now[0]), ticks=lambda: now[0])
        self.left: list[float] = []

    async def goes_on(self) -> None:
        if self.pace._needed.is_set():
            self.pace._needed.clear()
            await self.pace.ask()
        if self.pace.wait(self.now[0], 2) <= 0:
            self.left += [self.now[0]] * self.pace.take(self.now[0], 2)


@pytest.mark.sqlite("a test's clock; a server has one of its own")
async def test_three_processes_send_as_fast_as_the_rate_in_sum_and_no_faster(database: Database) -> None:
    now = [0.0]
    three = [Process(database, 30.0, now) for _ in range(3)]
    while now[0] < 4.0:
        for each in three:
            await each.goes_on()
        now[0] += 0.01
    left = sorted(at for each in three for at in each.left)
    assert all(len(each.left) > 10 for each in three)
    service = Service(30.0)
    for at in left:
        service.take(at)
    assert service.refused == 0
    assert 0.97 * 90 <= sum(1.0 <= at < 4.0 for at in left) <= 92


@pytest.mark.sqlite("a test's clock; a server has one of its own")
async def test_what_one_is_told_holds_for_all(database: Database) -> None:
    now = [0.0]
    one, other = Process(database, 30.0, now), Process(database, 30.0, now)
    for _ in range(20):
        await one.goes_on()
        await other.goes_on()
        now[0] += 0.01
    one.pace.told_to_wait(now[0], 60.0)
    told_at = now[0]
    while now[0] < told_at + 65:
        await one.goes_on()
        await other.goes_on()
        now[0] += 0.05
    assert not [at for at in one.left if told_at < at < told_at + 60]
    assert not [at for at in other.left if told_at + 2 * PIECE_SECONDS < at < told_at + 60]
    assert [at for at in one.left + other.left if at >= told_at + 60]


async def test_what_was_not_used_in_time_is_lost(database: Database) -> None:
    now = [0.0]
    one = Process(database, 30.0, now)
    one.pace.wait(0.0)
    await one.pace.ask()
    now[0] = 10.0
    assert one.pace.take(10.0, 10) == 3, "it was there"
    one.pace.wait(10.0)
    assert one.pace.rest(10.0) == 0.0


@pytest.mark.sqlite("a test's clock; a server has one of its own")
async def test_what_has_left_beyond_what_was_taken_takes_the_places_of_what_comes_next(database: Database) -> None:
    now = [0.0]
    one = Process(database, 30.0, now)
    one.pace.also_left(2)
    one.pace.wait(0.0)
    await one.pace.ask()
    now[0] = 0.3
    assert one.pace.take(0.3, 10) == 1, "two of the three that were handed out"
