"""A release: what one purpose may use, in a file for one recipient, and the ledger's entry for it.

The order of things is what makes the promises hold:

1. Data is read in one snapshot, keys as they are at that moment.
2. Rows are written to a draft that has no name yet, and noted in the ledger (`release_rows`).
3. Every noted row is looked at again; who no longer stands is taken out of the draft.
4. In one transaction, during which nobody can withdraw: who withdrew since then is looked for once more, and the
   release and its audit entry are committed. That is the moment of release. Whoever withdrew before it is not in the
   file, whoever withdraws after it is in `surveybot withdrawals`; there is nothing between.
5. Only then the draft gets its name. So there is no file without its entry; an entry whose file never came is harmless.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.stewardship.archive import Archive
from bot.stewardship.columns import Column, Offered, columns_of, ever_asked
from bot.stewardship.drafts import Draft, draft_in
from bot.stewardship.formats import Format, Writer
from bot.stewardship.recipients import check_may_receive, check_name, check_spelling
from bot.stewardship.refusing import Refused
from bot.stewardship.rows import Reader, Rows
from bot.stewardship.sorting import Sorted
from bot.storage import consents, releases, vocabulary
from bot.storage.releases import Release
from flows.collection import Collection, Purpose

__all__ = ["Clock", "Made", "Order", "Progress", "Refused", "export", "order", "summary"]

BATCH = 500

Clock = Callable[[], dt.datetime]
Progress = Callable[[int, int], None]
"""Called with how many contributions have been looked at, and how many there are."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a steward asks for."""

    collection: Collection
    purpose: Purpose
    recipient: str
    format: Format
    exact_times: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A release that was made, and its file."""

    release: Release
    file: Path
    withdrawn_meanwhile: int
    """Contributions that were withdrawn while the file was written, and so were taken out of it."""
    unreadable: int
    """Contributions that have a key for the purpose and did not open with it: changed, or sealed by other keys."""


def order(
    collections: Iterable[Collection],
    collection: str,
    purpose: str,
    recipient: str,
    made_as: Format,
    *,
    exact_times: bool = False,
) -> Order:
    """What a steward asks for, checked. Raises Refused."""
    found = {each.id: each for each in collections}
    if collection not in found:
        raise Refused(f"there is no collection {collection!r}; there is: {_list(found)}")
    asked = found[collection]
    meant = asked.purpose(purpose)
    if meant is None:
        raise Refused(f"{collection} has no purpose {purpose!r}; it has: {_list(_answer_purposes(asked))}")
    if meant.uses != "answers":
        raise Refused(
            f"{purpose} uses the contact and not the answers, so there is nothing to export for it; "
            f"export for: {_list(_answer_purposes(asked))}"
        )
    check_name(recipient)
    return Order(asked, meant, recipient, made_as, exact_times)


def _answer_purposes(collection: Collection) -> list[str]:
    return [purpose.id for purpose in collection.purposes if purpose.uses == "answers"]


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def file_name(release: Release) -> str:
    """The name of a release's file."""
    parts = (release.collection, release.purpose, release.recipient, release.id[:8])
    return f"{'-'.join(parts)}.{release.format}"


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
        self._written = 0
        self._unreadable = 0
        self._dropped = 0
        self._stopping = False

    def stop(self) -> None:
        """Stop at the next good moment."""
        self._stopping = True

    def _stop_if_told(self) -> None:
        if self._stopping:
            raise asyncio.CancelledError

    async def make(self) -> Made:
        """All of it."""
        async with self._database.read() as connection:
            await consents.hold_still(connection)
            await self._write(connection)
        self._refuse_if_empty()
        mark = await self._drop_fallen()
        release = await self._commit(mark)
        return Made(release, self._draft.finish(file_name(release)), self._dropped, self._unreadable)

    async def forget_unmade(self) -> None:
        """Take the noted rows out again, unless the release was made."""
        if self._written:
            async with self._database.write() as connection:
                await releases.forget_unmade(connection, self._id)

    # --- writing -------------------------------------------------------------------------------------------------

    async def _write(self, connection: AsyncConnection) -> None:
        wanted, now = self._wanted, self._clock()
        questions = ever_asked(await vocabulary.rows(connection, wanted.collection.id), wanted.collection)
        rows = Rows(
            self._archive,
            questions,
            Offered.by(wanted.collection),
            wanted.recipient,
            exact_times=wanted.exact_times,
        )
        columns = columns_of(questions)
        _refuse_doubled(columns)
        writer = wanted.format.writer(self._draft.file, columns)
        with Sorted(self._draft.folder) as names:
            async for some in consents.submitted_pseudonyms(connection, wanted.collection.id, now):
                names.add(f"{self._contributor(each)} {each}" for each in some)
            done = 0
            for batch in names.batches(BATCH):
                self._stop_if_told()
                await self._write_batch(connection, writer, rows, _names(batch), now)
                done += len(batch)
                self._progress(done, names.count)
        writer.end()

    def _contributor(self, pseudonym: str) -> str:
        return self._archive.vault.release_pseudonym(pseudonym, self._wanted.recipient)

    async def _write_batch(
        self, connection: AsyncConnection, writer: Writer, rows: Rows, names: dict[str, str], now: dt.datetime
    ) -> None:
        """`names`: pseudonym -> contributor, in the order of the file."""
        standing = await self._reader.standing(connection, list(names), now)
        found = await self._reader.opened(connection, standing, now)
        self._unreadable += len(standing) - len(found)
        pseudonyms = [each.submitted.pseudonym for each in found]
        async with self._database.write() as noting:
            await releases.note_rows(noting, self._id, pseudonyms)
        self._written += len(found)
        collection = self._wanted.collection.id
        writer.write([rows.row(names[each.submitted.pseudonym], collection, each) for each in found])

    def _refuse_if_empty(self) -> None:
        if self._written > self._dropped:
            return
        why = f"nobody's submitted answers may be used for {self._wanted.purpose.id} now"
        if self._unreadable:
            why = f"none of the {self._unreadable} contributions opens with this installation's keys"
        raise Refused(f"there is nothing to export: {why}")

    # --- looking again -------------------------------------------------------------------------------------------

    async def _drop_fallen(self) -> int:
        """Take out who no longer stands. Gives the mark from which withdrawals are still to be looked for."""
        async with self._database.read() as connection:
            mark = await releases.latest_withdrawal(connection)
        fallen: set[str] = set()
        after = ""
        while True:
            self._stop_if_told()
            async with self._database.read() as connection:
                noted = await releases.rows_after(connection, self._id, after, BATCH)
                if not noted:
                    break
                standing = await self._reader.standing(connection, noted, self._clock())
            fallen |= set(noted) - {each.submitted.pseudonym for each in standing}
            after = noted[-1]
        await self._drop(fallen)
        return mark

    async def _drop(self, pseudonyms: set[str]) -> None:
        if not pseudonyms:
            return
        contributors = {self._contributor(each) for each in pseudonyms}
        await asyncio.to_thread(
            self._draft.rewrite, lambda old, new: self._wanted.format.without(old, new, contributors)
        )
        async with self._database.write() as connection:
            await releases.drop_rows(connection, self._id, pseudonyms)
        self._dropped += len(pseudonyms)
        self._refuse_if_empty()

    # --- the moment of release -----------------------------------------------------------------------------------

    async def _commit(self, mark: int) -> Release:
        """Enter the release into the ledger, once nobody who is in the draft has withdrawn."""
        while True:
            self._stop_if_told()
            sha256 = await asyncio.to_thread(self._draft.settle)
            async with self._database.write() as connection:
                await releases.hold_withdrawals(connection)
                await check_may_receive(connection, self._wanted.recipient, self._wanted.purpose.id, self._clock())
                withdrawn = await releases.withdrawn_since(connection, self._id, self._wanted.purpose.id, mark)
                if not withdrawn:
                    release = self._release(sha256, await releases.latest_withdrawal(connection))
                    await releases.record(connection, release)
                    return release
            await self._drop(withdrawn)

    def _release(self, sha256: str, withdrawals_before: int) -> Release:
        wanted = self._wanted
        return Release(
            id=self._id,
            collection=wanted.collection.id,
            purpose=wanted.purpose.id,
            recipient=wanted.recipient,
            format=wanted.format.name,
            made_at=self._clock(),
            rows=self._written - self._dropped,
            sha256=sha256,
            exact_times=wanted.exact_times,
            withdrawals_before=withdrawals_before,
        )


def _refuse_doubled(columns: Iterable[Column]) -> None:
    """Refuse where a question or option is called as another column is: one of the two would be lost."""
    counted = Counter(column.name for column in columns)
    doubled = sorted(name for name, count in counted.items() if count > 1)
    if doubled:
        raise Refused(f"two columns are called {_list(doubled)}; docs/exports.md says which ids a question cannot have")


def _names(lines: Iterable[str]) -> dict[str, str]:
    """Pseudonym -> contributor, of lines `contributor pseudonym`."""
    pairs = (line.split(" ") for line in lines)
    return {pseudonym: contributor for contributor, pseudonym in pairs}


def summary(made: Made) -> dict[str, object]:
    """What a program may read of a release that was made."""
    release = made.release
    return {
        "release": release.id,
        "collection": release.collection,
        "purpose": release.purpose,
        "recipient": release.recipient,
        "format": release.format,
        "file": str(made.file),
        "rows": release.rows,
        "sha256": release.sha256,
        "made_at": release.made_at.isoformat(),
        "exact_times": release.exact_times,
        "withdrawn_meanwhile": made.withdrawn_meanwhile,
        "unreadable": made.unreadable,
    }
