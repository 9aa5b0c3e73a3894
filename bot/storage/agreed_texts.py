"""The texts that people agreed to, word for word: a version says the same for good."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import documents
from flows.consent import Document


async def reworded(connection: AsyncConnection, today: Iterable[Document]) -> list[Document]:
    """Those of today's documents that say something else than somebody agreed to under the same version."""
    texts = await agreed(connection)
    found = []
    for document in today:
        known = texts.get((document.collection, document.version, document.language, document.territory))
        if known and document.sha256 not in known:
            found.append(document)
    return found


Identity = tuple[str, int, str, str]
"""A document's collection, version, language and territory."""


async def agreed(connection: AsyncConnection) -> dict[Identity, set[str]]:
    """The fingerprints of every text that somebody agreed to."""
    columns = documents.c
    identity = (columns.collection, columns.version, columns.language, columns.territory)
    found: dict[Identity, set[str]] = {}
    for collection, version, language, territory, sha256 in await connection.execute(select(*identity, columns.sha256)):
        found.setdefault((collection, version, language, territory), set()).add(sha256)
    return found
