"""Who has withdrawn from what a recipient holds: the rows that the recipient is to take out of its copies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.stewardship.archive import Archive
from bot.stewardship.export import Refused
from bot.storage import releases


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A contributor, as the recipient knows them, and the purpose whose files they are to be taken out of."""

    contributor: str
    collection: str
    purpose: str
    withdrawn_on: dt.date
    """The UTC day."""
    releases: tuple[str, ...]
    """The releases to this recipient that hold the row."""


async def withdrawn_from(archive: Archive, recipient: str) -> list[Withdrawn]:
    """Everybody who has withdrawn from a recipient's releases, by contributor. Raises Refused for an unknown one."""
    held: dict[tuple[str, str, str], tuple[dt.date, list[str]]] = {}
    async with archive.database.read() as connection:
        known = await releases.recipients(connection)
        if recipient not in known:
            others = ", ".join(sorted(known)) or "nobody"
            raise Refused(f"no release ever went to {recipient!r}; releases went to: {others}")
        async for recalled in releases.recalled(connection, recipient):
            contributor = archive.vault.release_pseudonym(recalled.pseudonym, recipient)
            key = (contributor, recalled.collection, recalled.purpose)
            _, files = held.setdefault(key, (recalled.at.date(), []))
            if recalled.release not in files:
                files.append(recalled.release)
    return [Withdrawn(*key, day, tuple(files)) for key, (day, files) in sorted(held.items())]
