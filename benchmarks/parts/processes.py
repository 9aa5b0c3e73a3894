"""Updates handled a second by one, two and four processes on one PostgreSQL, beside one process on SQLite that polls.

The processes stand behind one address, to which the stand-in sends updates as Telegram does by webhook.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import typer

from benchmarks import ours
from benchmarks.contestants import CONTESTANTS, Assignment, Contestant
from benchmarks.figures import Figure, Wanted, at_least, at_most, figure
from benchmarks.journeys import Crowd
from benchmarks.order import Order
from benchmarks.people import somewhere
from benchmarks.processes import BotEndedError, last_words, running
from benchmarks.rounds import Outcome, Plan, asked, go, measure
from benchmarks.stand_in import StandIn

if TYPE_CHECKING:
    from support.server import Server

COUNTS = (1, 2, 4)
TWO, CORES = 2, 4
"""So many processes are to be faster than one where so many cores are found."""
_ON_SQLITE = next(each for each in CONTESTANTS if each.key == "ours")
_PATIENCE = 30.0


async def measured(order: Order) -> list[Figure]:
    """Every count in turn, each on databases of its own; the server's processor time is told apart."""
    alone: list[Outcome] = []
    several: dict[int, list[Outcome]] = {count: [] for count in COUNTS}
    async with somewhere(order) as where:
        where.chmod(0o755)  # the server may run as somebody else
        async with _server(where) as server:
            for number in range(order.rounds):
                alone.append(await measure(_ON_SQLITE, order.plan))
                order.say(f"round {number + 1}: SQLite: {alone[-1].told}")
                for count in COUNTS:
                    folder = where / f"{number}-{count}"
                    folder.mkdir()
                    several[count].append(await _round(folder, server, count, order.plan))
                    told = several[count][-1].told
                    order.say(f"round {number + 1}: PostgreSQL, {_processes(count)}: {told}")
    return figures(alone, several, os.cpu_count() or 1)


def figures(alone: Sequence[Outcome], several: Mapping[int, Sequence[Outcome]], cores: int) -> list[Figure]:
    """Rates beside those of one process, and the processor time of an update in the bot and in PostgreSQL."""
    left = sum(sum(each.failures.values()) for each in (*alone, *chain.from_iterable(several.values())))
    waiting = figure("left waiting, whoever served", "updates", [left], wanted=at_most(0, ""))
    found = [replace(waiting, must=True), *_of("SQLite, one process that polls", alone, None, None)]
    one: Figure | None = None
    for count, outcomes in several.items():
        wanted = at_least(1.5) if count == TWO and cores >= CORES else None
        rate, *times = _of(f"PostgreSQL, {_processes(count)}", outcomes, one, wanted)
        found += [rate, *times]
        one = one or rate
    return found


def _of(what: str, outcomes: Sequence[Outcome], one: Figure | None, wanted: Wanted | None) -> list[Figure]:
    used = [1000 * (each.bot_cpu_per_update or 0.0) for each in outcomes]
    served = [1000 * each.beside_cpu / max(1, each.updates) for each in outcomes if each.beside_cpu is not None]
    return [
        figure(what, "updates/s", (each.rate for each in outcomes), one, wanted),
        figure(f"{what}: the bot's processor time", "ms an update", used),
        *([figure(f"{what}: PostgreSQL's processor time", "ms an update", served)] if served else []),
    ]


def _processes(count: int) -> str:
    return "one process" if count == 1 else f"{count} processes"


@asynccontextmanager
async def _server(where: Path) -> AsyncIterator["Server"]:
    try:
        from support.server import DURABLE, Server  # noqa: PLC0415 - the tests' own, which other parts do without
    except ModuleNotFoundError:
        raise typer.BadParameter('this part needs the tests: make bench BENCH="--part processes"') from None
    server = await asyncio.to_thread(Server, DURABLE, where)
    try:
        await asyncio.to_thread(server.make)
        yield server
    finally:
        await asyncio.to_thread(server.remove)


async def _round(folder: Path, server: "Server", count: int, plan: Plan) -> Outcome:
    """A round of so many processes."""
    databases = [f"{name}_{folder.name.replace('-', '_')}" for name in ("survey", "keystore")]
    ports = _free_ports(count)
    contestant = Contestant(
        "several", f"surveybot, {_processes(count)}", ours.COMMAND, _environment(server, databases, ports), ours.POLICY
    )
    async with _databases(server, databases), StandIn(ports) as stand_in, AsyncExitStack() as stack:
        assignments = [Assignment(stand_in.url, stand_in.token, folder, number) for number in range(count)]
        pids = []
        for assignment, port in zip(assignments, ports, strict=True):  # the first makes keys and tables
            process = await stack.enter_async_context(running(contestant, assignment, plan.longest_round * 2))
            pids.append(process.pid)
            await _listens(port, assignment)
        await asked(stand_in)
        crowd = Crowd(stand_in, contestant.policy, plan.people, plan.patience)
        return await go(crowd, stand_in, plan, pids, [server.pid] if server.pid is not None else [])


def _environment(
    server: "Server", databases: Sequence[str], ports: Sequence[int]
) -> Callable[[Assignment], Mapping[str, str]]:
    def environment(assignment: Assignment) -> Mapping[str, str]:
        data, keys = (f"postgresql+asyncpg://postgres@/{name}?host={server.folder}" for name in databases)
        return {
            **ours.environment(assignment.api_url, assignment.token, assignment.folder),
            "SURVEYBOT_DATABASE_URL": data,
            "SURVEYBOT_KEY_STORE_URL": keys,
            "SURVEYBOT_WEBHOOK_URL": f"http://127.0.0.1:{ports[0]}",
            "SURVEYBOT_LISTEN": f"127.0.0.1:{ports[assignment.number]}",
        }

    return environment


@asynccontextmanager
async def _databases(server: "Server", names: Sequence[str]) -> AsyncIterator[None]:
    connection = await asyncpg.connect(host=str(server.folder), user="postgres", database="postgres")
    try:
        for name in names:
            await connection.execute(f'CREATE DATABASE "{name}"')
        yield
        for name in names:
            await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


async def _listens(port: int, assignment: Assignment) -> None:
    """Wait until a process takes updates. Raises BotEndedError."""
    for _ in range(int(_PATIENCE / 0.05)):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
    raise BotEndedError(f"a process does not listen:\n{last_words(assignment)}")
