"""Incidents in rows. They are only added: what was told to a committee is not unsaid."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import inserting
from bot.storage.tables import incidents
from flows.incidents import Incident, IncidentKind


async def note(connection: AsyncConnection, incident: Incident) -> None:
    """Write one down; what came from the same letter, halt or breach before is there already."""
    await connection.execute(inserting(connection, incidents).values(row_of(incident)).on_conflict_do_nothing())


def row_of(incident: Incident) -> dict[str, Any]:
    """The row of an incident that has no number yet."""
    return {
        "source": incident.source,
        "kind": incident.kind.value,
        "collection": incident.collection,
        "territory": incident.territory,
        "at": incident.at,
        "noted_by": incident.noted_by,
        "what": incident.what,
    }


async def every(
    connection: AsyncConnection, collection: str | None = None, since: dt.datetime | None = None
) -> list[Incident]:
    """All of them, oldest first; those about every collection stand in each one's list."""
    query = select(incidents).order_by(incidents.c.at, incidents.c.id)
    if collection is not None:
        query = query.where(incidents.c.collection.in_([collection, ""]))
    if since is not None:
        query = query.where(incidents.c.at >= since)
    return [
        Incident(
            row.id, IncidentKind(row.kind), row.collection, row.territory, row.at, row.noted_by, row.what, row.source
        )
        for row in await connection.execute(query)
    ]
