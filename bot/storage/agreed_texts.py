"""The texts that people agreed to, word for word: a version says the same for good."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import documents
from flows.consent import Document


async def reworded(connection: AsyncConnection, today: Iterable[Document]) -> list[Document]:
    """Those of today's documents that say something else than somebody agreed to under the same version."""
    columns = documents.c
    identity = (columns.collection, columns.version, columns.language, columns.territory)
    agreed: dict[tuple[str, int, str, str], set[str]] = {}
    for *key, sha256 in await connection.execute(select(*identity, columns.sha256)):
        agreed.setdefault((key[0], key[1], key[2], key[3]), set()).add(sha256)
    found = []
    for document in today:
        known = agreed.get((document.collection, document.version, document.language, document.territory))
        if known and document.sha256 not in known:
            found.append(document)
    return found
