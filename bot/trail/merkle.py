"""The Merkle tree of RFC 6962, section 2.1: hashes of leaves and nodes, a growing tree's frontier, inclusion proofs.

A *frontier* is what of a tree has to be kept to let it grow: the hashes of its complete subtrees, from the largest
down, one for each 1 in the binary digits of its size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
TILE_LEVEL = 8
TILE = 1 << TILE_LEVEL
"""Leaves of one tile: complete subtrees of this size are kept, so that a proof reads some hundred leaves, not all."""

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf; its prefix keeps leaves and nodes apart."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """A tree that grows by one leaf at a time."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    @classmethod
    def opened(cls, size: int, packed: bytes) -> Frontier:
        """A frontier as `packed` has it. Raises ValueError where it is not one of that size."""
        if size < 0 or len(packed) != size.bit_count() * HASH_BYTES:
            raise ValueError("this is no frontier of a tree of that size")
        return cls(size, [packed[start : start + HASH_BYTES] for start in range(0, len(packed), HASH_BYTES)])

    @property
    def packed(self) -> bytes:
        """All of its hashes, one after another."""
        return b"".join(self.hashes)

    def append(self, leaf: bytes) -> bytes | None:
        """Let it grow by a leaf's hash. Gives the tile's hash where that has completed one."""
        node, level, tile = leaf, 0, None
        while (self.size >> level) & 1:
            node = node_hash(self.hashes.pop(), node)
            level += 1
            if level == TILE_LEVEL:
                tile = node
        self.hashes.append(node)
        self.size += 1
        return tile

    @property
    def root(self) -> bytes:
        """The hash over the whole tree."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaves, or over complete subtrees of one size of which the last may be smaller."""
    frontier = Frontier()
    for each in hashes:
        frontier.append(each)
    return frontier.root


def path(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """What proves that the hash at `index` is among these, nearest first (RFC 6962, 2.1.1)."""
    count = len(hashes)
    if count == 1:
        return []
    split = 1 << ((count - 1).bit_length() - 1)
    if index < split:
        return [*path(index, hashes[:split]), root_of(hashes[split:])]
    return [*path(index - split, hashes[split:]), root_of(hashes[:split])]


def root_from(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to; None where it cannot be one of that place and size (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(each, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, each)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None
