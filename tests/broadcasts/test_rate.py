"""The pace against a service that enforces a rate: as near as 99% of it, and never told to wait; and after a 429."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.broadcasts.rate import HEADROOM, Pace, hear
from bot.messenger import TryLater


class Service:
    """A bucket that holds a second's worth, as the sandbox and most services model a rate."""

    def __init__(self, rate: float) -> None:
        self.rate, self.level, self.at = rate, rate, 0.0
        self.refused = 0

    def take(self, now: float) -> None:
        self.level = min(self.rate, self.level + (now - self.at) * self.rate)
        self.at = now
        self.refused += self.level < 1
        self.level -= 1


def run(rate: float, stalls: list[float], seconds: float = 20.0) -> tuple[Service, list[float]]:
    """So many seconds in which groups leave as soon as they may; between two, the process stands still for a while."""
    pace, service, now, left = Pace(rate, 0.0), Service(rate), 0.0, []
    group = max(1, int(rate / 100))
    while now < seconds:
        now += pace.wait(now, group)
        for _ in range(pace.take(now, group * 2)):
            service.take(now)
            left.append(now)
        now += stalls[len(left) % len(stalls)]
    return service, left


@pytest.mark.parametrize("rate", [1.0, 25.0, 30.0, 1000.0])
@given(stalls=st.lists(st.floats(0.0, 0.009), min_size=1, max_size=20))
def test_the_middle_of_a_run_is_as_near_as_99_percent_and_nothing_is_refused(rate: float, stalls: list[float]) -> None:
    service, left = run(rate, stalls)
    assert service.refused == 0
    middle = left[len(left) // 5 : len(left) * 4 // 5]
    if rate > 1:
        reached = (len(middle) - 1) / (middle[-1] - middle[0])
        assert reached >= 0.99 * rate


@given(
    rate=st.floats(1.0, 1000.0),
    stalls=st.lists(st.one_of(st.floats(0.0, 0.02), st.floats(0.0, 5.0)), min_size=1, max_size=20),
)
def test_however_the_process_stands_still_nothing_is_refused(rate: float, stalls: list[float]) -> None:
    """What was missed for long is not caught up: a crowd at once is what a limit is against."""
    service, _ = run(rate, stalls, seconds=30)
    assert service.refused == 0


@given(told=st.lists(st.tuples(st.floats(0.0, 0.5), st.floats(0.5, 20_000.0)), min_size=1, max_size=5))
def test_nothing_leaves_before_the_latest_end_of_what_was_told(told: list[tuple[float, float]]) -> None:
    """However long it is, and of several the one that ends last; each counts from when it was told."""
    pace, now, until = Pace(30.0, 0.0), 0.0, 0.0
    for later, seconds in told:
        now += later
        pace.told_to_wait(now, seconds)
        until = max(until, now + seconds)
        assert pace.take(now, 1) == 0
        assert now + pace.wait(now) >= until - 1e-6
    assert pace.take(until - 0.01, 1) == 0
    assert pace.wait(until + 2.0) == 0


def test_after_a_429_it_goes_slower_and_creeps_back_up() -> None:
    pace = Pace(100.0, 0.0)
    pace.told_to_wait(10.0, 5.0)
    pace.told_to_wait(10.0, 5.0)  # what was under way together slows it once
    slow, later, full = (_leaving(pace, at) for at in (20.0, 40.0, 200.0))
    assert 60 <= slow <= 85
    assert slow < later < full
    assert full == pytest.approx(100 * HEADROOM, abs=2)


def _leaving(pace: Pace, at: float) -> int:
    """How many leave in a second."""
    pace.take(at, 1000)
    return sum(pace.take(at + step / 1000, 1000) for step in range(1, 1001))


def test_holding_costs_no_pace() -> None:
    pace = Pace(100.0, 0.0)
    pace.hold(1.0, 3.0)
    assert pace.take(3.9, 1) == 0
    assert _leaving(pace, 10.0) == pytest.approx(100 * HEADROOM, abs=2)


def test_what_has_left_beyond_what_was_taken_is_waited_for() -> None:
    pace = Pace(10.0, 0.0)
    assert pace.take(0.0, 1) == 1
    pace.also_left(3)
    assert pace.take(0.39, 1) == 0
    assert pace.wait(0.39) == pytest.approx(4 / (10 * HEADROOM) - 0.39)


@pytest.mark.parametrize(("told", "then"), [(True, 70), (False, 100)])
def test_what_was_told_to_wait_holds_everything_and_slows_it_and_an_outage_only_holds(told: bool, then: int) -> None:
    pace = Pace(100.0, 0.0)
    hear(pace, 0.0, TryLater(30.0, told=told))
    assert pace.take(29.9, 1) == 0
    assert _leaving(pace, 31.0) == pytest.approx(then, abs=3)
