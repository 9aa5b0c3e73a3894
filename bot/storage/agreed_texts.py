"""The texts that people agreed to, word for word: a version says the same for good."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import documents
from flows.consent import Document

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
