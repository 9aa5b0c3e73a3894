"""What every run begins with, made once: an installation with people in it, a broadcast that is to leave, and codes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from support.inviting import sent
from support.made_up import dice
from support.paying import collections_that_pay, load_into
from support.running import Stored, settings_for
from support.stores import copied

from bot.broadcasts.seeding import seed
from bot.clock import utc_now
from bot.doors import open_ground
from bot.reading import read_collections, read_texts
from bot.texts import Texts
from flows.collection import Collection

FIRST, INVITED = 7_000_000_001, 30
"""Chat ids of people who agreed to everything, have submitted, and are to be invited again."""

_CODES = 40
_NOWHERE = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder to copy, and what is known of it."""

    stores: Path
    collections: Path
    collection: Collection
    texts: Texts
    tallies: Counter[str]
    """Bare counts of the collection before anybody came."""

    def copy_to(self, folder: Path) -> None:
        """Put everything into a folder of its own, which is not there yet."""
        copied(self.stores, folder)


async def prepare(folder: Path) -> Ground:
    """Make it in an empty folder."""
    stores, collections = folder / "stores", collections_that_pay(folder / "collections", "voucher")
    settings = settings_for(stores, _NOWHERE, collections=collections)
    async with open_ground(settings, "", dice()) as ground:
        assert await seed(ground, FIRST, INVITED) == INVITED
    await load_into(settings, [f"VOUCHER-{number:04}" for number in range(_CODES)], utc_now)
    await sent(settings, "demographics")
    read = read_collections(settings)
    return Ground(stores, collections, read[0], read_texts(settings, read), tallies_of(Stored(stores)))


def tallies_of(stores: Stored) -> Counter[str]:
    """Bare counts of the collection, over all regions."""
    return Counter(
        {what: int(count) for what, count in stores.rows("select what, sum(count) from tallies group by what")}
    )
