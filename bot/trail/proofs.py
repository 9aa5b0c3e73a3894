"""Proofs that an entry is in the log: made with the data, checked without it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.storage import audit
from bot.storage.audit import Row
from bot.storage.database import Database
from bot.storage.keystore import KeyStore
from bot.trail.entries import Entry
from bot.trail.heads import Head
from bot.trail.merkle import TILE, leaf_hash, path, root_from, root_of
from bot.vault import Vault
from flows.receipts import Proof

Seal = Callable[[], Awaitable[None]]


class Proofs:
    """Makes proofs that a consent is in the log."""

    def __init__(self, *, database: Database, keystore: KeyStore, vault: Vault, seal: Seal | None = None) -> None:
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._seal = seal

    async def of_consent(self, pseudonym: str, record: str) -> Proof | None:
        """The proof that a consent was given; None where its entry is not sealed yet, or is not what was sealed."""
        proof = await self._made(pseudonym, record)
        if proof is None and self._seal is not None:
            await self._seal()  # somebody asks within a second of agreeing
            proof = await self._made(pseudonym, record)
        return proof

    async def _made(self, pseudonym: str, record: str) -> Proof | None:
        head = await self._keystore.newest_head()
        if head is None:
            return None
        async with self._database.read() as connection:
            rows = await audit.consent_entries(connection, pseudonym)
            row = next((each for each in rows if _is_of(each, record)), None)
            if row is None or row.entry is None or not isinstance(row.leaf, int) or not 0 <= row.leaf < head.size:
                return None
            tile, last = row.leaf // TILE, (head.size - 1) // TILE
            whole = head.size // TILE
            tops = await audit.tiles(connection, whole)
            mine = _hashes(await audit.tile_leaves(connection, tile, head.size))
            rest = _hashes(await audit.tile_leaves(connection, last, head.size)) if last >= whole else []
        if len(tops) < whole or len(mine) != min(TILE, head.size - tile * TILE):
            return None
        if rest:
            tops.append(root_of(rest))
        steps = [*path(row.leaf % TILE, mine), *path(tile, tops)]
        if root_from(leaf_hash(row.entry.content), row.leaf, head.size, steps) != head.root:
            return None
        return await self._written(row.entry, row.leaf, head, steps)

    async def _written(self, entry: Entry, leaf: int, head: Head, steps: list[bytes]) -> Proof:
        return Proof(
            entry=entry.content.decode(),
            place=leaf,
            installation=await self._keystore.installation() or "",
            head_number=head.number,
            head_kind=head.kind,
            size=head.size,
            root=head.root,
            head_at=head.at,
            head_note=head.note,
            path=tuple(steps),
            signature=head.signature,
            public_key=self._vault.head_key(),
        )


def _is_of(row: Row, record: str) -> bool:
    return row.entry is not None and row.entry.detail.get("record") == record


def _hashes(rows: list[Row]) -> list[bytes]:
    return [leaf_hash(row.entry.content if row.entry is not None else b"") for row in rows]
