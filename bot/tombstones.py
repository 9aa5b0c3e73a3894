"""The ids of destroyed keys, in a file beside the master key that is only ever appended to.

A key store restored from a backup would bring destroyed wraps back; whoever restores applies this file first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from bot.vault import KeyFileFault

_ENTRY = re.compile(r"(?:[0-9a-f]{2})+(?: [^\s~]+)?")


class Tombstones:
    """Appends and reads `destroyed-keys.log`. An entry is `key id in hex` or `key id in hex, space, lock`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self) -> None:
        """Make an empty list beside new keys: from then on, a list that is missing was lost."""
        os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600))

    def append(self, destroyed: Iterable[tuple[bytes, str | None]]) -> None:
        """Remember keys as destroyed; all of them on disk before it returns. Raises OSError."""
        lines = "".join(f"{key_id.hex()} {lock}\n" if lock else f"{key_id.hex()}\n" for key_id, lock in destroyed)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        # Buffered: a bare write to a disk that is almost full takes what fits, and raises nothing.
        with os.fdopen(descriptor, "rb+") as file:
            file.write(_after_a_cut_line(file) + lines.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[tuple[bytes, str | None]]:
        """Every key that was destroyed, oldest first. A line cut short by a crash is passed over: its destruction was
        not carried out yet, so that it was written again later."""
        if not self.path.exists():
            return []
        try:
            whole = self.path.read_text(encoding="ascii").rpartition("\n")[0]
        except UnicodeDecodeError:
            raise KeyFileFault(
                f"{self.path}: this list of destroyed keys is damaged; take it from a backup of the keys"
            ) from None
        return [_entry(line) for line in whole.splitlines() if _ENTRY.fullmatch(line)]


def _after_a_cut_line(file: BinaryIO) -> bytes:
    """An end for a last line that a crash cut short: what comes next would otherwise be lost with it. The tilde voids
    the line, which without its lock would read as the whole key."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return b""
    file.seek(size - 1)
    return b"" if file.read(1) == b"\n" else b"~\n"


def _entry(line: str) -> tuple[bytes, str | None]:
    key_id, _, lock = line.partition(" ")
    return bytes.fromhex(key_id), lock or None
