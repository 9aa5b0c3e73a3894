"""What a running bot's data tells beside the files: agreed texts, meanings, minutes that it took, sign-offs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.checking.check import texts_of
from bot.checking.checked import Known
from bot.review.signed import shelf_as_it_stands
from bot.settings import Settings
from bot.stewardship.archive import NothingThere, open_data
from bot.storage import agreed_texts
from bot.storage.tallies import tallied
from bot.storage.vocabulary import rows
from bot.zones import my_zone
from flows.load import CollectionFaults, Reading
from flows.pilot_report import minutes_of
from flows.sign_offs import Review

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def known_of(settings: Settings, readings: Iterable[Reading]) -> dict[str, Known]:
    """Of collections, by their ids; nothing where there is no data yet. Fewer than ten people give no minutes.

    Raises SchemaFault, StoreUnavailable.
    """
    found: dict[str, Known] = {}
    elsewhere = _in_other_zones(settings)
    try:
        async with open_data(settings) as database:
            await database.check_schema()
            async with database.read() as connection:
                agreed = await agreed_texts.agreed(connection)
                meant = await agreed_texts.meant(connection)
                for reading in readings:
                    collection = reading.folder.name
                    counts = await tallied(connection, collection)
                    minutes = {
                        territory: measured.median
                        for territory, met in counts.items()
                        if (measured := minutes_of(met)) is not None
                    }
                    texts: dict[tuple[int, str, str], set[str]] = defaultdict(set)
                    for (name, version, language, territory), hashes in agreed.items():
                        if name == collection:
                            texts[version, language, territory] |= hashes
                    found[collection] = Known(
                        agreed={key: frozenset(each) for key, each in texts.items()},
                        meant={
                            (version, read): of for (name, version, read), of in meant.items() if name == collection
                        },
                        id_meanings={(e.question, e.option): e.meaning for e in await rows(connection, collection)},
                        minutes=minutes,
                        reviews=await _reviews(connection, reading),
                        in_other_zones=elsewhere,
                    )
    except NothingThere:
        return {}
    return found


def _in_other_zones(settings: Settings) -> frozenset[str]:
    """What is wrong with zones is a finding of its own."""
    try:
        return frozenset(my_zone(settings)[1])
    except CollectionFaults:
        return frozenset()


async def _reviews(connection: AsyncConnection, reading: Reading) -> dict[tuple[str, str], Review]:
    collection = reading.collection
    if collection is None:
        return {}
    shelf = await shelf_as_it_stands(connection, (collection,), texts_of(reading), unreviewed=False)
    return {
        (region.territory, language): shelf.review(collection.id, region.territory, language)
        for region in collection.regions
        for language in region.languages
    }
