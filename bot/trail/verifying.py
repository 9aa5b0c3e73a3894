"""Holding the audit table against what its entries were authenticated with and against the signed heads of the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.storage import audit
from bot.storage.audit import Row
from bot.storage.database import Database
from bot.storage.keystore import KeyStore
from bot.trail.heads import Head, in_force
from bot.trail.merkle import TILE, Frontier, leaf_hash
from bot.vault import Vault, is_signed

CHANGED, REMOVED, INSERTED, MOVED, CUT_OFF, REWRITTEN, HEAD = (
    "changed",
    "removed",
    "inserted",
    "moved",
    "cut off",
    "rewritten",
    "head",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was sealed."""

    kind: str
    first: int | None
    """The place in the log, from 0; None for a row that has no place."""
    last: int | None
    row: int | None
    """The id that the row has in the table, where there is a row."""
    words: str


@dataclass(frozen=True, slots=True)
class Loss:
    """A backup that was put back lacked entries that had been sealed: said, and no finding."""

    at: str
    note: str
    size: int
    entries: int


@dataclass(slots=True)
class Verdict:
    """What came out."""

    entries: int = 0
    sealed: int = 0
    waiting: int = 0
    """Entries that are authentic and not covered by a signed head yet."""
    earlier: int = 0
    """Entries from before there was a trail, which the next start takes into it."""
    heads: int = 0
    newest: Head | None = None
    losses: list[Loss] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


async def verify(database: Database, keystore: KeyStore, vault: Vault, published: Sequence[Head] = ()) -> Verdict:
    """Look at every entry and every head, also those that were published. Raises StoreUnavailable."""
    # Heads first: what is sealed meanwhile is then found as beyond them, and never as cut off.
    installation, kept = await keystore.installation() or "", await keystore.heads()
    known = {each.number: each for each in kept}
    heads = [*kept, *(each for each in published if each.number not in known)]
    async with database.read() as connection:
        found = _Examination(vault, installation, heads)
        found.compare(known, published)
        async for row in audit.every_row(connection):
            found.take(row)
        doubled = await audit.doubled(connection)
        tiles = await audit.tiles(connection, len(found.tiles))
    found.end(doubled)
    found.hold_against_tiles(tiles)
    return found.verdict


class _Examination:
    """Takes rows in order of their place, and those without one at the end."""

    def __init__(self, vault: Vault, installation: str, heads: list[Head]) -> None:
        self._notary = vault.notary()
        self._standing, restored = in_force(heads)
        self._newest = self._standing[-1] if self._standing else None
        self._size = self._newest.size if self._newest is not None else 0
        self._checks: Iterator[Head] = iter(self._standing)
        self._next_check = next(self._checks, None)
        self._matched = 0
        self._tree = Frontier()
        self._expected = 0
        self._broken = False
        """Whether something was found among what is sealed: then no root can fit, and says nothing more."""
        self.tiles: list[bytes] = []
        self.verdict = Verdict(heads=len(heads), newest=self._newest)
        self.verdict.losses = [Loss(h.at.isoformat(), h.note, h.size, lost) for h, lost in restored]
        key = vault.head_key()
        for head in heads:
            if not is_signed(key, head.statement(installation), head.signature):
                self._find(HEAD, head.size, head.size, None, f"head {head.number} is not signed with this key")
        if self._newest is not None and self._newest.kind and not self._fits(self._newest):
            self._find(HEAD, self._size, self._size, None, "the newest head does not fit what it goes on from")

    def compare(self, known: Mapping[int, Head], published: Sequence[Head]) -> None:
        """A head of the same number that says something else: the log was written anew."""
        for head in published:
            here = known.get(head.number)
            if here is not None and (here.size, here.root) != (head.size, head.root):
                words = f"head {head.number} was published with {head.size} entries, and is another one here"
                self._find(HEAD, head.size, head.size, None, words)

    def _fits(self, head: Head) -> bool:
        try:
            head.tree  # noqa: B018  # raises where it does not fit
        except ValueError:
            return False
        return True

    def _find(self, kind: str, first: int | None, last: int | None, row: object, words: str) -> None:
        self.verdict.findings.append(Finding(kind, first, last, row if isinstance(row, int) else None, words))

    def take(self, row: Row) -> None:
        """The next row."""
        self.verdict.entries += 1
        if row.leaf is None:
            self._take_without_place(row)
            return
        if not isinstance(row.leaf, int) or row.leaf < 0:
            self._find(INSERTED, None, None, row.id, f"row {row.id} has a place that is none: {row.leaf!r}")
            return
        if row.leaf >= self._size:
            self._take_beyond(row, row.leaf)
            return
        self._missing_up_to(row.leaf)
        self._take_sealed(row, row.leaf)

    def _take_sealed(self, row: Row, leaf: int) -> None:
        content = row.entry.content if row.entry is not None else None
        mac = self._notary.mac(content) if content is not None else b""
        authentic = content is not None and self._notary.has_made(mac, row.mac)
        in_place = self._notary.has_made(self._notary.seal(leaf, row.id, mac), row.seal)
        if leaf < self._expected:
            self._found(
                INSERTED, leaf, row.id, f"place {leaf} is taken twice; row {row.id} is one too many, or the other"
            )
            return
        if not authentic:
            known = self._notary.has_made(
                self._notary.seal(leaf, row.id, row.mac if isinstance(row.mac, bytes) else b""), row.seal
            )
            words = f"entry {leaf} (row {row.id}) is not what was written" if known else (
                f"entry {leaf} (row {row.id}) was never written by this bot, or both it and its place were changed"
            )  # fmt: skip
            self._found(CHANGED, leaf, row.id, words)
        elif not in_place:
            self._found(MOVED, leaf, row.id, f"row {row.id} stands at place {leaf}, which is not the one it was given")
        self._grow(leaf, leaf_hash(content or b""))
        self.verdict.sealed += 1

    def _grow(self, leaf: int, hashed: bytes) -> None:
        tile = self._tree.append(hashed)
        if tile is not None:
            self.tiles.append(tile)
        self._expected = leaf + 1
        self._check_heads()

    def _missing_up_to(self, leaf: int) -> None:
        if leaf <= self._expected:
            return
        first, last = self._expected, leaf - 1
        which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
        self._broken = True
        self._find(REMOVED, first, last, None, f"{which} not in the table any more")
        for place in range(first, leaf):  # so that what comes after it stands where it stood
            self._grow(place, leaf_hash(b""))

    def _found(self, kind: str, leaf: int, row: object, words: str) -> None:
        self._broken = True
        self._find(kind, leaf, leaf, row, words)

    def _check_heads(self) -> None:
        while self._next_check is not None and self._next_check.size <= self._expected:
            head, self._next_check = self._next_check, next(self._checks, None)
            if head.size == self._expected and not self._broken and head.root != self._tree.root:
                words = f"entries {self._matched} to {head.size - 1} are not those that were sealed"
                self._broken = True
                self._find(REWRITTEN, self._matched, head.size - 1, None, words)
            self._matched = head.size

    def _take_beyond(self, row: Row, leaf: int) -> None:
        """A place that no head covers yet: a process may have died before it signed one."""
        mac = self._mac_of(row)
        if mac is not None and self._notary.has_made(self._notary.seal(leaf, row.id, mac), row.seal):
            self.verdict.waiting += 1
        else:
            self._find(INSERTED, leaf, leaf, row.id, f"row {row.id} stands at place {leaf}, which nobody has given it")

    def _take_without_place(self, row: Row) -> None:
        if row.mac == b"" and self._newest is None:
            self.verdict.earlier += 1
        elif self._mac_of(row) is None:
            words = f"row {row.id} was never written by this bot, or was changed before it was sealed"
            self._find(INSERTED, None, None, row.id, words)
        elif row.seal is not None:
            self._find(MOVED, None, None, row.id, f"the place of row {row.id} was taken from it")
        else:
            self.verdict.waiting += 1

    def _mac_of(self, row: Row) -> bytes | None:
        mac = self._notary.mac(row.entry.content) if row.entry is not None else b""
        return mac if row.entry is not None and self._notary.has_made(mac, row.mac) else None

    def end(self, doubled: list[tuple[str, object, object]]) -> None:
        """There are no more rows."""
        if self._expected < self._size:
            first, last = self._expected, self._size - 1
            words = f"the end is cut off: {last - first + 1} entries from {first} on were sealed and are not there"
            self._broken = True
            self._find(CUT_OFF, first, last, None, words)
        first_seen: dict[str, object] = {}
        for name, row_id, leaf in doubled:
            if name not in first_seen:
                first_seen[name] = leaf
                continue
            seen = first_seen[name]
            place = seen if isinstance(seen, int) else None
            words = f"row {row_id} is a copy of entry {place}" if place is not None else f"row {row_id} is a copy"
            self._find(INSERTED, place, place, row_id, words)

    def hold_against_tiles(self, kept: list[bytes]) -> None:
        """What proofs are made with is worked out again from the entries."""
        if self._broken:
            return
        for tile, (found, wanted) in enumerate(zip(kept, self.tiles, strict=False)):
            if found != wanted:
                first, last = tile * TILE, (tile + 1) * TILE - 1
                self._find(REWRITTEN, first, last, None, f"the kept hash over entries {first} to {last} is another one")
