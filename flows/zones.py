"""Which installation serves which regions, where data has to stay in a zone: each has a bot and stores of its own.

`zones.yaml` beside the collections says it, the same file for every installation. Whoever says that they live in
another one's region is sent to its bot, and nothing about them is kept here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from flows.collection import Id, Record
from flows.session import Onward, Passage

BotName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{1,28}[Bb][Oo][Tt]$")]
"""A bot's name in Telegram, without @: it ends in "bot" (core.telegram.org/bots/features, "Creating a new bot")."""

MOST_PAYLOAD = 64
"""Letters that a deep link takes behind `?start=` (core.telegram.org/bots/features, "Deep Linking")."""

HandedOver = Mapping[str, str]
"""Territory -> the bot that serves it, for those that another installation serves."""


class Zone(Record):
    """One installation: its bot, and the territories that it serves."""

    bot: BotName
    regions: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = Field(min_length=1)


class Zones(Record):
    """Every installation, by the name of its zone."""

    zones: dict[Id, Zone] = Field(min_length=1)


def handed_over(zones: Mapping[str, Zone], mine: str) -> HandedOver:
    """What installations other than `mine` serve."""
    return {each: zone.bot for name, zone in zones.items() if name != mine for each in zone.regions}


def onward(bot: str, passage: Passage) -> Onward:
    """The way to another installation's bot: the same collection there, and the participant code that somebody came
    with.

    The code of a link is left out: links are each installation's own, and another one does not know it.
    """
    start = f"{passage.collection}-{passage.participant}" if passage.participant else passage.collection
    return Onward(bot, start if len(start) <= MOST_PAYLOAD else passage.collection)


def address(way: Onward) -> str:
    """What somebody opens."""
    return f"https://t.me/{way.bot}?start={way.start}"
