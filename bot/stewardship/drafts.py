"""A folder on its way: under a temporary name until everything in it is finished, and gone when it never is.

What a killed process leaves is removed by the next one that makes a release in the same folder: a living one holds a
lock on its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path
from typing import BinaryIO, TypeVar

from bot.durable import sync_folder

_BEFORE, _AFTER = ".unfinished-", ".part"

Change = Callable[[BinaryIO, BinaryIO], object]
_Given = TypeVar("_Given")


class Draft:
    """A folder that nobody else can read, and that has only a temporary name yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / f"{_BEFORE}{secrets.token_hex(8)}{_AFTER}"
        self.path.mkdir(mode=0o700)
        self._held = os.open(self.path, os.O_RDONLY)
        _locked(self._held)
        self._files: dict[str, BufferedRandom] = {}
        self._small: set[str] = set()

    def file(self, name: str) -> BinaryIO:
        """An empty file in it, to write; it stays open."""
        self._files[name] = _new_file(self.path / name)
        return self._files[name]

    def remove(self, name: str) -> None:
        """Take a file out again, if it is there."""
        if name in self._files:
            self._files.pop(name).close()
            (self.path / name).unlink()

    def rewrite(self, name: str, change: Callable[[BinaryIO, BinaryIO], _Given]) -> _Given:
        """Replace what stands in a file: `change` reads the old one and writes the new one. Gives what it gives."""
        old = self._files[name]
        aside = self.path / f"{name}.next"
        new = _new_file(aside)
        try:
            old.seek(0)
            given = change(old, new)
        except BaseException:
            new.close()
            aside.unlink(missing_ok=True)
            raise
        old.close()
        aside.replace(self.path / name)
        self._files[name] = new
        return given

    def settle(self, name: str) -> str:
        """Bring a file to the disk. Gives its SHA-256 in hex."""
        file = self._files[name]
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest()

    def put(self, name: str, content: bytes) -> str:
        """Write a small file, also over an earlier one, and bring it to the disk. Gives its SHA-256 in hex."""
        path = self.path / name
        self._small.add(name)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.unlink(missing_ok=True)
        with _new_file(path) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
        return hashlib.sha256(content).hexdigest()

    def take_back(self) -> None:
        """Take out every small file that was put: what comes next says something else."""
        for name in self._small:
            (self.path / name).unlink(missing_ok=True)
        self._small.clear()

    def finish(self, name: str) -> Path:
        """Give it its name, for good, also if the power fails."""
        final = self.folder / name
        sync_folder(self.path)
        self.path.rename(final)
        sync_folder(self.folder)
        return final

    def discard(self) -> None:
        """Leave nothing behind; a finished folder stays."""
        for file in self._files.values():
            file.close()
        shutil.rmtree(self.path, ignore_errors=True)
        if self._held >= 0:
            os.close(self._held)
            self._held = -1


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


def change_file(path: Path, change: Change) -> None:
    """Replace a finished file at once: `change` reads the old one and writes the new one. Raises OSError."""
    aside = path.with_name(f"{_BEFORE}{secrets.token_hex(8)}{_AFTER}")
    try:
        with path.open("rb") as old, _new_file(aside) as new:
            _locked(new.fileno())
            change(old, new)
            new.flush()
            os.fsync(new.fileno())
            aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def remove_abandoned(folder: Path) -> None:
    """Remove drafts whose process is no more."""
    for path in folder.glob(f"{_BEFORE}*{_AFTER}"):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            if not _locked(descriptor):
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)


def _new_file(path: Path) -> BufferedRandom:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def _locked(descriptor: int) -> bool:
    """Whether the lock was free; it is held until it is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
