"""Databases with people who were made up, made once a size and copied for each round that changes them."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.broadcasts import ours
from benchmarks.order import Order

_MADE = "made"
"""A file that says that making them came to its end."""


async def made(order: Order, count: int, where: Path) -> Path:
    """A folder with so many people; the one that is kept, where they were made before."""
    folder = (order.kept or where) / f"people-{count}"
    if (folder / _MADE).exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if count:
        order.say(f"making {count:,} people")
        began = time.monotonic()
        await ours.made_up(folder, count)
        order.say(f"made {count:,} people in {time.monotonic() - began:.0f} s")
    (folder / _MADE).touch()
    return folder


@asynccontextmanager
async def somewhere(order: Order) -> AsyncIterator[Path]:
    """A folder for a part of a run, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="survey-bench-", dir=order.folder) as name:
        yield Path(name)


async def copied(source: Path, where: Path) -> Path:
    """A copy of a folder with people, to be changed by one round."""
    shutil.rmtree(where, ignore_errors=True)
    await asyncio.to_thread(shutil.copytree, source, where)
    return where
