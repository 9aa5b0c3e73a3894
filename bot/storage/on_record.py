"""What the tables say of one contribution beside its passage, for its own contributor to see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import consent_events, consent_records, documents, purpose_meanings, release_rows, releases
from flows.meaning import meanings_from_json
from flows.on_record import AgreedBefore, ConsentEvent, OnRecord, PassedOn
from flows.records import replace


class Contributed(NamedTuple):
    """A contribution, and the consent record that it stands under."""

    pseudonym: str
    record: str


async def on_record(connection: AsyncConnection, contributed: Contributed) -> OnRecord:
    """Text, consent, what became of it, and every release that held the row."""
    columns = (
        consent_records.c.sha256,
        consent_records.c.shown_at,
        consent_records.c.card_answers,
        consent_records.c.minimum_age,
        consent_records.c.kept,
        consent_records.c.answers_kept,
    )
    query = select(*columns).where(consent_records.c.id == contributed.record)
    found = (await connection.execute(query)).one_or_none()
    sha256, shown_at, card_answers, minimum_age, kept, answers_kept = found or ("", None, (), None, {}, None)
    meant = await what_was_meant(connection, contributed.record)
    return replace(
        meant,
        kept=kept or {},
        answers_kept=answers_kept,
        text=await _text(connection, sha256),
        before=tuple(await _before(connection, contributed, sha256)),
        shown_at=shown_at,
        card_answers=tuple(card_answers),
        minimum_age=minimum_age,
        events=tuple(await _events(connection, contributed.pseudonym)),
        releases=tuple(await _releases(connection, contributed.pseudonym)),
    )


async def what_was_meant(connection: AsyncConnection, record: str) -> OnRecord:
    """What purposes meant when a consent was given, and nothing else of it."""
    hashes = select(consent_records.c.meanings).where(consent_records.c.id == record)
    query = select(purpose_meanings.c.sha256, purpose_meanings.c.meanings)
    found = (await connection.execute(query.where(purpose_meanings.c.sha256.in_(hashes)).limit(1))).one_or_none()
    return OnRecord(meant=meanings_from_json(found.meanings), meant_sha256=found.sha256) if found else OnRecord()


async def _text(connection: AsyncConnection, sha256: str) -> str:
    """The text of a fingerprint, under whichever version or collection it was first agreed to: it is the same."""
    query = select(documents.c.text).where(documents.c.sha256 == sha256).limit(1)
    return await connection.scalar(query) or ""


async def _before(connection: AsyncConnection, contributed: Contributed, sha256: str) -> Sequence[AgreedBefore]:
    """Every other text that the contributor agreed to, once each."""
    columns = (
        consent_records.c.version,
        consent_records.c.language,
        consent_records.c.sha256,
        consent_records.c.given_at,
    )
    mine = consent_records.c.pseudonym == contributed.pseudonym
    query = select(*columns).where(mine, consent_records.c.sha256 != sha256).order_by(consent_records.c.given_at.desc())
    found = {row.sha256: row for row in await connection.execute(query)}
    return [AgreedBefore(*row, await _text(connection, row.sha256)) for row in found.values()]


async def _events(connection: AsyncConnection, pseudonym: str) -> Sequence[ConsentEvent]:
    """Of every record of the contribution, an earlier one's too."""
    records = select(consent_records.c.id).where(consent_records.c.pseudonym == pseudonym)
    columns = (consent_events.c.event, consent_events.c.at, consent_events.c.purposes)
    query = select(*columns).where(consent_events.c.record.in_(records)).order_by(consent_events.c.id)
    return [ConsentEvent(event, at, tuple(purposes)) for event, at, purposes in await connection.execute(query)]


async def _releases(connection: AsyncConnection, pseudonym: str) -> Sequence[PassedOn]:
    """A row whose release is not in the ledger never left."""
    query = (
        select(releases.c.recipient, releases.c.purpose, releases.c.made_at)
        .join(release_rows, release_rows.c.release == releases.c.id)
        .where(release_rows.c.pseudonym == pseudonym)
        .order_by(releases.c.made_at, releases.c.id)
    )
    return [PassedOn(*row) for row in await connection.execute(query)]
