"""What is counted: how far people come, and by which link. None of it leads to anybody."""

from __future__ import annotations

from types import MappingProxyType

from bot.owing.batch import CarriedOut, Turnout
from flows import effects as owed


def _count_link(effect: owed.CountLink, turnout: Turnout) -> None:
    turnout.batch.links.append((effect.link, effect.how_far))


def _count(effect: owed.Count, turnout: Turnout) -> None:
    turnout.batch.tallies[effect.collection, effect.territory, effect.what] += effect.more


CARRIED_OUT: CarriedOut = MappingProxyType(
    {
        owed.CountLink: _count_link,
        owed.Count: _count,
    }
)
