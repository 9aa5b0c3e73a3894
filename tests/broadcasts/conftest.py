"""A worker on real stores, with a messenger that notes whom it was handed: for what no chat shows."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support import stores
from support.made_up import dice
from support.running import settings_for

from bot.arrivals import Settled
from bot.broadcasts.desk import Desk, Rules, rules_of
from bot.broadcasts.seeding import seed
from bot.broadcasts.worker import Worker
from bot.clock import utc_now
from bot.doors import open_ground
from bot.messenger import Delivered, Letter, NotTaken, Sent
from bot.opening import Stores, open_stores
from bot.reading import read_collections, read_texts
from bot.review.shown import contents_of
from bot.review.signed import Signed
from bot.settings import Settings
from bot.stewardship.archive import Archive
from bot.storage import broadcasts as stored
from bot.storage import processes
from flows.broadcasts import Broadcast, BroadcastState
from flows.screens import Screen
from flows.shelf import Shelf

FIRST = 7_000_000_001
PEOPLE = 40
NOON = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)

Answer = Callable[[int], Sent | NotTaken]


@dataclass
class Post:
    """Takes invites and notes to whom; what becomes of each is said by `answer`, and `meanwhile` happens before."""

    answer: Answer = lambda _chat: Delivered(7)
    meanwhile: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)
    sent: list[int] = field(default_factory=list)

    def letter(self, screen: Screen, language: str) -> Letter:
        return Letter({"text": f"{screen.name} {language}"})

    async def invite(self, chat_id: int, letter: Letter, *, paid: bool) -> Sent | NotTaken:  # noqa: ARG002
        self.sent.append(chat_id)
        await self.meanwhile()
        return self.answer(chat_id)


@dataclass
class Office:
    """A desk, a worker, and what is between them."""

    desk: Desk
    worker: Worker
    post: Post
    settings: Settings
    folder: Path
    stores: Stores
    noted: list[Settled]
    now: list[dt.datetime]

    @property
    def archive(self) -> Archive:
        """The stores, as a command beside the bot has them."""
        return Archive(self.stores.database, self.stores.keystore, self.stores.vault)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return stores.rows(self.folder, query, *values)

    async def work(self, done: Callable[[], bool], seconds: float = 20) -> None:
        """Let the worker work until something holds."""
        task = asyncio.create_task(self.worker.run())
        try:
            async with asyncio.timeout(seconds):
                while not done():  # a file on disk wakes nobody
                    await asyncio.sleep(0.01)
                    if task.done():
                        task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def state(self, broadcast: Broadcast) -> str:
        return str(self.rows("select state from broadcasts where id = ?", broadcast.id)[0][0])

    async def over(self, broadcast: Broadcast) -> Broadcast:
        """The broadcast once it is done."""
        await self.work(lambda: self.state(broadcast) in {BroadcastState.DONE, BroadcastState.CANCELLED})
        return await self.desk.look(broadcast.id)


@pytest.fixture(scope="session")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stores with some people in them, made once."""
    folder = tmp_path_factory.mktemp("peopled")

    async def make() -> None:
        async with open_ground(settings_for(folder, "http://127.0.0.1:9"), "", dice()) as ground:
            await seed(ground, FIRST, PEOPLE)

    asyncio.run(make())
    return folder


@asynccontextmanager
async def opened(
    peopled: Path,
    folder: Path,
    rate: float = 1000.0,
    *,
    rules: Rules | None = None,
    reviewed: bool = False,
    nobody_real: bool = True,
    **overrides: object,
) -> AsyncIterator[Office]:
    """An office on a copy of the stores: by the settings' own rules where there are no others, and inviting to what is
    `reviewed` alone where that is said. Its worker minds the hour, whatever was asked for, but where `nobody_real` is.
    """
    stores.copied(peopled, folder)
    settings = settings_for(folder, "http://127.0.0.1:9", **overrides)
    collections = read_collections(settings)
    shelf = Shelf(collections, unreviewed=True)
    signed = Signed(contents_of(collections, read_texts(settings, collections)) if reviewed else {})
    noted: list[Settled] = []
    post, now = Post(), [NOON]
    async with open_stores(settings, collections, utc_now) as opened_stores:
        worker = Worker(
            database=opened_stores.database, keystore=opened_stores.keystore, vault=opened_stores.vault,
            shelf=Shelf(collections, unreviewed=not reviewed), messenger=post, signed=signed,
            note=noted.append, rate=rate, nobody_real=nobody_real, clock=lambda: now[0],
        )  # fmt: skip
        desk = Desk(
            database=opened_stores.database, keystore=opened_stores.keystore, vault=opened_stores.vault, shelf=shelf,
            rules=rules or rules_of(settings), clock=lambda: now[0], hurry=worker.hurry,
        )  # fmt: skip
        async with opened_stores.database.write() as connection:
            await processes.take_over(connection, None, now[0])
        yield Office(desk, worker, post, settings, folder, opened_stores, noted, now)
        async with opened_stores.database.read() as connection:
            for each in await stored.every(connection):
                assert each.to_go >= 0
    assert_counts(folder)


def assert_counts(folder: Path) -> None:
    """The counters of each broadcast say what its rows say."""
    with stores.opened(folder) as data:
        query = (
            "select id, delivered, unreachable, unknown, cancelled, state from broadcasts "
            "where coalesce(why, '') != 'given up'"
        )
        for number, *ends, _state in data.execute(query).fetchall():
            counted = "select state, count(*) from deliveries where broadcast = ? group by state"
            rows: dict[str, int] = dict(data.execute(counted, (number,)).fetchall())
            names = ("delivered", "unreachable", "unknown", "cancelled")
            assert ends == [rows.get(name, 0) for name in names]


@pytest.fixture
def rules() -> Rules | None:
    """What an installation decides about invites, where a test has something else in mind than the settings."""
    return None


@pytest.fixture
async def office(peopled: Path, tmp_path: Path, rules: Rules | None) -> AsyncIterator[Office]:
    async with opened(peopled, tmp_path / "office", rules=rules) as made:
        yield made


@pytest.fixture
def folders(tmp_path: Path) -> Callable[[], Path]:
    """A new empty folder for each example."""
    number = iter(range(1_000_000))
    return lambda: tmp_path / str(next(number))
