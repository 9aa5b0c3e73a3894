"""Signed heads of the log: how long it was at a moment, and the one hash that all of it came to.

They lie in the key store, apart from the data, so that data whose end was cut off does not fit them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.trail.merkle import Frontier

SEALED, RESTORED = "sealed", "restored"
"""A head that the sealer made, and one from which the log goes on after a backup was put back."""


@dataclass(frozen=True, slots=True)
class Head:
    """The log at a moment."""

    number: int
    """Heads are counted, since a restore lets the log go back to a size that it had before."""
    kind: str
    size: int
    root: bytes
    at: dt.datetime
    note: str
    """Of a restored one: which backup it was."""
    frontier: bytes
    signature: bytes = b""

    def statement(self, installation: str) -> bytes:
        """The bytes that are signed."""
        return statement(installation, self.number, self.kind, self.size, self.root, self.at, self.note)

    @property
    def tree(self) -> Frontier:
        """The tree to go on from. Raises ValueError where it is not the one that was signed."""
        found = Frontier.opened(self.size, self.frontier)
        if found.root != self.root:
            raise ValueError("the frontier of this head is not the one that was signed")
        return found


def statement(installation: str, number: int, kind: str, size: int, root: bytes, at: dt.datetime, note: str) -> bytes:
    """What is signed, a line each; the last line may be empty."""
    moment = at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    lines = ("surveybot audit head 1", installation, str(number), kind, str(size), root.hex(), moment, note)
    return "\n".join(lines).encode()


def next_head(
    newest: Head | None,
    tree: Frontier,
    at: dt.datetime,
    installation: str,
    sign: Callable[[bytes], bytes],
    *,
    kind: str = SEALED,
    note: str = "",
) -> Head:
    """The head after the newest, signed."""
    number = newest.number + 1 if newest is not None else 1
    signature = sign(statement(installation, number, kind, tree.size, tree.root, at, note))
    return Head(number, kind, tree.size, tree.root, at, note, tree.packed, signature)


def in_force(heads: Sequence[Head]) -> tuple[list[Head], list[tuple[Head, int]]]:
    """Heads that the log still has to fit, by size, and of each restore how many sealed entries the backup lacked."""
    standing: list[Head] = []
    restored: list[tuple[Head, int]] = []
    for head in sorted(heads, key=lambda each: each.number):
        if head.kind == RESTORED:
            longest = max((each.size for each in standing), default=head.size)
            restored.append((head, max(0, longest - head.size)))
            standing = [each for each in standing if each.size <= head.size]
        standing.append(head)
    return standing, restored
