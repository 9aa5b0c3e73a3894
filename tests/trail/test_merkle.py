"""The tree of RFC 6962, against vectors of others and against its own definition."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from bot.trail.merkle import (
    EMPTY_ROOT,
    TILE,
    Frontier,
    leaf_hash,
    node_hash,
    path,
    root_from,
    root_of,
)

LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
]
"""The leaves that implementations of certificate transparency hold one another against (merkle_tree_test.go)."""

ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined(leaves: list[bytes]) -> bytes:
    """MTH, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(defined(leaves[:split]), defined(leaves[split:]))


def test_roots_are_those_of_other_implementations() -> None:
    tree = Frontier()
    assert tree.root == EMPTY_ROOT
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        tree.append(leaf_hash(leaf))
        assert tree.root.hex() == root
        assert Frontier.opened(tree.size, tree.packed) == tree


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=70), st.data())
def test_every_leaf_is_proved_and_nothing_else_is(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [leaf_hash(each) for each in leaves]
    root, size = defined(leaves), len(leaves)
    assert root_of(hashes) == root
    index = data.draw(st.integers(0, size - 1))
    proof = path(index, hashes)
    assert root_from(hashes[index], index, size, proof) == root
    assert root_from(leaf_hash(b"something else"), index, size, proof) != root
    assert root_from(hashes[index], index, size, [*proof, root]) != root
    other = data.draw(st.integers(-1, size))
    if other != index:
        assert root_from(hashes[index], other, size, proof) != root or leaves[other] == leaves[index]
    if proof:
        assert root_from(hashes[index], index, size, proof[:-1]) != root


@given(st.integers(1, 4 * TILE), st.data())
def test_proofs_from_tiles_are_those_of_the_whole_tree(size: int, data: st.DataObject) -> None:
    hashes = [leaf_hash(str(each).encode()) for each in range(size)]
    tree, tiles = Frontier(), []
    for each in hashes:
        tile = tree.append(each)
        if tile is not None:
            tiles.append(tile)
    assert tiles == [root_of(hashes[start : start + TILE]) for start in range(0, size - TILE + 1, TILE)]
    if size % TILE:
        tiles.append(root_of(hashes[-(size % TILE) :]))
    index = data.draw(st.integers(0, size - 1))
    mine = hashes[index // TILE * TILE : (index // TILE + 1) * TILE]
    assert [*path(index % TILE, mine), *path(index // TILE, tiles)] == path(index, hashes)
    assert tree.root == root_of(tiles)
