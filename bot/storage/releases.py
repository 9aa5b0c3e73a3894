"""The release ledger: what left, for whom, and whose rows were in it.

Rows are noted before a release is made, and the release itself last, in the transaction that is its moment: a
row whose release is not in `releases` never left. Append-only: only a release that did not come about takes its rows
out again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import audit
from bot.storage.tables import release_rows, releases, withdrawals

_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Release:
    """One file that left, or was about to: a release whose file never appeared harms nobody."""

    id: str
    collection: str
    purpose: str
    recipient: str
    format: str
    made_at: dt.datetime
    rows: int
    sha256: str
    exact_times: bool
    withdrawals_before: int
    """The newest withdrawal when it was made: only later ones call rows back, for who came back is in it rightly."""
    smallest_group: int = 1
    """How many rows at least share what tells people apart; 1 before releases were protected."""
    own_words: bool = False
    tables: list[str] = field(default_factory=list)
    """Questions that have a table each, under pseudonyms of their own; none: one table of everything."""
    stewards: list[str] = field(default_factory=list)
    """Who confirmed it."""
    manifest: str = ""
    """SHA-256 of its manifest in hex; empty before there were any."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A row of a release whose contributor has since withdrawn the release's purpose, or everything."""

    pseudonym: str
    release: str
    collection: str
    purpose: str
    at: dt.datetime


async def note_rows(connection: AsyncConnection, release: str, pseudonyms: Sequence[str]) -> None:
    """These contributions are going to be in a release."""
    if pseudonyms:
        await connection.execute(insert(release_rows), [{"release": release, "pseudonym": each} for each in pseudonyms])


async def drop_rows(connection: AsyncConnection, release: str, pseudonyms: Iterable[str]) -> None:
    """These contributions are not going to be in a release after all."""
    left = iter(pseudonyms)
    while some := list(islice(left, _TOGETHER)):
        mine = release_rows.c.release == release
        await connection.execute(delete(release_rows).where(mine, release_rows.c.pseudonym.in_(some)))


async def forget_unmade(connection: AsyncConnection, release: str) -> None:
    """Take out the rows of a release that did not come about; one that did keeps them."""
    made = select(releases.c.id).where(releases.c.id == release).exists()
    await connection.execute(delete(release_rows).where(release_rows.c.release == release, ~made))


async def latest_withdrawal(connection: AsyncConnection) -> int:
    """The number of the newest withdrawal; later ones have higher numbers."""
    return await connection.scalar(select(func.max(withdrawals.c.id))) or 0


async def hold_withdrawals(connection: AsyncConnection) -> None:
    """Let nobody withdraw until this transaction ends; on SQLite a writing transaction does so by itself."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql("LOCK TABLE withdrawals IN SHARE MODE")


async def withdrawn_since(connection: AsyncConnection, collection: str, purpose: str, mark: int) -> set[str]:
    """Contributions to a collection that were withdrawn, or a purpose of it was, after a `latest_withdrawal`."""
    query = select(withdrawals.c.pseudonym, withdrawals.c.purposes).where(
        withdrawals.c.id > mark, withdrawals.c.collection == collection
    )
    return {pseudonym for pseudonym, purposes in await connection.execute(query) if _ends(purposes, purpose)}


def _ends(purposes: Sequence[str], purpose: str) -> bool:
    """Whether a withdrawal of these ends a purpose; one that names none ends all of them."""
    return not purposes or purpose in purposes


async def record(connection: AsyncConnection, release: Release) -> None:
    """The release is made. Committing this is its moment: who withdraws before is not in it, who does later is told."""
    await connection.execute(insert(releases), asdict(release))
    detail = {
        "release": release.id,
        "purpose": release.purpose,
        "recipient": release.recipient,
        "format": release.format,
        "rows": release.rows,
        "sha256": release.sha256,
        "exact_times": release.exact_times,
        "smallest_group": release.smallest_group,
        "own_words": release.own_words,
        "tables": release.tables,
        "stewards": release.stewards,
        "manifest": release.manifest,
    }
    await note_act(connection, release.made_at, "release made", release.collection, detail)


async def note_act(
    connection: AsyncConnection,
    at: dt.datetime,
    action: str,
    collection: str | None,
    detail: dict[str, object],
    actor: str = "steward",
) -> None:
    """An audit entry for something that a steward did, or the program by itself."""
    entry = {"at": at, "actor": actor, "action": action, "collection": collection, "detail": detail}
    await audit.append(connection, [{**entry, "pseudonym": None}])


async def every_release(connection: AsyncConnection) -> list[Release]:
    """The ledger, oldest first."""
    names = Release.__slots__
    query = select(*(releases.c[name] for name in names)).order_by(releases.c.made_at, releases.c.id)
    return [Release(*row) for row in await connection.execute(query)]


async def recipients(connection: AsyncConnection) -> Sequence[str]:
    """Everybody who was ever given a release, as they were written."""
    return (await connection.scalars(select(releases.c.recipient).distinct())).all()


async def recipients_of(connection: AsyncConnection, pseudonyms: Sequence[str]) -> list[str]:
    """Who was given rows of any of these contributions."""
    query = (
        select(releases.c.recipient)
        .join(release_rows, release_rows.c.release == releases.c.id)
        .where(release_rows.c.pseudonym.in_(pseudonyms))
        .distinct()
    )
    return sorted(await connection.scalars(query))


async def recalled(connection: AsyncConnection, recipient: str) -> AsyncIterator[Recalled]:
    """Rows that a recipient was given and whose contributors have since withdrawn, a row each time.

    Times are not compared: a withdrawal that came in while a release was being made may carry the earlier time.
    """
    query = (
        select(release_rows.c.pseudonym, releases.c.id, releases.c.collection, releases.c.purpose)
        .add_columns(withdrawals.c.at, withdrawals.c.purposes)
        .join(release_rows, release_rows.c.release == releases.c.id)
        .join(withdrawals, withdrawals.c.pseudonym == release_rows.c.pseudonym)
        .where(releases.c.recipient == recipient, withdrawals.c.id > releases.c.withdrawals_before)
        .order_by(withdrawals.c.id, releases.c.made_at)
    )
    async for row in await connection.stream(query):
        if _ends(row.purposes, row.purpose):
            yield Recalled(row.pseudonym, row.id, row.collection, row.purpose, row.at)
