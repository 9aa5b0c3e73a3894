"""What can be said of a release's rows as a whole: which texts were agreed to, when, what changed since another."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import audit, consent_records, contributions, documents, purpose_meanings, release_rows
from flows.meaning import Meanings, meanings_from_json


class AgreedText(NamedTuple):
    """A text that people in a release agreed to."""

    version: int
    language: str
    territory: str
    sha256: str
    text: str


class AgreedPurposes(NamedTuple):
    """What purposes meant to people in a release."""

    version: int
    language: str
    sha256: str
    meanings: Meanings


class Span(NamedTuple):
    """From the first who submitted to the last."""

    submitted_first: dt.datetime
    submitted_last: dt.datetime


class Seen(NamedTuple):
    """What had become of answers when a snapshot was taken."""

    newest: int
    entries: frozenset[int]
    """Entries of the audit among the last that are of answers."""


_OF_ANSWERS = ("answers submitted", "answers taken out")
_OVERTAKEN = 1_000
"""Where several write, an entry may be committed after others that were numbered later, but not after so many."""


async def seen_of_answers(connection: AsyncConnection) -> Seen:
    """What this snapshot sees of what became of answers, for `answers_changed`."""
    newest = await connection.scalar(select(func.max(audit.c.id))) or 0
    lately = select(audit.c.id).where(audit.c.id > newest - _OVERTAKEN, audit.c.action.in_(_OF_ANSWERS))
    return Seen(newest, frozenset(await connection.scalars(lately)))


async def answers_changed(connection: AsyncConnection, release: str, seen: Seen) -> set[str]:
    """Who in a release has submitted again, or had answers taken out, since that was seen."""
    query = (
        select(audit.c.id, audit.c.pseudonym)
        .join(release_rows, release_rows.c.pseudonym == audit.c.pseudonym)
        .where(release_rows.c.release == release)
        .where(audit.c.id > seen.newest - _OVERTAKEN, audit.c.action.in_(_OF_ANSWERS))
    )
    return {pseudonym for number, pseudonym in await connection.execute(query) if number not in seen.entries}


async def texts_of(connection: AsyncConnection, release: str) -> list[AgreedText]:
    """Every text that somebody whose row is in a release agreed to."""
    agreed = (
        select(consent_records.c.collection, consent_records.c.version, consent_records.c.sha256)
        .add_columns(consent_records.c.language, consent_records.c.territory)
        .join(contributions, contributions.c.submitted_under == consent_records.c.id)
        .join(release_rows, release_rows.c.pseudonym == contributions.c.pseudonym)
        .where(release_rows.c.release == release)
        .distinct()
        .subquery()
    )
    same = (
        (documents.c.sha256 == agreed.c.sha256)
        & (documents.c.collection == agreed.c.collection)
        & (documents.c.version == agreed.c.version)
        & (documents.c.language == agreed.c.language)
        & (documents.c.territory == agreed.c.territory)
    )
    columns = (documents.c[name] for name in AgreedText._fields)
    query = (
        select(*columns).join(agreed, same).order_by(documents.c.version, documents.c.language, documents.c.territory)
    )
    return [AgreedText(*row) for row in await connection.execute(query)]


async def purposes_of(connection: AsyncConnection, release: str) -> list[AgreedPurposes]:
    """What purposes meant to everybody whose row is in a release, once each, oldest version first."""
    agreed = (
        select(consent_records.c.meanings)
        .join(contributions, contributions.c.submitted_under == consent_records.c.id)
        .join(release_rows, release_rows.c.pseudonym == contributions.c.pseudonym)
        .where(release_rows.c.release == release)
    )
    columns = purpose_meanings.c
    query = (
        select(columns.version, columns.language, columns.sha256, columns.meanings)
        .where(columns.sha256.in_(agreed))
        .order_by(columns.version, columns.language, columns.sha256)
    )
    found = await connection.execute(query)
    return [AgreedPurposes(*row[:-1], meanings_from_json(row.meanings)) for row in found]


async def span_of(connection: AsyncConnection, release: str) -> Span | None:
    """When people in a release submitted; None where there is nobody."""
    query = (
        select(func.min(contributions.c.submitted_at), func.max(contributions.c.submitted_at))
        .select_from(release_rows)
        .join(contributions, contributions.c.pseudonym == release_rows.c.pseudonym)
        .join(consent_records, consent_records.c.id == contributions.c.submitted_under)
        .where(release_rows.c.release == release)
    )
    row = (await connection.execute(query)).one()
    return Span(row[0], row[1]) if row[0] is not None else None


async def changes_since(
    connection: AsyncConnection, release: str, before: str, made_at: dt.datetime
) -> AsyncIterator[tuple[str, str]]:
    """Pseudonym and what became of it from an earlier release to a later: added, changed, gone. In no order.

    Changed is whoever submitted, or agreed, again since. `gone` are those who were in the earlier one alone.
    """
    earlier = select(release_rows.c.pseudonym).where(release_rows.c.release == before)
    later = select(release_rows.c.pseudonym).where(release_rows.c.release == release)
    added = later.where(release_rows.c.pseudonym.not_in(earlier))
    gone = earlier.where(release_rows.c.pseudonym.not_in(later))
    changed = (
        select(contributions.c.pseudonym)
        .join(consent_records, consent_records.c.id == contributions.c.submitted_under)
        .where(contributions.c.pseudonym.in_(earlier), contributions.c.pseudonym.in_(later))
        .where((contributions.c.submitted_at > made_at) | (consent_records.c.given_at > made_at))
    )
    for what, query in (("added", added), ("changed", changed), ("gone", gone)):
        async for pseudonym in await connection.stream_scalars(query):
            yield pseudonym, what
