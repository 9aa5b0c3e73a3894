"""A release: what one purpose may use, in a folder for one recipient, and the ledger's entry for it.

The order of things is what makes the promises hold:

1. Data is read in one snapshot, keys as they are at that moment.
2. Everybody is opened and counted, so that whom few are like can be protected; then rows are written to a draft that
   has no name yet.
3. Every row is noted in the ledger (`release_rows`) and looked at again; who no longer stands is taken out of the
   draft. That comes after the reading, and in the ledger's order: beside a read SQLite cannot write its log back, and a
   million rows noted in another order made that log grow to 10 GB.
4. In one transaction, during which nobody can withdraw: who withdrew since then is looked for once more, and who has
   submitted again or had answers taken out since they were read; the release and its audit entry are committed. That is
   the moment of release. Whoever withdrew before it is not in the file, whoever withdraws after it is in `surveybot
   withdrawals`; there is nothing between. Nor is what somebody has changed or taken out before it.
5. Only then the draft gets its name. So there is no file without its entry; an entry whose file never came is harmless.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.stewardship.archive import Archive
from bot.stewardship.columns import Asked, Column, Offered, columns_of, ever_asked
from bot.stewardship.documents import about_file, hash_of_hashes, write_changes, write_documents
from bot.stewardship.drafts import Draft, draft_in
from bot.stewardship.made import DataFile, Made, Progress, summary
from bot.stewardship.ordering import Order, file_names, folder_name, order
from bot.stewardship.people import People
from bot.stewardship.protection import Protection
from bot.stewardship.recipients import check_may_receive, check_spelling
from bot.stewardship.refusing import Refused
from bot.stewardship.rows import Contribution, Reader, Rows
from bot.stewardship.sheets import Making, OneTable, Sheets, TableEach
from bot.stewardship.sorting import Sorted
from bot.stewardship.telling import Told
from bot.storage import consents, release_orders, released, releases, vocabulary
from bot.storage.released import Seen
from bot.storage.releases import Release

__all__ = ["Made", "Order", "Progress", "Refused", "export", "order", "summary"]

BATCH = 500
LOOKS = 3
"""How often each contribution is looked at: to count who shares what, to write it, and whether it still stands."""


async def export(
    archive: Archive, wanted: Order, folder: Path, clock: Clock, progress: Progress = lambda _done, _total: None
) -> Made:
    """Make a release. Raises Refused, StoreUnavailable, OSError; then there is no file and nothing left of one.

    Being cancelled takes effect between two batches, since a transaction that is cut off may keep its lock; once the
    release is in the ledger, it is finished.
    """
    async with archive.database.read() as connection:
        await check_spelling(connection, wanted.recipient)
        await check_may_receive(connection, wanted.recipient, wanted.purpose.id, clock())
    with draft_in(folder) as draft:
        making = _Making(archive, wanted, draft, clock, progress)
        try:
            return await _stoppable(making)
        finally:
            await making.forget_unmade()


async def _stoppable(making: _Making) -> Made:
    task = asyncio.create_task(making.make())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        making.stop()
        return await task


class _Making:
    """One release while it is made."""

    def __init__(self, archive: Archive, wanted: Order, draft: Draft, clock: Clock, progress: Progress) -> None:
        self._archive = archive
        self._database = archive.database
        self._wanted = wanted
        self._draft = draft
        self._clock = clock
        self._progress = progress
        self._id = str(uuid.UUID(bytes=archive.vault.randomness(16), version=4))
        self._reader = Reader(archive, wanted.collection, wanted.purpose)
        self._open = ExitStack()
        self._questions: tuple[Asked, ...] = ()
        self._sheets: Sheets | None = None
        self._hashes: Mapping[str, str] = {}
        self._people: People | None = None
        self._since: Release | None = None
        self._seen = Seen(0, frozenset())
        self._looked = 0
        self._looks_in_all = 0
        self._written = 0
        self._unreadable = 0
        self._dropped = 0
        self._withdrawn = 0
        self._stopping = False
        self._is_made = False

    def stop(self) -> None:
        """Stop at the next good moment."""
        self._stopping = True

    def _stop_if_told(self) -> None:
        if self._stopping:
            raise asyncio.CancelledError

    async def make(self) -> Made:
        """All of it."""
        with self._open:
            await self._write()
            self._refuse_if_empty()
            mark = await self._drop_fallen()
            release = await self._commit(mark)
        self._is_made = True
        folder = self._draft.finish(folder_name(release))
        rows = self._table.rows
        files = tuple(DataFile(folder / name, rows[name], self._hashes[name]) for name in file_names(release))
        return Made(
            release,
            folder,
            files,
            self._withdrawn,
            self._unreadable,
            self._everybody.rows_left_out,
            tuple(self._everybody.losses()),
        )

    @property
    def _everybody(self) -> People:
        assert self._people is not None  # noqa: S101  # writing comes first
        return self._people

    async def forget_unmade(self) -> None:
        """Take the noted rows out again, unless the release was made. Of one that was, nothing is asked of the data any
        more: it may have been moved away since."""
        if self._written and not self._is_made:
            async with self._database.write() as connection:
                await releases.forget_unmade(connection, self._id)

    async def _compared(self, connection: AsyncConnection) -> Release | None:
        """The release from which changes are told."""
        since = self._wanted.since
        if since is None:
            return None
        wanted = (self._wanted.collection.id, self._wanted.purpose.id, self._wanted.recipient)
        for each in await releases.every_release(connection):
            if each.id.startswith(since) and (each.collection, each.purpose, each.recipient) == wanted:
                if each.tables:
                    raise Refused(f"--since: {each.id} has a table a question; nothing can be compared with it")
                return each
        raise Refused(f"--since: no release {since} of {wanted[0]} for {wanted[1]} went to {wanted[2]}")

    # --- writing -------------------------------------------------------------------------------------------------

    async def _write(self) -> None:
        """Write the rows."""
        async with self._database.read() as connection:
            self._seen = await released.seen_of_answers(connection)
            self._since = await self._compared(connection)
            await self._prepare(connection)
            await self._count(connection)
        self._everybody.settle()
        for found in self._everybody.batches():
            self._stop_if_told()
            await self._write_batch(found)
            self._look(len(found))
        self._table.end()

    async def _prepare(self, connection: AsyncConnection) -> None:
        """What contributions are counted by and written to."""
        wanted = self._wanted
        self._questions = ever_asked(await vocabulary.rows(connection, wanted.collection.id), wanted.collection)
        _refuse_doubled(columns_of(self._questions))
        rows = Rows(
            self._archive,
            self._questions,
            Offered.by(wanted.collection),
            wanted.recipient,
            exact_times=wanted.exact_times,
        )
        protection = Protection(self._questions, wanted.smallest_group, apart=wanted.tables, own_words=wanted.own_words)
        people = People(rows, protection, self._draft.path, self._archive.vault.randomness)
        self._people, self._sheets = self._open.enter_context(people), self._new_sheets(rows)

    async def _count(self, connection: AsyncConnection) -> None:
        """Open and count everybody, in the order of the file."""
        now = self._clock()
        with Sorted(self._draft.path) as names:
            async for some in consents.submitted_pseudonyms(connection, self._wanted.collection.id, now):
                names.add(f"{self._contributor(each)} {each}" for each in some)
            self._looks_in_all = LOOKS * names.count
            for batch in names.batches(BATCH):
                self._stop_if_told()
                await self._count_batch(connection, [line.split(" ")[1] for line in batch], now)
                self._look(len(batch))

    def _look(self, at: int) -> None:
        self._looked += at
        self._progress(self._looked, self._looks_in_all)

    def _new_sheets(self, rows: Rows) -> Sheets:
        wanted = self._wanted
        making = Making(
            draft=self._draft,
            format=wanted.format,
            name=f"{folder_name(self._release({}))}.{wanted.format.name}",
            questions=self._questions,
            rows=rows,
            vault=self._archive.vault,
            recipient=wanted.recipient,
            about=about_file(self._release({}), wanted.collection),
        )
        return TableEach(making, self._id) if wanted.tables else OneTable(making, wanted.collection.id)

    def _contributor(self, pseudonym: str) -> str:
        return self._archive.vault.release_pseudonym(pseudonym, self._wanted.recipient)

    async def _count_batch(self, connection: AsyncConnection, pseudonyms: list[str], now: dt.datetime) -> None:
        """`pseudonyms` in the order of the file; so is what opens of them."""
        standing = await self._reader.standing(connection, pseudonyms, now)
        found = await self._reader.opened(connection, standing, now)
        self._unreadable += len(standing) - len(found)
        self._everybody.count(found)

    async def _write_batch(self, found: Sequence[Contribution]) -> None:
        """Whoever has gone since they were counted is looked for when all is written."""
        await asyncio.to_thread(self._put, found)

    def _put(self, found: Sequence[Contribution]) -> None:
        """Write those whom protection lets pass."""
        leaving = self._everybody.pass_on(found)
        self._written += len(leaving)
        self._table.write(leaving)

    @property
    def _table(self) -> Sheets:
        assert self._sheets is not None  # noqa: S101  # made before anything is written
        return self._sheets

    def _refuse_if_empty(self) -> None:
        if self._written > self._dropped:
            return
        why = f"nobody's submitted answers may be used for {self._wanted.purpose.id} now"
        if self._unreadable:
            why = f"none of the {self._unreadable} contributions opens with this installation's keys"
        elif self._everybody.rows_left_out:
            why = (
                f"no {self._wanted.smallest_group} people share what tells them apart; "
                "--single-question-tables joins no answer to another"
            )
        raise Refused(f"there is nothing to export: {why}")

    # --- looking again -------------------------------------------------------------------------------------------

    async def _drop_fallen(self) -> int:
        """Note who is in the draft, and take out who no longer stands, or not with the answers that were read. Of
        whoever is left out the first is asked too: they are counted in what is told.

        Gives the mark from which withdrawals are still to be looked for.
        """
        async with self._database.read() as connection:
            mark = await releases.latest_withdrawal(connection)
        fallen: set[str] = set()
        for batch in self._everybody.passed.batches(BATCH):
            self._stop_if_told()
            async with self._database.write_beside() as connection:
                await releases.note_rows(connection, self._id, batch)
            fallen |= await self._fallen_of(batch)
        for batch in self._everybody.left_out.batches(BATCH):
            self._stop_if_told()
            fallen |= await self._fallen_of(batch)
        async with self._database.read() as connection:
            fallen |= await released.answers_changed(connection, self._id, self._seen)
        await self._drop(fallen)
        return mark

    async def _fallen_of(self, batch: list[str]) -> set[str]:
        """Who of them no longer stands."""
        async with self._database.read() as connection:
            standing = await self._reader.standing(connection, batch, self._clock())
        self._look(len(batch))
        return set(batch) - {each.submitted.pseudonym for each in standing}

    async def _drop(self, gone: set[str]) -> None:
        """Take out who has gone, with whoever would be left in too small a group."""
        taken = await asyncio.to_thread(self._everybody.without, gone)
        if not taken:
            return
        await asyncio.to_thread(self._table.without, taken)
        async with self._database.write() as connection:
            await releases.drop_rows(connection, self._id, taken)
        self._dropped += len(taken)
        self._withdrawn += len(taken & gone)
        self._refuse_if_empty()

    # --- the moment of release -----------------------------------------------------------------------------------

    async def _commit(self, mark: int) -> Release:
        """Enter the release into the ledger, once nobody who is in the draft has changed what was read, and nobody who
        is in it, or counted in what is told of it, has withdrawn."""
        collection, purpose = self._wanted.collection.id, self._wanted.purpose.id
        while True:
            self._stop_if_told()
            hashes = {
                sheet.name: await asyncio.to_thread(self._draft.settle, sheet.name) for sheet in self._table.sheets
            }
            release = await self._document(self._release(hashes), hashes)
            async with self._database.write() as connection:
                await releases.hold_withdrawals(connection)
                await check_may_receive(connection, self._wanted.recipient, purpose, self._clock())
                fallen = await releases.withdrawn_since(connection, collection, purpose, mark)
                fallen |= await released.answers_changed(connection, self._id, self._seen)
                if fallen <= self._everybody.gone:
                    before = await releases.latest_withdrawal(connection)
                    release = replace(release, withdrawals_before=before)
                    await releases.record(connection, release)
                    await self._close_the_order(connection, release)
                    self._hashes = hashes
                    return release
            await self._drop(fallen)

    async def _close_the_order(self, connection: AsyncConnection, release: Release) -> None:
        """One order is one release, also where two confirm it at the same time. Raises Refused."""
        order = self._wanted.ordered_as
        if order is not None and not await release_orders.made(connection, order, release.id):
            raise Refused(f"order {order} was confirmed or given up by somebody else meanwhile; nothing was written")

    async def _document(self, release: Release, hashes: Mapping[str, str]) -> Release:
        """Everything that goes with the data. Gives the release with the hash of its manifest."""
        wanted, vault = self._wanted, self._archive.vault
        async with self._database.read() as connection:
            changes = None
            if self._since is not None:
                changes = await write_changes(connection, vault, self._draft, release, self._since)
            told = Told(
                release,
                wanted,
                self._questions,
                self._table.sheets,
                hashes,
                self._everybody.losses(),
                self._everybody.rows_left_out,
                self._everybody.agreed,
                await check_may_receive(connection, wanted.recipient, wanted.purpose.id, self._clock()),
                await released.texts_of(connection, self._id),
                await released.purposes_of(connection, self._id),
                await released.span_of(connection, self._id),
                changes,
            )
        return replace(release, manifest=await asyncio.to_thread(write_documents, vault, self._draft, told))

    def _release(self, hashes: Mapping[str, str]) -> Release:
        wanted = self._wanted
        one = next(iter(hashes.values()), "")
        return Release(
            id=self._id,
            collection=wanted.collection.id,
            purpose=wanted.purpose.id,
            recipient=wanted.recipient,
            format=wanted.format.name,
            made_at=self._clock(),
            rows=self._written - self._dropped,
            sha256=one if len(hashes) <= 1 else hash_of_hashes(hashes),
            exact_times=wanted.exact_times,
            withdrawals_before=0,
            smallest_group=wanted.smallest_group,
            own_words=wanted.own_words,
            tables=[each.id for each in self._questions] if wanted.tables else [],
            stewards=list(wanted.stewards),
        )


def _refuse_doubled(columns: Iterable[Column]) -> None:
    """Refuse where a question or option is called as another column is: one of the two would be lost."""
    counted = Counter(column.name for column in columns)
    doubled = sorted(name for name, count in counted.items() if count > 1)
    if doubled:
        raise Refused(
            f"two columns are called {', '.join(doubled)}; docs/exports.md says which ids a question cannot have"
        )
