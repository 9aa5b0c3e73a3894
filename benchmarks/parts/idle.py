"""What a bot costs that does nothing: importing it, starting it, and the memory that it then holds."""

import asyncio
import os
import sys
import time
from dataclasses import replace

from benchmarks.contestants import CONTESTANTS, YARDSTICK, Contestant
from benchmarks.exports.measure import run
from benchmarks.figures import Figure, figure
from benchmarks.order import Order
from benchmarks.people import somewhere
from benchmarks.processes import ROOT
from benchmarks.rounds import Outcome, measure

_NOTHING, _COMMANDS, _BOT, _PEER = "pass", "import bot.cli", "import bot.cli, bot.bootstrap", "import aiogram_dialog"


async def measured(order: Order) -> list[Figure]:
    """Processor time of imports beyond Python's own start; then a bot that is started and asked for nothing."""
    names = {_COMMANDS: "importing the commands", _BOT: "importing the bot", _PEER: "importing aiogram-dialog"}
    imports = {name: await _imports(order, name) for name in names}
    peer = figure(names[_PEER], "s of processor time", imports[_PEER])
    found = [peer, *(figure(names[each], peer.unit, imports[each], peer) for each in (_COMMANDS, _BOT))]
    by_key = {each.key: each for each in CONTESTANTS}
    theirs, mine = [await _idle(order, by_key[key]) for key in (YARDSTICK, "ours")]
    for what, unit, take in (("start until it asks", "s", _started), ("memory when idle", "MB", _memory)):
        beside = figure(f"aiogram-dialog: {what}", unit, map(take, theirs))
        found += [beside, figure(f"surveybot: {what}", unit, map(take, mine), beside)]
    return found


async def _imports(order: Order, words: str) -> list[float]:
    async with somewhere(order) as folder:
        settings = {**os.environ, "PYTHONPATH": str(ROOT)}
        settings.pop("PYTHONDONTWRITEBYTECODE", None)

        def once(said: str) -> float:
            return run((sys.executable, "-c", said), settings, folder).processor

        await asyncio.to_thread(once, words)  # the first writes bytecode
        return [
            await asyncio.to_thread(once, words) - await asyncio.to_thread(once, _NOTHING) for _ in range(order.rounds)
        ]


async def _idle(order: Order, contestant: Contestant) -> list[Outcome]:
    plan = replace(order.plan, people=0, seconds=2.0, warm_up=0.5)
    found = []
    for number in range(order.rounds):
        found.append(await measure(contestant, plan))
        order.say(f"round {number + 1}: {contestant.name}: idle with {_memory(found[-1]):.0f} MB at {time.ctime()}")
    return found


def _started(outcome: Outcome) -> float:
    return outcome.started


def _memory(outcome: Outcome) -> float:
    return outcome.memory or 0.0
