"""After a backup was put back: the log goes on from what the backup has, and says from then on what it lacks.

Heads that are newer than the backup would read as an end that was cut off. So a head is signed that names the backup,
once everything in it has been held against the heads before. Where something does not fit, none is signed, and
`surveybot audit verify` goes on saying so.
"""

from __future__ import annotations

import datetime as dt

from bot.storage import audit
from bot.storage.database import Database, StoreUnavailable
from bot.storage.engines import file_of
from bot.storage.keystore import KeyStore
from bot.trail.heads import RESTORED, Head, next_head
from bot.trail.merkle import TILE, Frontier, leaf_hash
from bot.trail.verifying import CUT_OFF, verify
from bot.vault import Vault, is_signed


async def resume(database: Database, keystore: KeyStore, vault: Vault, backup: str, now: dt.datetime) -> int:
    """Let the log go on after a restore. Gives how many sealed entries the backup lacks."""
    newest = await keystore.newest_head()
    if newest is None:
        return 0
    verdict = await verify(database, keystore, vault)
    [first] = [each.first or 0 for each in verdict.findings if each.kind == CUT_OFF] or [newest.size]
    if first == newest.size or any(each.kind != CUT_OFF for each in verdict.findings):
        return 0
    tree = await _tree(database, first)
    installation = await keystore.installation() or ""
    head = next_head(newest, tree, now, installation, vault.sign_head, kind=RESTORED, note=f"backup {backup}")
    await keystore.put_head(head, newest)
    return newest.size - first


async def _tree(database: Database, size: int) -> Frontier:
    tree = Frontier()
    async with database.read() as connection:
        for start in range(0, size, TILE):
            for row in await audit.leaves(connection, start, min(start + TILE, size)):
                tree.append(leaf_hash(row.entry.content if row.entry is not None else b""))
    return tree


async def newer_heads(url: str, installation: str, vault: Vault) -> list[Head]:
    """Heads in the key store that a restore is to replace, as far as they are this installation's own, and as far as a
    file of it is whole."""
    keystore = KeyStore.connect(url)
    try:
        if await keystore.is_new() or await keystore.installation() != installation:
            return []
        key = vault.head_key()
        heads = await keystore.heads()
        return [each for each in heads if is_signed(key, each.statement(installation), each.signature)]
    except StoreUnavailable:
        if file_of(url) is None:
            raise
        return []
    finally:
        await keystore.close()
