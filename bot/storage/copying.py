"""A consistent copy of a SQLite database that others are working on, by SQLite's online backup.

A plain copy of the file may hold half a transaction, and lacks what stands in the write-ahead log.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.durable import sync_file


class Damaged(Exception):
    """A database file that SQLite finds faults in; the text names it."""


async def copy_into_new_file(driver: Any, path: Path) -> None:  # noqa: ANN401  # aiosqlite's connection
    """Copy what a driver's connection sees into a file of its own that only its owner can read. Raises OSError."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    # The driver works in a thread of its own, and uses the target there.
    target = sqlite3.connect(path, check_same_thread=False)
    try:
        # All pages in one step: copied in several, it would begin again with every write of another process.
        await driver.backup(target)
        await asyncio.to_thread(_finish, target)
    finally:
        target.close()
    await asyncio.to_thread(sync_file, path)


def finish_copy(path: Path) -> None:
    """Look through a copy that was written row by row, and have it on disk. Raises Damaged, OSError."""
    with closing(sqlite3.connect(path)) as copy:
        _finish(copy)
    sync_file(path)


def _finish(target: sqlite3.Connection) -> None:
    """One file, whole and looked through: the source's journal mode came along, and a log beside it would be lost."""
    target.execute("PRAGMA journal_mode=DELETE")
    _look_through(target)


def check_file(path: Path) -> None:
    """Look through a database file. Raises Damaged."""
    try:
        # Not to be altered, not even by opening: no write-ahead log is made beside it.
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            _look_through(connection)
    except (sqlite3.DatabaseError, Damaged):
        raise Damaged(f"{path}: this is not a whole SQLite database") from None


def _look_through(connection: sqlite3.Connection) -> None:
    [(said,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    if said != "ok":
        raise Damaged("the copy is not whole")
