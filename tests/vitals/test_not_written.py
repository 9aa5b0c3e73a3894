"""While nothing can be written, whoever asks is told so, and is told when it can be again, also if nobody writes."""

from __future__ import annotations

import asyncio
import random
import resource
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support import stores
from support.balancing import Balancer
from support.ports import free_address
from support.process import environment
from support.running import TOKEN, Bot

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox
from bot.storage.database import StoreUnavailable
from bot.storage.standing import Standing
from bot.vitals import pulse as vital
from bot.vitals.pulse import Pulse, Stage

from .test_watching import asked, values

READY, NOT_WRITTEN = (200, "ok\n"), (503, "nothing can be written\n")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN, page=False, first_retry=0.02) as running:
        yield running


async def _comes(address: str, answer: tuple[int, str]) -> None:
    async with asyncio.timeout(60):
        while await asked(address, "/readyz") != answer:  # noqa: ASYNC110  # whoever asks over HTTP is told nothing later
            await asyncio.sleep(0.05)


async def _store_up(address: str) -> float:
    return values((await asked(address, "/metrics"))[1])["surveybot_store_up"][""]


async def _waits() -> Standing:
    return Standing(0, 0, 0, 0)


class Store:
    """Takes what is written, or not."""

    def __init__(self) -> None:
        self.takes = False
        self.tries = 0

    async def write(self) -> None:
        self.tries += 1
        if not self.takes:
            raise StoreUnavailable("OperationalError")


@pytest.fixture
def _tries_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vital, "_TRY_EACH", 0.0)


@pytest.mark.usefixtures("_tries_at_once")
async def test_from_a_batch_that_failed_until_the_next_that_is_written_or_a_try_that_is() -> None:
    store = Store()
    pulse = Pulse(polls=False, look=_waits, write=store.write, stage=Stage.SERVING)
    assert await pulse.why_not_ready() == []
    assert store.tries == 0, "while batches are written, nothing else has to be"

    pulse.steps.fail()
    assert await pulse.why_not_ready() == await pulse.why_not_ready() == ["nothing can be written"]
    assert (store.tries, pulse.why_not_alive()) == (2, "")
    pulse.steps.begin()
    assert await pulse.why_not_ready() == ["nothing can be written"]
    assert store.tries == 2, "a batch that is in hand shows it by itself"
    pulse.steps.end(1, None)
    assert await pulse.why_not_ready() == []

    pulse.steps.fail()
    store.takes = True
    assert await pulse.why_not_ready() == []
    assert store.tries == 3
    await pulse.finish()


async def test_whoever_asks_all_the_time_has_little_written() -> None:
    store = Store()
    pulse = Pulse(polls=False, look=_waits, write=store.write, stage=Stage.SERVING)
    pulse.steps.fail()
    assert [await pulse.can_be_written() for _ in range(50)] == [False] * 50
    assert store.tries == 1


async def test_a_try_that_takes_long_is_one_and_a_batch_that_fails_meanwhile_knows_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vital, "_PATIENCE", 0.01)
    goes_on, tries = asyncio.Event(), 0

    async def locked() -> None:
        nonlocal tries
        tries += 1
        await goes_on.wait()

    pulse = Pulse(polls=False, look=_waits, write=locked, stage=Stage.SERVING)
    pulse.steps.fail()
    assert await pulse.why_not_ready() == await pulse.why_not_ready() == ["nothing can be written"]
    assert tries == 1
    pulse.steps.fail()
    goes_on.set()
    monkeypatch.setattr(vital, "_PATIENCE", 60.0)
    assert await pulse.why_not_ready() == ["nothing can be written"]
    monkeypatch.setattr(vital, "_TRY_EACH", 0.0)
    assert await pulse.why_not_ready() == []


# --- a disk that is full -------------------------------------------------------------------------------------------


class Limited:
    """A bot as a process of its own, whose files can be kept from growing, as on a full disk. Its log is no file."""

    def __init__(self, pid: int, health: str) -> None:
        self._pid = pid
        self.health = health

    def fill(self) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def make_room(self) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@asynccontextmanager
async def _limited(sandbox: Sandbox, folder: Path, settings: Mapping[str, str]) -> AsyncIterator[Limited]:
    health = free_address()
    more = {"PYTHONPATH": str(Path.cwd()), "SURVEYBOT_HEALTH_LISTEN": health, **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "run", cwd=folder, env=environment(folder, sandbox.api_url, **more),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert (await process.stdout.readline()).startswith(b"Serving @")
        yield Limited(process.pid, health)
        process.terminate()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.sqlite("limits what the data's file may grow to")
async def test_a_full_disk_where_updates_are_fetched(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nothing of it starts the process anew, which would not help."""
    async with _limited(sandbox, tmp_path, {}) as bot:
        await _comes(bot.health, READY)
        assert await _store_up(bot.health) == 1
        bot.fill()
        person = sandbox.person("Sam", "en")
        await person.say("/start")
        await _comes(bot.health, NOT_WRITTEN)
        assert await _store_up(bot.health) == 0
        assert await asked(bot.health, "/healthz") == READY
        bot.make_room()
        await _comes(bot.health, READY)
        assert await _store_up(bot.health) == 1
        await _answered(person)


@pytest.mark.sqlite("limits what the data's file may grow to")
async def test_a_full_disk_behind_a_proxy_that_sends_nothing_to_who_is_not_ready(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """It is taken in again though no update has come to show that it may be."""
    listen = free_address()
    port = int(listen.rpartition(":")[2])
    async with Balancer(random.Random(7)) as proxy:  # noqa: S311  # an order by chance
        url = f"http://127.0.0.1:{proxy.port}"
        sent = {"SURVEYBOT_WEBHOOK_URL": url, "SURVEYBOT_LISTEN": listen}
        async with _limited(sandbox, tmp_path, sent) as bot:
            await _comes(bot.health, READY)
            proxy.ports = [port]
            bot.fill()
            person = sandbox.person("Sam", "en")
            await person.say("/start")
            await _comes(bot.health, NOT_WRITTEN)
            proxy.ports = []
            assert await asked(bot.health, "/healthz") == READY
            assert await asked(bot.health, "/readyz") == NOT_WRITTEN, "the try that is made meanwhile fails too"
            bot.make_room()
            await _comes(bot.health, READY)
            proxy.ports = [port]
            await _answered(person)


# --- a server that only follows ------------------------------------------------------------------------------------


@pytest.mark.server("a database on a server can be for reading alone")
@pytest.mark.usefixtures("_tries_at_once")
async def test_a_server_that_only_follows(sandbox: Sandbox, tmp_path: Path) -> None:
    """As when another one has taken its place, and the address still leads to this one."""
    health = free_address()
    bot = Bot(sandbox, tmp_path, health_listen=health)
    await bot.start()
    try:
        await _comes(health, READY)
        stores.only_read(tmp_path, yes=True)
        person = sandbox.person("Sam", "en")
        await person.say("/start")
        await _comes(health, NOT_WRITTEN)
        assert await _store_up(health) == 0
        assert await asked(health, "/healthz") == READY
        stores.only_read(tmp_path, yes=False)
        await _comes(health, READY)
        await _answered(person)
    finally:
        await bot.stop()


async def _answered(person: Person) -> None:
    async with asyncio.timeout(60):
        while not person.screen:  # noqa: ASYNC110  # what comes wakes nobody
            await asyncio.sleep(0.05)
