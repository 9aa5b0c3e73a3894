"""The ids of destroyed keys, in a file beside the master key that is only ever appended to.

A key store restored from a backup would bring destroyed wraps back; whoever restores applies this file first.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


class Tombstones:
    """Appends and reads `destroyed-keys.log`. An entry is `key id in hex` or `key id in hex, space, lock`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, destroyed: Iterable[tuple[bytes, str | None]]) -> None:
        """Remember keys as destroyed; on disk before it returns."""
        lines = "".join(f"{key_id.hex()} {lock}\n" if lock else f"{key_id.hex()}\n" for key_id, lock in destroyed)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[tuple[bytes, str | None]]:
        """Every key that was destroyed, oldest first. A last line cut short by a crash is passed over."""
        if not self.path.exists():
            return []
        whole = self.path.read_text(encoding="ascii").rpartition("\n")[0]
        return [_entry(line) for line in whole.splitlines() if line]


def _entry(line: str) -> tuple[bytes, str | None]:
    key_id, _, lock = line.partition(" ")
    return bytes.fromhex(key_id), lock or None
