"""One run of a seed: people go their way while things go wrong, and then everything that was promised is looked at."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from support import stores
from support.balancing import Balancer
from support.ports import free_port
from support.running import TOKEN, Stored
from support.standby import Pair

from bot.sandbox.server import Sandbox

from . import promises
from .clocks import SharedClock
from .ground import FIRST, INVITED, Ground
from .keeping import Keeper, Nursery
from .people import Comer, InFrontOfACard, Leaver, Traveller, mind_of
from .plan import DAY, Kind, Plan
from .promises import Record
from .troubles import ON_FILES, Way, World, calm, storm
from .wire import HOST, DatabaseWire, Wire

PATIENCE = 90.0
"""Seconds after the last trouble within which everybody has to be where they wanted to be. The bot's longest pause is a
minute, before it tries once more what goes behind a screen or got no answer; the stand-in waits twice as long each time
before it tries a webhook again."""

_AT_MOST = 240.0
"""Seconds after which a run is given up: a bot that never serves again."""

_FIRST_RETRY = 0.05
_SECRET = "a-secret-of-the-tests"  # noqa: S105  # of a stand-in
_BETWEEN = 0.03
"""Seconds between two looks at what lies on disk, which wakes nobody."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    plan: Plan
    seconds: float
    broken: tuple[str, ...]
    """Every promise that did not hold, in words."""
    counts: Counter[str] = field(default_factory=Counter)
    log: tuple[str, ...] = ()


async def run(plan: Plan, ground: Ground, nursery: Nursery, folder: Path, database: Pair | None = None) -> Outcome:
    """Carry a plan out, in a folder that is not there yet; on the server that data and keys are on, if they are not
    files."""
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        run = await _Run.open(stack, plan, ground, nursery, folder, database)
        try:
            async with asyncio.timeout(_AT_MOST):
                broken = await run.whole()
        except TimeoutError:
            broken = ["it did not come to an end"]
        finally:
            await asyncio.gather(*(keeper.give_up() for keeper in run.keepers))
        log = tuple(line for keeper in run.keepers for line in keeper.log)
        broken += promises.look_at_log(run.record, log)
        broken += [f"{each} (contract of the Bot API)" for each in run.sandbox.violations]
        return Outcome(plan, time.monotonic() - began, tuple(dict.fromkeys(broken)), run.counts(), log)


class _Run:
    """What one run has in hand."""

    def __init__(self, world: World, record: Record, theirs: SharedClock) -> None:
        self.world = world
        self.record = record
        self._theirs = theirs
        self._while_down: list[str] = []
        for keeper in world.keepers:
            keeper.when_down = self._look_while_down

    @classmethod
    async def open(
        cls, stack: AsyncExitStack, plan: Plan, ground: Ground, nursery: Nursery, folder: Path, database: Pair | None
    ) -> _Run:
        """Telegram, the wires, the installation and the people; no bot runs yet."""
        ground.copy_to(folder)
        urls, to_database = stores.urls(folder), None
        if database is not None:
            await _prepare_server(stack, plan, folder, database)
            to_database = await stack.enter_async_context(DatabaseWire(database.address))
            urls = {name: url.replace(str(database.address), str(to_database.folder)) for name, url in urls.items()}
        clock, theirs = (SharedClock(folder.with_suffix(name)) for name in (".clock", ".their-clock"))
        sandbox = Sandbox(TOKEN, clock=theirs.seconds, page=False, first_retry=_FIRST_RETRY)
        await stack.enter_async_context(sandbox)
        wire = await stack.enter_async_context(Wire(sandbox.port))
        wires = [wire]
        settings = {
            **urls,
            "key_file": str(folder / "keys" / "master.key"),
            "token": TOKEN,
            "api_url": f"http://{HOST}:{wire.port}",
            "collections": str(ground.collections),
            "allow_unreviewed": True,
            "send_rate": plan.rate,
        }
        each: list[dict[str, str]] = [{}]
        if plan.webhook:
            ports = [free_port() for _ in range(plan.bots)]
            into = await stack.enter_async_context(Wire(await _address(stack, plan, ports)))
            wires.append(into)
            settings |= {"webhook_url": f"http://{HOST}:{into.port}", "webhook_secret": _SECRET}
            each = [{"listen": f"{HOST}:{port}"} for port in ports]
        keepers = tuple(
            Keeper(nursery, settings | own, folder.with_suffix(".clock"), plan.ahead(number))
            for number, own in enumerate(each)
        )
        world = World(sandbox, keepers, folder, clock, tuple(wires), database, to_database)
        first_update = sandbox.service.updates._next_id
        travellers, leavers = _travellers(plan, ground, sandbox), _invited(ground, sandbox)
        return cls(world, Record(plan, ground, folder, sandbox, travellers, leavers, first_update), theirs)

    @property
    def keepers(self) -> tuple[Keeper, ...]:
        return self.world.keepers

    @property
    def sandbox(self) -> Sandbox:
        return self.world.sandbox

    async def whole(self) -> list[str]:
        """From the first start to the last look; whatever did not hold."""
        self._begin()
        if self.record.plan.on_server:
            await self._have_something_in_hand()
        broken = await self._people_and_troubles()
        broken += await self._until("everything is settled", self._settled)
        if broken:
            return broken + self._while_down
        broken += await self._end("the run")
        broken += self._while_down + [fault for keeper in self.keepers for fault in keeper.ends()]
        broken += promises.look(self.record, await stores.lying_in(self.record.folder))
        if self.record.plan.on_server:
            broken += _taken(self.record)
        if broken:
            return broken
        await self._later()
        broken += await self._until("everything is settled later", self._settled_later)
        broken += await self._end("some time later")
        lying = await stores.lying_in(self.record.folder)
        broken += promises.look_later(self.record, lying)
        return broken + [fault async for fault in promises.look_at_trail(self.record)]

    def _begin(self) -> None:
        for keeper in self.keepers:
            keeper.begin()

    async def _have_something_in_hand(self) -> None:
        from .on_server import have_something_in_hand

        now = self.world.clock.now()
        ahead = {(await each.serving()).pid: dt.timedelta(seconds=each.ahead) for each in self.keepers}
        have_something_in_hand(self.record.stores, {pid: now + off for pid, off in ahead.items()})

    async def _people_and_troubles(self) -> list[str]:
        everybody: list[Comer] = [*self.record.travellers, *self.record.leavers]
        people = [asyncio.create_task(each.go()) for each in everybody]
        try:
            await storm(self.world, self.record.plan.troubles, _ways(self.record.plan))
            await calm(self.world, self._theirs.off)
            if self.record.plan.on_server:
                await _calm_down(self.world)
            _done, waiting = await asyncio.wait(people, timeout=PATIENCE)
        finally:
            for each in people:
                each.cancel()
            ended = await asyncio.gather(*people, return_exceptions=True)
        faults = [f"somebody met {type(each).__name__}: {each}" for each in ended if isinstance(each, Exception)]
        return faults + [f"{len(waiting)} people are stuck"] * bool(waiting)

    async def _until(self, what: str, holds: Callable[[], bool]) -> list[str]:
        """Wait for what the bot does by itself."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds():  # noqa: ASYNC110  # a file on disk wakes nobody
                    await asyncio.sleep(_BETWEEN)
        except TimeoutError:
            return [f"it never came that {what}: {self._left_over()}"]
        return []

    def _settled(self) -> bool:
        """Whether nothing is owed to anybody."""
        for each in self.record.travellers:
            each.look()
        owed = [each for each in self.record.travellers if each.thanked and each.who.place == "US" and not each.left]
        if any(not each.codes for each in owed) or len(self.sandbox.service.updates):
            return False
        return not any(self._left_over().values())

    def _settled_later(self) -> bool:
        due = "select count(*) from schedule where due_at <= ?"
        now = self.world.clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")
        return self.record.stores.rows(due, now)[0][0] == 0 and not any(self._left_over().values())

    def _left_over(self) -> dict[str, int]:
        stores = self.record.stores
        found = {table: stores.count(table) for table in ("outbox", "key_destructions")}
        open_ones = "select count(*) from deliveries where state in ('pending', 'leased', 'sending', 'held')"
        found["invites"] = stores.rows(open_ones)[0][0]
        found["goodbyes"] = stores.rows("select count(*) from conversations where ending")[0][0]
        if self.record.plan.on_server:
            found["processes"] = stores.count("processes") - len(self.keepers)
        return found

    async def _end(self, when: str) -> list[str]:
        codes = await asyncio.gather(*(keeper.end() for keeper in self.keepers))
        return [f"a stop after {when} ended with {code}" for code in codes if code]

    async def _look_while_down(self) -> None:
        async with self.world.asking:
            self._while_down += promises.look_while_down(self.record)

    async def _later(self) -> None:
        """Bot and Telegram agree again that so much time has passed."""
        self._theirs.off = self.world.clock.off = self.record.plan.days_later * DAY
        self._begin()
        await self.world.serving()

    def counts(self) -> Counter[str]:
        """What a run adds to the figures."""
        found = Counter(f"trouble: {each.kind}" for each in self.record.plan.troubles)
        if self.record.plan.apart:
            found[f"trouble: {Kind.APART}"] = 1
        past = [process for keeper in self.keepers for process, _ in keeper.past]
        found["starts"] = len(past)
        found["kills"] = sum(process.killed for process in past)
        found["people"] = len(self.record.travellers) + len(self.record.leavers)
        found["updates"] = self.sandbox.service.updates._next_id - self.record.first_update
        found["calls"] = len(self.sandbox.calls)
        with suppress(Exception):
            states = self.record.stores.rows("select state, count(*) from deliveries group by state")
            found.update({f"invites {state}": count for state, count in states})
        return found


async def _prepare_server(stack: AsyncExitStack, plan: Plan, folder: Path, database: Pair) -> None:
    """As much of it as the plan asks for; the folder's databases go with the run."""
    from .on_server import make_room_end_here, watch_what_is_taken  # it needs asyncpg

    stack.callback(stores.drop_below, folder)
    watch_what_is_taken(Stored(folder))
    if Kind.DISK_FULL in plan.kinds:
        make_room_end_here(Stored(folder))
    if Kind.FAILOVER in plan.kinds:
        await database.follow()
        stack.push_async_callback(database.be_alone)


async def _address(stack: AsyncExitStack, plan: Plan, ports: Sequence[int]) -> int:
    """The port that updates come in at: the bot's own, or one in front of several."""
    if not plan.on_server:
        return ports[0]
    balancer = await stack.enter_async_context(Balancer(random.Random(plan.seed)))  # noqa: S311  # a test's dice
    balancer.ports = ports
    return balancer.port


def _ways(plan: Plan) -> Mapping[Kind, Way]:
    if plan.on_server:
        from .on_server import ON_SERVER

        return ON_SERVER
    return ON_FILES


def _taken(record: Record) -> list[str]:
    from .on_server import look_at_what_was_taken

    return look_at_what_was_taken(record.stores)


async def _calm_down(world: World) -> None:
    from .on_server import calm_down

    await calm_down(world)


def _travellers(plan: Plan, ground: Ground, sandbox: Sandbox) -> list[Traveller]:
    found = []
    for number, comer in enumerate(plan.comers, start=1):
        person = sandbox.person(f"Traveller {number}", comer.language)
        who = InFrontOfACard(person, comer.language, comer.place, ground.collection, ground.texts)
        dice = random.Random(comer.dice)  # noqa: S311  # a test's dice
        found.append(Traveller(who, mind_of(comer.role, who, dice)))
    return found


def _invited(ground: Ground, sandbox: Sandbox) -> list[Leaver]:
    """People who are to be invited: the first leaves meanwhile, the second has blocked the bot."""
    people = [sandbox.person(f"Person {number}", user_id=FIRST + number) for number in range(INVITED)]
    for person in people:
        person.account.started = person.account.met = True
    people[1].account.blocked = True
    return [Leaver(people[0], ground.collection, ground.texts)]
