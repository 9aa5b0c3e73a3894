"""Sealing: entries that were committed are given a place in the log, and the log's new head is signed and kept.

The data is written first and the head after it. A process that dies in between leaves entries with a place that no head
covers: the next one gives them their place again, in the same order. So a head never tells of an entry that is not
there, and the log goes on from the frontier that is kept with the head, never from what stands in the table: what was
tampered with is not sealed anew.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable

import structlog

from bot.clock import Clock
from bot.storage import audit
from bot.storage.database import Database, StoreUnavailable
from bot.storage.keystore import KeyStore
from bot.trail.heads import SEALED, Head, next_head
from bot.trail.merkle import TILE, Frontier, leaf_hash
from bot.uncut import uncut
from bot.vault import Vault

log = structlog.get_logger()

EACH = 1.0
"""Seconds between two looks."""

LEASE = dt.timedelta(seconds=10)
"""How long one process alone seals after it has said so; when it has died, another goes on."""

_IN_TIME = LEASE / 4
"""What has to be left of the lease where entries are given their place: nobody else may be about to."""

_TOGETHER = 100
"""Entries in one go: what a tap that comes just then waits for."""

_AT_THE_END = 10
"""Goes before a stop, with pauses where another process holds the lease, which may be stopping too. What is left then
waits for that one, or for the next start."""

_PAUSE = 0.2
"""Seconds of such a pause."""


class _TooLate(Exception):
    """The lease is over, or nearly: another process may be sealing by now."""


class Sealer:
    """The one that seals, as long as it holds the lease."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        clock: Clock,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._notary = vault.notary()
        self._clock = clock
        self._holder = vault.randomness(16).hex()
        self._ticks = ticks
        self._held_since: tuple[dt.datetime, float] | None = None
        """When the lease was asked for, by both clocks: one may be put back, and one stands in a machine's sleep."""
        self._one_at_a_time = asyncio.Lock()
        self._begun = False
        self._passed_over: set[int] = set()
        """Rows that are no entries of ours: they get no place, and `surveybot audit verify` names them."""

    async def run(self) -> None:
        """Seal what is new, each second, until cancelled. Of much, some at a time: most of the time is others'."""
        while True:
            began = time.monotonic()
            try:
                more = await uncut(self._seal_once())
            except StoreUnavailable:
                log.warning("audit entries could not be sealed; trying again")
                more = False
            await asyncio.sleep(2 * (time.monotonic() - began) if more else EACH)

    async def seal(self) -> None:
        """Seal everything that has been committed. Where another process holds the lease, that one does."""
        while await self._seal_once():
            pass

    async def finish(self) -> None:
        """Seal what was written last, and let the next process seal at once."""
        await self._seal_once()
        for _ in range(_AT_THE_END):
            if not await self._waits():
                break
            if self._held_since is None:
                await asyncio.sleep(_PAUSE)
            await self._seal_once()
        if self._held_since is not None:
            self._held_since = None
            await self._keystore.let_go_of_sealing(self._holder)

    async def _seal_once(self) -> bool:
        """Whether there may be more."""
        async with self._one_at_a_time:
            return await self._anything() and await self._hold() and await self._seal_some()

    async def _anything(self) -> bool:
        """At first also what a process that died may have left."""
        return not self._begun or await self._waits()

    async def _waits(self) -> bool:
        async with self._database.look() as connection:
            return await audit.waits(connection, self._passed_over)

    async def _hold(self) -> bool:
        if self._is_held_for(LEASE / 2):
            return True
        now, ticks = self._clock(), self._ticks()
        held = await self._keystore.hold_sealing(self._holder, now, LEASE)
        self._held_since = (now, ticks) if held else None
        return held

    def _is_held_for(self, more: dt.timedelta) -> bool:
        """Whether so much of the lease is left, as both clocks have it."""
        if self._held_since is None:
            return False
        since, ticks = self._held_since
        passed = dt.timedelta(seconds=self._ticks() - ticks)
        return dt.timedelta(0) <= self._clock() - since < LEASE - more and passed < LEASE - more

    async def _seal_some(self) -> bool:
        """Whether there may be more."""
        installation = await self._keystore.installation() or ""
        newest = await self._keystore.newest_head()
        tree = newest.tree if newest is not None else Frontier()
        try:
            rows = await self._place(tree)
        except _TooLate:
            self._held_since = None
            return True
        self._begun = True
        if newest is not None and tree.size == newest.size:
            return False
        if tree.size == 0:
            return False
        head = next_head(newest, tree, self._clock(), installation, self._vault.sign_head)
        kept = await self._keystore.put_head(head, newest, _replaced(newest, head))
        if not kept:  # somebody else has sealed meanwhile
            self._held_since = None
        return kept and rows

    async def _place(self, tree: Frontier) -> bool:
        """Let the tree grow by what no head covers, and write where each entry stands. Whether there may be more."""
        size, most = tree.size, _TOGETHER + len(self._passed_over)
        async with self._database.write_beside() as connection:
            rows = await audit.to_seal(connection, size, most)
            placed: list[tuple[int, int, bytes]] = []
            tiles: dict[int, bytes] = {}
            for row in rows:
                content = row.entry.content if row.entry is not None else None
                mac = self._notary.mac(content) if content is not None else b""
                if content is None or not self._notary.has_made(mac, row.mac):
                    self._pass_over(row.id)
                    continue
                placed.append((row.id, tree.size, self._notary.seal(tree.size, row.id, mac)))
                tile = tree.append(leaf_hash(content))
                if tile is not None:
                    tiles[tree.size // TILE - 1] = tile
            if placed:
                await audit.placed(connection, placed)
                await audit.put_tiles(connection, tiles)
            self._check_in_time()
        return len(rows) == most

    def _check_in_time(self) -> None:
        """Rows that are written are held until the commit, so whoever seals next waits for it. Raises _TooLate."""
        if not self._is_held_for(_IN_TIME):
            raise _TooLate

    def _pass_over(self, row_id: int) -> None:
        if row_id not in self._passed_over:
            self._passed_over.add(row_id)
            log.warning("a row of the audit table is no entry of this bot; run: surveybot audit verify", row=row_id)


def _replaced(newest: Head | None, head: Head) -> list[int]:
    """Of each hour the last head is kept, so that the key store stays small."""
    if newest is None or newest.kind != SEALED:
        return []
    same_hour = newest.at.replace(minute=0, second=0, microsecond=0) == head.at.replace(
        minute=0, second=0, microsecond=0
    )
    return [newest.number] if same_hour else []


async def adopt_earlier(database: Database, keystore: KeyStore, vault: Vault, now: dt.datetime) -> None:
    """Take entries from before there was a trail into it: only while nothing has ever been sealed.

    They are authenticated as they stand. What was done to them before this day, nobody can tell any more.
    """
    if await keystore.newest_head() is not None:
        return
    notary = vault.notary()
    async with database.write() as connection:
        earlier = await audit.without_mac(connection)
        macs = [(row.id, notary.mac(row.entry.content)) for row in earlier if row.entry is not None]
        if macs:
            await audit.adopt(connection, macs)
            entry = {"at": now, "actor": "bot", "action": "trail begun", "collection": None, "pseudonym": None}
            await audit.append(connection, [{**entry, "detail": {"earlier_entries": len(macs)}}])
