"""Of whom enough has been heard, by what is published of a collection, when invites to it are planned."""

from __future__ import annotations

from bot.broadcasts.audience import NOBODY_HEARD, Heard
from bot.progress.taking import Taking
from flows.choosing import Answered, may_be_chosen_by
from flows.collection import Collection
from flows.progress import met


async def heard_of(taking: Taking, collection: Collection) -> Heard:
    """What is met of a collection's targets now. Where it has none, nothing is counted for it."""
    if not collection.targets:
        return NOBODY_HEARD
    published = await taking.refreshed(collection)
    seen = {place: published[place].seen if place in published else {} for place in collection.targets}
    return Heard(
        {place: met(targets, seen[place]) for place, targets in collection.targets.items()},
        {place: _hoped_for(collection, place) for place in collection.targets},
    )


def _hoped_for(collection: Collection, place: str) -> frozenset[Answered]:
    return frozenset(
        (question, option)
        for question, options in collection.targets[place].questions.items()
        for option in options
        if may_be_chosen_by(collection.question(question), place)
    )
