"""Reviewers' words in rows, and the texts that they are about. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import Turn, in_turn, inserting
from bot.storage.tables import consent_records, contributions, reviewed_texts, sign_offs
from flows.sign_offs import Capacity, Place, SignOff, Verdict


async def newest(connection: AsyncConnection) -> int:
    """The number of the newest word; 0 where there is none."""
    return int(await connection.scalar(select(func.coalesce(func.max(sign_offs.c.id), 0))) or 0)


async def every(connection: AsyncConnection) -> list[SignOff]:
    """Every word on every place, oldest first."""
    return [_word(row) for row in await connection.execute(select(sign_offs).order_by(sign_offs.c.id))]


def _word(row: Any) -> SignOff:  # noqa: ANN401  # a row of the table
    place = Place(row.collection, row.territory, row.language)
    return SignOff(
        row.id, place, row.content, Verdict(row.verdict), Capacity(row.capacity), row.role, row.by, row.at,
        row.expires_on, row.screen, row.words, row.alone,
    )  # fmt: skip


def row_of(word: SignOff) -> dict[str, Any]:
    """The row of a word that has no number yet."""
    return {
        **word.place._asdict(),
        "content": word.content,
        "verdict": word.verdict.value,
        "capacity": word.capacity.value,
        "role": word.role,
        "by": word.by,
        "at": word.at,
        "expires_on": word.expires_on,
        "screen": word.screen,
        "words": word.words,
        "alone": word.alone,
    }


async def add(connection: AsyncConnection, word: SignOff) -> int:
    """Keep a word; its number, which is higher than that of any word that was kept before."""
    await in_turn(connection, Turn.SIGN_OFFS)
    written = await connection.execute(insert(sign_offs).values(row_of(word)))
    assert written.inserted_primary_key is not None  # noqa: S101  # one row was inserted
    return int(written.inserted_primary_key[0])


async def keep_text(connection: AsyncConnection, content: str, shown: Mapping[str, str]) -> None:
    """Keep what was shown, once."""
    row = {"content": content, "shown": dict(shown)}
    once = inserting(connection, reviewed_texts).values(row).on_conflict_do_nothing(index_elements=["content"])
    await connection.execute(once)


async def texts(connection: AsyncConnection, contents: Iterable[str]) -> dict[str, dict[str, str]]:
    """What was shown, by its hash."""
    wanted = sorted(set(contents))
    query = select(reviewed_texts.c.content, reviewed_texts.c.shown).where(reviewed_texts.c.content.in_(wanted))
    return {row.content: dict(row.shown) for row in await connection.execute(query)}


async def half_way(connection: AsyncConnection, word: int, after: bytes, limit: int) -> list[tuple[bytes, str]]:
    """Chats behind one, in order, of people who agreed and have not submitted where a word was said; with the
    collection. In which language they read lies sealed: whom it is not about, it is not told."""
    part, record = contributions.c, consent_records.c
    about = select(sign_offs.c.collection, sign_offs.c.territory).where(sign_offs.c.id == word)
    found = (await connection.execute(about)).first()
    if found is None:
        return []
    query = (
        select(part.chat, part.collection)
        .join(consent_records, record.id == part.record)
        .where(part.submitted_at.is_(None), part.chat > after)
        .where(part.collection == found.collection, record.territory == found.territory)
        .order_by(part.chat)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await connection.execute(query)]
