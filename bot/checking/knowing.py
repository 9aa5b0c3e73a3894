"""What a running bot's data tells beside the files: texts that people agreed to, and how long it took them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bot.checking.checked import Known
from bot.settings import Settings
from bot.stewardship.archive import NothingThere, open_data
from bot.storage import agreed_texts
from bot.storage.tallies import tallied
from flows.pilot_report import minutes_of


async def known_of(settings: Settings, collections: Iterable[str]) -> dict[str, Known]:
    """Of collections, by their ids; nothing where there is no data yet. Fewer than ten people give no minutes.

    Raises SchemaFault, StoreUnavailable.
    """
    found: dict[str, Known] = {}
    try:
        async with open_data(settings) as database:
            await database.check_schema()
            async with database.read() as connection:
                agreed = await agreed_texts.agreed(connection)
                for collection in collections:
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
                    found[collection] = Known({key: frozenset(each) for key, each in texts.items()}, minutes)
    except NothingThere:
        return {}
    return found
