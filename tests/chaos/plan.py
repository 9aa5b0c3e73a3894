"""What a seed stands for: who comes along, and what goes wrong when. The same seed is the same plan, on any machine.

On PostgreSQL the same number is another plan: more can go wrong there, and several bots can share the work.

When exactly a kill falls between two instructions is the machine's; what is planned is after how many of the bot's
calls, and how many milliseconds later.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What goes wrong."""

    KILL = "kill"
    """SIGKILL; started again at once."""
    STOP = "stop"
    """SIGTERM, as a rolling restart does."""
    FREEZE = "freeze"
    """SIGSTOP and SIGCONT: a machine that is paused."""
    DISK_FULL = "disk full"
    """No file grows beyond what it is, by RLIMIT_FSIZE of the running process."""
    READ_ONLY = "read-only"
    """Folders and files of data and keys lose their write permission; the bot has no right to pass over that."""
    LOCKED = "locked"
    """Another program holds the write lock of data or keys."""
    CLOCK = "clock"
    """The bot's clock jumps, and jumps back when it is put right."""
    CUT = "cut"
    """Every connection breaks, and none can be made for a while."""
    SILENT_OUT = "silent out"
    """What the bot sends is swallowed; then the connection breaks."""
    SILENT_IN = "silent in"
    """What is sent to the bot is swallowed: it was done, and the bot never hears of it."""
    SLOW = "slow"
    """Everything takes longer, both ways."""
    TOO_MANY = "429"
    SERVER_ERROR = "5xx"
    LOST = "lost"
    """It was done, and the connection breaks before the answer."""
    DUPLICATES = "duplicates"
    REORDERED = "reordered"
    SECOND = "second"
    """The same bot is started once more by mistake."""
    OTHER_POLLER = "other poller"
    """Another program polls with the token, and confirms nothing."""
    RESTART = "restart"
    """The database's server falls over, and comes back with what was on its disk."""
    FAILOVER = "failover"
    """It falls over for good, and another takes its place that has every commit."""
    HUNG_UP = "hung up"
    """It ends every connection, as one does that is put to sleep or has too many."""
    STALLED = "stalled"
    """It answers nothing for a while, and then goes on."""
    APART = "clocks apart"
    """Each of several bots goes by a clock of its own, from the first start to the last."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong."""

    kind: Kind
    after: int
    """So many things that Telegram's stand-in saw since the one before began."""
    moment: float
    """Seconds more."""
    lasts: float
    """Seconds."""
    amount: float = 0.0
    """How much of it: seconds of a clock, bytes of a disk, how many calls, seconds of slowness."""
    whom: int = 0
    """Which of several bots it happens to, counted round."""


class Role(StrEnum):
    """What somebody means to do."""

    STAYS = "stays"
    LEAVES = "leaves"
    DECLINES = "declines"
    LOOKS = "looks"
    """Reads two cards, and never comes back."""


@dataclass(frozen=True, slots=True)
class Comer:
    """Somebody who comes along."""

    role: Role
    language: str
    place: str
    dice: int
    """What their answers are thrown with."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A run."""

    seed: int
    webhook: bool
    rate: int
    """Invites a second."""
    comers: tuple[Comer, ...]
    troubles: tuple[Trouble, ...]
    days_later: float
    """How much later the bot is started for the last time: leases end, sweeps come due, or silence has been long."""
    on_server: bool = False
    """Whether data and keys are on PostgreSQL."""
    bots: int = 1
    """Processes that share the work; more than one by webhook alone."""
    apart: tuple[float, ...] = ()
    """Seconds that each of them is ahead of the time, where their clocks differ."""

    @property
    def kinds(self) -> frozenset[Kind]:
        """What goes wrong in it."""
        return frozenset(each.kind for each in self.troubles) | frozenset({Kind.APART} if self.apart else ())

    def ahead(self, number: int) -> float:
        """Seconds that the clock of a bot is ahead of the time."""
        return self.apart[number] if self.apart else 0.0

    def told(self) -> str:
        """In one line."""
        how = "webhook" if self.webhook else "polling"
        wrong = [*(each.kind for each in self.troubles), *([Kind.APART] if self.apart else [])]
        return f"seed {self.seed}: {how}, {len(self.comers)} people, " + ", ".join(wrong)


HOUR, DAY = 3600.0, 86_400.0

MOST_BOTS = 3
"""Processes that share the work at most."""

_JUMPS = (20.0, 240.0, 3 * HOUR, 30 * HOUR, 5 * DAY)
"""Seconds of a clock that is wrong: less than an hour's, more than a lease's, more than a callback lives, more than
updates are remembered for, and more than silence may last."""

_APART = (90.0, 240.0)
"""Seconds that one clock is ahead, and another behind: more than a minute, from which on a clock is taken for one that
was wrong, and together more than a lease. With more than five minutes off Telegram's, none starts."""

_OF_POLLING = frozenset({Kind.REORDERED, Kind.OTHER_POLLER})
"""By webhook, each update comes by itself, and nobody else can poll."""

_SO_OFTEN_APART = 0.5

_OF_SERVER = frozenset({Kind.RESTART, Kind.FAILOVER, Kind.HUNG_UP, Kind.STALLED})
"""SQLite has no server."""

_PLACES = (("en", "US"), ("ar", "EG"), ("ar", "US"), ("en", "EG"))


def plan_of(seed: int, *, on_server: bool = False) -> Plan:
    """The plan of a seed, on SQLite's files or on PostgreSQL."""
    dice = random.Random(seed)  # noqa: S311  # a test's dice
    webhook = dice.random() < (0.8 if on_server else 0.4)
    roles = [Role.STAYS, Role.LEAVES, Role.STAYS, dice.choice([Role.DECLINES, Role.LOOKS])]
    comers = tuple(Comer(role, *dice.choice(_PLACES), dice.getrandbits(32)) for role in roles)
    never = (_OF_POLLING if webhook else frozenset()) | (frozenset() if on_server else _OF_SERVER)
    kinds = [kind for kind in Kind if kind not in never | {Kind.APART}]
    # A kill is in most of them: it is what finds everything else half done.
    chosen = dice.sample(kinds, k=dice.randint(2, 4)) + [Kind.KILL] * (dice.random() < 0.7)
    dice.shuffle(chosen)
    plan = Plan(
        seed=seed,
        webhook=webhook,
        rate=dice.choice((20, 50, 250)),
        comers=comers,
        troubles=tuple(_trouble(kind, dice) for kind in chosen),
        days_later=dice.choice((2 * HOUR, 10 * DAY)) / DAY,
    )
    return _shared(plan, dice) if on_server else plan


def _shared(plan: Plan, dice: random.Random) -> Plan:
    """The same among several bots, each of which something can happen to."""
    troubles = tuple(replace(each, whom=dice.randrange(MOST_BOTS)) for each in plan.troubles)
    bots = dice.randint(1, MOST_BOTS) if plan.webhook else 1
    # Thrown last, so that nothing else of a plan depends on it.
    off, clocks_differ = dice.choice(_APART), dice.random() < _SO_OFTEN_APART and bots > 1
    apart = (*dice.sample((-off, off), k=2), 0.0)[:bots] if clocks_differ else ()
    return replace(plan, troubles=troubles, on_server=True, bots=bots, apart=apart)


def _trouble(kind: Kind, dice: random.Random) -> Trouble:
    after, moment, lasts = dice.randint(1, 25), dice.choice((0.0, 0.0, dice.uniform(0, 0.03))), dice.uniform(0.1, 0.5)
    amounts: dict[Kind, Callable[[], float]] = {
        Kind.DISK_FULL: lambda: dice.choice((-1, 0, 4096, 20_000, 60_000)),
        Kind.CLOCK: lambda: dice.choice(_JUMPS) * dice.choice((1, 1, -1)),
        Kind.SLOW: lambda: dice.uniform(0.005, 0.05),
        Kind.TOO_MANY: lambda: dice.randint(1, 6),
        Kind.SERVER_ERROR: lambda: dice.randint(1, 8),
        Kind.LOST: lambda: dice.randint(1, 4),
        Kind.DUPLICATES: lambda: dice.randint(3, 30),
        Kind.REORDERED: lambda: dice.randint(3, 10),
        Kind.OTHER_POLLER: lambda: dice.randint(1, 5),
    }
    return Trouble(kind, after, moment, lasts, float(amounts[kind]()) if kind in amounts else 0.0)
