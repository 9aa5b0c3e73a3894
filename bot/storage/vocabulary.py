"""Every question and option id that was ever opened: an id cannot come back with another meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import vocabulary
from flows.collection import Collection
from flows.id_meanings import meanings, reused, takes_own_words


class IdReused(Exception):
    """An id stands for something else than it did; the text names the id and both meanings."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One id and its meaning; an empty option stands for the question itself."""

    question: str
    option: str
    meaning: str

    @property
    def takes_own_words(self) -> bool:
        """Whether it is a question that is, or was, answered in own words somewhere."""
        return takes_own_words(self.option, self.meaning)


async def record_vocabulary(connection: AsyncConnection, collection: Collection) -> None:
    """Remember a collection's ids in their order. Raises IdReused and writes nothing where one changed its meaning."""
    known = {(row.question, row.option): row.meaning for row in await rows(connection, collection.id)}
    for each in reused(collection, known):
        raise IdReused(
            f"{collection.id}: {each.name} meant {each.before!r} and now means {each.now!r}. Answers were given to the "
            "earlier one: take a new id"
        )
    found = meanings(collection)
    for (question, option), meaning in found.items():
        before = known.get((question, option))
        if before is not None and takes_own_words(option, meaning) and not takes_own_words(option, before):
            await _note_own_words(connection, collection.id, question, meaning)
    new = [(*ids, meaning) for ids, meaning in found.items() if ids not in known]
    if new:
        start = len(known)
        await connection.execute(
            insert(vocabulary),
            [
                {"collection": collection.id, "question": q, "option": o, "meaning": m, "position": start + number}
                for number, (q, o, m) in enumerate(new)
            ],
        )


async def _note_own_words(connection: AsyncConnection, collection: str, question: str, meaning: str) -> None:
    """Remember that a question takes own words from now on; also once it does not any more, for those that are kept."""
    column = vocabulary.c
    query = update(vocabulary).where(column.collection == collection, column.question == question, column.option == "")
    await connection.execute(query.values(meaning=meaning))


async def rows(connection: AsyncConnection, collection: str) -> Sequence[Vocabulary]:
    """What was ever opened, in the order of opening."""
    query = (
        select(vocabulary.c.question, vocabulary.c.option, vocabulary.c.meaning)
        .where(vocabulary.c.collection == collection)
        .order_by(vocabulary.c.position)
    )
    return [Vocabulary(*row) for row in await connection.execute(query)]
