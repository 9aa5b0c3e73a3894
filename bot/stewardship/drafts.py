"""A file on its way: under a temporary name until it is finished, and gone when it never is.

What a killed process leaves is removed by the next one that makes a file in the same folder: a living one holds a lock
on its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path
from typing import BinaryIO

from bot.durable import sync_folder

_BEFORE, _AFTER = ".unfinished-", ".part"

Change = Callable[[BinaryIO, BinaryIO], None]


class Draft:
    """A file that nobody else can read, and that has only a temporary name yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path, self.file = _new_file(folder)

    def rewrite(self, change: Change) -> None:
        """Replace what stands in it: `change` reads the old file and writes the new one."""
        path, file = _new_file(self.folder)
        try:
            self.file.seek(0)
            change(self.file, file)
        except BaseException:
            _remove(path, file)
            raise
        _remove(self.path, self.file)
        self.path, self.file = path, file

    def settle(self) -> str:
        """Bring it all to the disk. Gives its SHA-256 in hex."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.seek(0)
        return hashlib.file_digest(self.file, "sha256").hexdigest()

    def finish(self, name: str) -> Path:
        """Give it its name, for good, also if the power fails."""
        final = self.folder / name
        self.path.rename(final)
        sync_folder(self.folder)
        return final

    def discard(self) -> None:
        """Leave nothing behind; a finished file stays."""
        _remove(self.path, self.file)


@contextmanager
def draft_in(folder: Path) -> Iterator[Draft]:
    """A draft in a folder, made if there is none. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    remove_abandoned(folder)
    draft = Draft(folder)
    try:
        yield draft
    finally:
        draft.discard()


def remove_abandoned(folder: Path) -> None:
    """Remove drafts whose process is no more."""
    for path in folder.glob(f"{_BEFORE}*{_AFTER}"):
        with path.open("rb") as file:
            if _locked(file):
                path.unlink(missing_ok=True)


def _new_file(folder: Path) -> tuple[Path, BufferedRandom]:
    path = folder / f"{_BEFORE}{secrets.token_hex(8)}{_AFTER}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    file = os.fdopen(descriptor, "w+b")
    _locked(file)
    return path, file


def _locked(file: BinaryIO) -> bool:
    """Whether the lock was free; it is held until the file is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove(path: Path, file: BinaryIO) -> None:
    path.unlink(missing_ok=True)
    file.close()
