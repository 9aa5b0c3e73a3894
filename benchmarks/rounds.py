"""One contestant, one round: a fresh stand-in, a fresh bot, the same people, the same time."""

import asyncio
import gc
import itertools
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.contestants import Assignment, Contestant
from benchmarks.journeys import Crowd, Tally
from benchmarks.processes import BotEndedError, cpu_seconds, last_words, megabytes, running
from benchmarks.stand_in import StandIn

SECONDS_TO_START = 60.0

SECONDS_TO_REST = 300.0
"""How long a bot may be busy with what comes due once a day before the people come all the same."""
_AT_REST, _SECONDS_AT_REST = 0.03, 3
"""It rests once it has used less than so much of a core in each of so many seconds."""


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int
    seconds: float
    warm_up: float
    people: int
    patience: float
    folder: Path | None
    rests: bool = False
    """Whether people come only once the bot rests after its start: what comes due once a day is done then, and is not
    a part of what their steps take."""

    @property
    def longest_round(self) -> float:
        rest = SECONDS_TO_REST if self.rests else 0.0
        return SECONDS_TO_START + rest + self.warm_up + self.seconds + 2 * self.patience + 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one round showed."""

    updates: int
    seconds: float
    bot_cpu: float | None
    stand_in_cpu: float
    slow_wait: float
    journeys: int
    updates_in_journeys: int
    started: float = 0.0
    """Seconds from its start until it asked for updates."""
    until_rest: float = 0.0
    """Seconds of processor time from then until it rested, where that was waited for."""
    idle_memory: float | None = None
    """Megabytes that it held then."""
    memory: float | None = None
    """Megabytes that it held when the round was over."""
    beside_cpu: float | None = None
    """Seconds of processor time that what the bot rests on used, where that is a process of its own."""
    failures: dict[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return self.updates / self.seconds

    @property
    def told(self) -> str:
        """In a line; whoever was left waiting, and after what."""
        waited = ", ".join(f"{count} left waiting: {complaint}" for complaint, count in self.failures.items())
        return f"{self.rate:.0f} updates/s" + f", {waited}" * bool(waited)

    @property
    def bot_cpu_per_update(self) -> float | None:
        return None if self.bot_cpu is None or not self.updates else self.bot_cpu / self.updates

    @property
    def stand_in_share(self) -> float:
        return self.stand_in_cpu / self.seconds


@dataclass(frozen=True, slots=True)
class Reading:
    """The clocks at one moment."""

    at: float
    bot_cpu: float | None
    beside_cpu: float | None
    stand_in_cpu: float

    @classmethod
    def now(cls, pids: Sequence[int], beside: Sequence[int]) -> "Reading":
        return cls(time.perf_counter(), _used(pids), _used(beside), time.process_time())


def _used(pids: Sequence[int]) -> float | None:
    used = [cpu_seconds(pid) for pid in pids]
    known = [each for each in used if each is not None]
    return sum(known) if known and len(known) == len(used) else None


def order_of_round(contestants: tuple[Contestant, ...], number: int) -> tuple[Contestant, ...]:
    """Rotated, so that nobody always comes first on a cool machine or after the same neighbour's leftovers."""
    first = number % len(contestants)
    return contestants[first:] + contestants[:first]


async def measure(contestant: Contestant, plan: Plan) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="survey-bench-", dir=plan.folder) as folder:
        return await measure_in(Path(folder), contestant, plan)


async def measure_in(folder: Path, contestant: Contestant, plan: Plan) -> Outcome:
    """A round of a bot that works in a folder, with whatever is in it."""
    async with StandIn() as stand_in:
        assignment = Assignment(stand_in.url, stand_in.token, folder)
        async with running(contestant, assignment, plan.longest_round) as process:
            crowd = Crowd(stand_in, contestant.policy, plan.people, plan.patience)
            round_ = asyncio.create_task(go(crowd, stand_in, plan, [process.pid]))
            ended = asyncio.create_task(process.wait())
            await asyncio.wait({round_, ended}, return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            if round_.done():
                return round_.result()
            round_.cancel()
            raise BotEndedError(f"{contestant.name} ended by itself:\n{last_words(assignment)}")


async def go(crowd: Crowd, stand_in: StandIn, plan: Plan, pids: Sequence[int], beside: Sequence[int] = ()) -> Outcome:
    """A round with the processes of a bot, and those that it rests on; memory is that of the bot's largest."""
    begun = time.perf_counter()
    await asked(stand_in)
    started, idle_memory = time.perf_counter() - begun, _largest(pids)
    until_rest = await _until_it_rests(pids) if plan.rests else 0.0
    watching = asyncio.create_task(crowd.watch())
    try:
        crowd.begin()
        await asyncio.sleep(plan.warm_up)
        before, after = await _open_tally(crowd.tally, plan.seconds, pids, beside)
        memory = _largest(pids)
        await crowd.go_home()
    finally:
        watching.cancel()
    found = _outcome(crowd.tally, before, after)
    return replace(found, started=started, until_rest=until_rest, idle_memory=idle_memory, memory=memory)


async def asked(stand_in: StandIn) -> None:
    """Wait until a bot asks for updates, or has said where they are to go. Raises BotEndedError."""
    try:
        await asyncio.wait_for(stand_in.polled.wait(), SECONDS_TO_START)
    except TimeoutError:
        raise BotEndedError(f"nobody asked for updates in {SECONDS_TO_START:.0f} s") from None


async def _until_it_rests(pids: Sequence[int]) -> float:
    """Seconds of processor time that a bot uses from now until it rests."""
    readings = [_used(pids) or 0.0]
    for _ in range(int(SECONDS_TO_REST)):
        await asyncio.sleep(1)
        readings.append(_used(pids) or 0.0)
        last = readings[-_SECONDS_AT_REST - 1 :]
        if len(last) > _SECONDS_AT_REST and all(b - a < _AT_REST for a, b in itertools.pairwise(last)):
            break
    return readings[-1] - readings[0]


def _largest(pids: Sequence[int]) -> float | None:
    return max((megabytes(pid) or 0.0 for pid in pids), default=0.0) or None


async def _open_tally(
    tally: Tally, seconds: float, pids: Sequence[int], beside: Sequence[int]
) -> tuple[Reading, Reading]:
    # What earlier rounds left behind is not to be collected at this one's expense.
    gc.collect()
    before = Reading.now(pids, beside)
    tally.is_open = True
    await asyncio.sleep(seconds)
    tally.is_open = False
    return before, Reading.now(pids, beside)


def _outcome(tally: Tally, before: Reading, after: Reading) -> Outcome:
    return Outcome(
        updates=tally.handled,
        seconds=after.at - before.at,
        bot_cpu=_between(before.bot_cpu, after.bot_cpu),
        beside_cpu=_between(before.beside_cpu, after.beside_cpu),
        stand_in_cpu=after.stand_in_cpu - before.stand_in_cpu,
        slow_wait=slow_end(tally.waits),
        journeys=tally.journeys,
        updates_in_journeys=tally.updates_in_journeys,
        failures=dict(tally.failures),
    )


def _between(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def slow_end(waits: list[float]) -> float:
    """What 95 of 100 waits stayed under."""
    return statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else 0.0
