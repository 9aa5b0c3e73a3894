"""Who may be given releases: agreements on file, withdrawal lists handed out, and what came back on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import acknowledgements, recipients, withdrawal_lists


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who may be given releases, by which agreement, and until when."""

    name: str
    agreement: str
    purposes: tuple[str, ...]
    contact: str
    expires_on: dt.date
    """The last day, in UTC."""
    delete_within: int
    """Days from a withdrawals list to the recipient's word that its rows are gone."""
    added_at: dt.datetime
    ended_at: dt.datetime | None = None

    def is_live(self, today: dt.date) -> bool:
        """Whether the agreement still holds."""
        return self.ended_at is None and today <= self.expires_on


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A withdrawals list that was handed out."""

    id: str
    recipient: str
    made_at: dt.datetime
    up_to: int
    releases: dict[str, int]
    """Release -> how many rows it asks to take out."""
    acknowledged_at: dt.datetime | None = None

    def due_at(self, delete_within: int) -> dt.datetime:
        """Until when the recipient has to have answered."""
        return self.made_at + dt.timedelta(days=delete_within)


async def put_on_file(connection: AsyncConnection, recipient: Recipient) -> None:
    """Add a recipient; an earlier agreement under the same name makes way, and stays in the audit."""
    await connection.execute(delete(recipients).where(recipients.c.name == recipient.name))
    await connection.execute(insert(recipients), {**asdict(recipient), "purposes": list(recipient.purposes)})


async def end(connection: AsyncConnection, name: str, at: dt.datetime) -> None:
    """The agreement ends now."""
    await connection.execute(update(recipients).where(recipients.c.name == name).values(ended_at=at))


async def on_file(connection: AsyncConnection) -> list[Recipient]:
    """Every recipient on file, by name."""
    query = select(*(recipients.c[name] for name in Recipient.__slots__)).order_by(recipients.c.name)
    found = []
    for name, agreement, purposes, *rest in await connection.execute(query):
        found.append(Recipient(name, agreement, tuple(purposes), *rest))
    return found


async def hand_out(connection: AsyncConnection, given: HandedOut) -> None:
    """Note a list that is handed out."""
    await connection.execute(insert(withdrawal_lists), asdict(given))


async def handed_out(connection: AsyncConnection, recipient: str | None = None) -> list[HandedOut]:
    """Lists that were handed out, oldest first."""
    query = select(*(withdrawal_lists.c[name] for name in HandedOut.__slots__))
    if recipient is not None:
        query = query.where(withdrawal_lists.c.recipient == recipient)
    ordered = query.order_by(withdrawal_lists.c.made_at, withdrawal_lists.c.id)
    return [HandedOut(*row) for row in await connection.execute(ordered)]


async def acknowledge(
    connection: AsyncConnection,
    given: HandedOut,
    release: str,
    file: str,
    at: dt.datetime,
    removed: int,
    sha256: str,
    files: Mapping[str, Collection[str]],
) -> set[str]:
    """Note a recipient's word on one file of a release. Gives the releases of the list that are answered whole.

    `files`: release -> the files that went out as it. Lists name everybody who has ever gone, so a later one answers
    for the earlier ones too.
    """
    columns = acknowledgements.c
    same = (columns.list == given.id, columns.release == release, columns.file == file)
    await connection.execute(delete(acknowledgements).where(*same))
    row = {"list": given.id, "release": release, "file": file, "at": at, "removed": removed, "sha256": sha256}
    await connection.execute(insert(acknowledgements), row)
    query = select(columns.release, columns.file).where(columns.list == given.id)
    told = {(row.release, row.file) for row in await connection.execute(query)}
    answered = {each for each, names in files.items() if names and all((each, name) in told for name in names)}
    if answered >= set(given.releases):
        lists = withdrawal_lists.c
        earlier = (lists.recipient == given.recipient, lists.up_to <= given.up_to, lists.acknowledged_at.is_(None))
        await connection.execute(update(withdrawal_lists).where(*earlier).values(acknowledged_at=at))
    return answered


async def overdue(connection: AsyncConnection, recipient: Recipient, now: dt.datetime) -> Sequence[HandedOut]:
    """Lists that a recipient should have answered by now."""
    waiting = [each for each in await handed_out(connection, recipient.name) if each.acknowledged_at is None]
    return [each for each in waiting if each.releases and each.due_at(recipient.delete_within) < now]


async def live(connection: AsyncConnection, today: dt.date) -> dict[str, tuple[str, ...]]:
    """Recipients whose agreement holds, and for which purposes."""
    mine = recipients.c
    query = select(mine.name, mine.purposes).where(mine.ended_at.is_(None), mine.expires_on >= today)
    return {row.name: tuple(row.purposes) for row in await connection.execute(query)}
