"""Every question and option id that was ever opened: an id cannot come back with another meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import vocabulary
from flows.collection import Collection


class IdReused(Exception):
    """An id stands for something else than it did; the text names the id and both meanings."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One id and its meaning; an empty option stands for the question itself."""

    question: str
    option: str
    meaning: str


async def record_vocabulary(connection: AsyncConnection, collection: Collection) -> None:
    """Remember a collection's ids in their order. Raises IdReused and writes nothing where one changed its meaning."""
    known = {(row.question, row.option): row.meaning for row in await rows(connection, collection.id)}
    new = []
    for (question, option), meaning in meanings(collection).items():
        before = known.get((question, option))
        if before is None:
            new.append((question, option, meaning))
        elif before != meaning:
            name = f"{question}.{option}" if option else question
            raise IdReused(
                f"{collection.id}: {name} meant {before!r} and now means {meaning!r}. Answers were given to the "
                "earlier one: take a new id"
            )
    if new:
        start = len(known)
        await connection.execute(
            insert(vocabulary),
            [
                {"collection": collection.id, "question": q, "option": o, "meaning": m, "position": start + number}
                for number, (q, o, m) in enumerate(new)
            ],
        )


def meanings(collection: Collection) -> dict[tuple[str, str], str]:
    """(question, option) -> what it stands for; the question itself under an empty option."""
    found: dict[tuple[str, str], str] = {}
    for region in collection.regions:
        for question in region.questions:
            words = " +own words" if question.own_words_option else ""
            found.setdefault((question.id, ""), f"{question.subject.value}, {question.kind}{words}")
            for option in question.options:
                found.setdefault((question.id, option.id), option.label)
    return found


async def rows(connection: AsyncConnection, collection: str) -> Sequence[Vocabulary]:
    """What was ever opened, in the order of opening."""
    query = (
        select(vocabulary.c.question, vocabulary.c.option, vocabulary.c.meaning)
        .where(vocabulary.c.collection == collection)
        .order_by(vocabulary.c.position)
    )
    return [Vocabulary(*row) for row in await connection.execute(query)]
