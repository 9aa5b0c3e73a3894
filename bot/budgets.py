"""Budgets and pilots: a region that has promised all that it can pay, or whose pilot is full, takes nobody new.

It closes before a consent and never after; whoever has agreed goes on and is paid. What a budget counts are people who
agreed, less those who left with nothing earned; a pilot counts everybody who agreed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import promises
from bot.storage.promises import Region
from flows.pilots import OpenPilot
from flows.shelf import Shelf, Spent

log = structlog.get_logger()


@dataclass(slots=True)
class Budgets:
    """What the regions of a shelf can still promise, while a batch is worked on."""

    shelf: Shelf
    pilots: tuple[OpenPilot, ...] = ()
    before: Counter[Region] = field(default_factory=Counter)
    """As the transaction found it."""
    limited: Mapping[Region, tuple[Decimal, Decimal]] = field(init=False)
    """The regions that have a budget: what one person is promised, and what all may be."""

    def __post_init__(self) -> None:
        self.limited = dict(_limited(self.shelf))

    async def read(self, connection: AsyncConnection) -> None:
        """Look up what was promised, where any region has a budget."""
        if self.limited:
            self.before = await promises.promised(connection)

    def shelf_now(self, more: Counter[Region], agreed: Counter[int]) -> Shelf:
        """The shelf, without the regions that take nobody new: `more` is what the batch has promised so far, `agreed`
        how many have agreed in it, by pilot."""
        spent = [*self._spent(more), *self._outside_pilots(agreed)]
        return self.shelf.with_spent(spent) if spent else self.shelf

    def say_what_closed(self, more: Counter[Region]) -> None:
        """Log regions that this batch has closed."""
        for collection, territory in sorted(set(self._spent(more)) - set(self._spent(Counter()))):
            log.warning("a region's budget is spent", collection=collection, region=territory)

    def _outside_pilots(self, agreed: Counter[int]) -> Iterator[Spent]:
        for pilot in self.pilots:
            collection = self.shelf.collections.get(pilot.collection)
            if collection is not None:
                yield from pilot.closes(collection, agreed[pilot.id])

    def _spent(self, more: Counter[Region]) -> list[Spent]:
        def cannot_pay_one_more(region: Region) -> bool:
            amount, budget = self.limited[region]
            return (self.before[region] + more[region] + 1) * amount > budget

        return [region for region in self.limited if cannot_pay_one_more(region)]


def _limited(shelf: Shelf) -> Iterator[tuple[Region, tuple[Decimal, Decimal]]]:
    for collection in shelf.collections.values():
        for region in collection.regions:
            if region.pay.budget is not None:
                yield (collection.id, region.territory), (region.pay.amount, region.pay.budget)
