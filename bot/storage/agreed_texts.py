"""The texts that people agreed to, word for word, and what purposes meant then: a version says the same for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import consent_records, documents, purpose_meanings
from flows.consent import Document
from flows.meaning import May, Meaning, Meanings, differs, meanings_from_json

_TOGETHER = 500
"""Records of one statement: SQLite takes only so many values."""

Identity = tuple[str, int, str, str]
"""A document's collection, version, language and territory."""


async def reworded(connection: AsyncConnection, today: Callable[[Identity], Document | None]) -> list[Document]:
    """Those of today's documents that say something else than somebody agreed to under the same version.

    Only what somebody agreed to is looked up: a start need not fill in every text of every region.
    """
    found = []
    for identity, known in (await agreed(connection)).items():
        document = today(identity)
        if document is not None and document.sha256 not in known:
            found.append(document)
    return found


async def agreed(connection: AsyncConnection) -> dict[Identity, set[str]]:
    """The fingerprints of every text that somebody agreed to."""
    columns = documents.c
    identity = (columns.collection, columns.version, columns.language, columns.territory)
    found: dict[Identity, set[str]] = {}
    for collection, version, language, territory, sha256 in await connection.execute(select(*identity, columns.sha256)):
        found.setdefault((collection, version, language, territory), set()).add(sha256)
    return found


Read = tuple[str, int, str]
"""A collection, a version of its cards, and a language: purposes say the same in every region."""


class Changed(NamedTuple):
    """A purpose that means something else today than when somebody decided on it under the same version."""

    collection: str
    version: int
    language: str
    purpose: str
    fields: tuple[str, ...]
    """What of it in collection.yaml."""


async def changed(connection: AsyncConnection, today: Callable[[Read], Meanings]) -> list[Changed]:
    """Those of today's purposes that mean something else than they did to whoever agreed to the same version.

    One that is new, or not there any more, takes nothing from anybody and gives nothing away.
    """
    found = []
    for read, known in (await meant(connection)).items():
        for purpose, now in today(read).items():
            if fields := differs(known.get(purpose, frozenset()), now):
                found.append(Changed(*read, purpose, fields))
    return found


async def meant(connection: AsyncConnection) -> dict[Read, dict[str, set[Meaning]]]:
    """What purposes meant to everybody who agreed, as far as it is known word for word."""
    columns = purpose_meanings.c
    query = select(columns.collection, columns.version, columns.language, columns.meanings)
    found: dict[Read, dict[str, set[Meaning]]] = {}
    for collection, version, language, said in await connection.execute(query):
        of = found.setdefault((collection, version, language), {})
        for purpose, each in meanings_from_json(said).items():
            if each.label:
                of.setdefault(purpose, set()).add(each)
    return found


async def meanings(connection: AsyncConnection, hashes: Iterable[str | None]) -> dict[str | None, Meanings]:
    """What purposes meant, by the hash that consent records name."""
    wanted = {each for each in hashes if each is not None}
    if not wanted:
        return {}
    columns = purpose_meanings.c
    query = select(columns.sha256, columns.meanings).where(columns.sha256.in_(wanted))
    return {row.sha256: meanings_from_json(row.meanings) for row in await connection.execute(query)}


async def needing_code(connection: AsyncConnection, records: Iterable[str | None]) -> dict[str, frozenset[str]]:
    """By consent record: the purposes that need the code of another contribution, agreed to or not; none where
    what they meant is not known."""
    columns = consent_records.c
    found: dict[str, str | None] = {}
    wanted = sorted({each for each in records if each is not None})
    for start in range(0, len(wanted), _TOGETHER):
        query = select(columns.id, columns.meanings).where(columns.id.in_(wanted[start : start + _TOGETHER]))
        found |= {row.id: row.meanings for row in await connection.execute(query)}
    needing = {
        sha256: frozenset(purpose for purpose, each in meant.items() if May.PARTICIPANT in each.may)
        for sha256, meant in (await meanings(connection, found.values())).items()
    }
    return {record: needing.get(sha256, frozenset()) for record, sha256 in found.items()}
