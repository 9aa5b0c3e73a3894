"""A contestant's bot in a process of its own: started, watched, timed, stopped."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.contestants import Assignment, Contestant

ROOT = Path(__file__).resolve().parent.parent
LAST_WORDS = 2000
SECONDS_TO_STOP = 10.0
# The fields of /proc/PID/stat after the closing parenthesis of the command's name; see proc(5).
USER_TICKS, SYSTEM_TICKS = 11, 12


class BotEndedError(Exception):
    """A contestant's bot ended, or never began to ask for updates."""


@asynccontextmanager
async def running(contestant: Contestant, assignment: Assignment, limit: float) -> AsyncIterator[Process]:
    log = log_of(assignment)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.leash", str(round(limit))),
            *contestant.command,
            cwd=assignment.folder,
            env=environment(contestant, assignment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        await stop(process)


def environment(contestant: Contestant, assignment: Assignment) -> dict[str, str]:
    """Ours, without what would change a contestant: our own settings, proxies that libraries pick up, and what keeps
    Python from keeping what it has compiled, which only a checkout has to compile: an installed package has it."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SURVEYBOT_")
        and not name.lower().endswith("_proxy")
        and name != "PYTHONDONTWRITEBYTECODE"
    }
    return {**inherited, "PYTHONPATH": str(ROOT), **contestant.environment(assignment)}


async def stop(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), SECONDS_TO_STOP)
    except TimeoutError:
        process.kill()
        await process.wait()


def log_of(assignment: Assignment) -> Path:
    return assignment.folder / f"output-{assignment.number}.log"


def last_words(assignment: Assignment) -> str:
    return log_of(assignment).read_text(errors="replace")[-LAST_WORDS:]


def cpu_seconds(pid: int) -> float | None:
    """What a process, its threads and its children have used so far; None where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    ticks = int(fields[USER_TICKS]) + int(fields[SYSTEM_TICKS])
    own = ticks / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(child) or 0.0 for child in _children(pid))


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children.extend(int(child) for child in task.read_text().split())
    return children


def megabytes(pid: int) -> float | None:
    """What a process holds in memory just now; None where there is no /proc."""
    return _of_status(pid, "VmRSS:")


def most_megabytes(pid: int) -> float | None:
    """What it has held at most."""
    return _of_status(pid, "VmHWM:")


def _of_status(pid: int, name: str) -> float | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith(name)), None)
    return int(kilobytes) / 1024 if kilobytes is not None else None
