"""Files that are on the disk, whole and under their name, when a call returns; after a power cut, old or new ones."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_new(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read. Raises FileExistsError where one is there; leaves no half of one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


class NewFile:
    """A file whose name is taken at once, and whose content is on the disk before it stands under that name.

    So a full disk is found out before anything is said of the file elsewhere, and nobody finds half of one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = _draft(path)

    def reserve(self) -> None:
        """Take the name. Raises FileExistsError, OSError."""
        write_new(self._path, b"")

    def fill(self, content: bytes) -> None:
        """Write the content, under another name for now. Raises OSError."""
        write_new(self._draft, content)

    def show(self) -> None:
        """Give what was written its name. Raises OSError."""
        self._draft.replace(self._path)
        sync_folder(self._path.parent)

    def remove(self) -> None:
        """As if it had never been begun."""
        self._draft.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def replace(path: Path, content: bytes) -> None:
    """Put a file that only its owner can read in place of what is there. Whose it was, it stays. Raises OSError."""
    draft = _draft(path)
    write_new(draft, content)
    try:
        if path.exists():
            before = path.stat()
            if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(draft, before.st_uid, before.st_gid)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def can_be_written(folder: Path) -> bool:
    """Whether files can be made in a folder, or it can be made itself where it is not there yet. Makes nothing.

    Also False on what is mounted to read only, for root too.
    """
    nearest = folder.absolute()
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def sync_file(path: Path) -> None:
    """Bring what was written to a file to the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
