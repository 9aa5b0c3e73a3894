"""Which zone this installation is, and which territories others serve (`flows.zones`)."""

from __future__ import annotations

from bot.settings import Settings
from flows.faults import CollectionFaults, Fault
from flows.zone_files import read_zones, unknown_zone
from flows.zones import HandedOver, Zone, handed_over


def my_zone(settings: Settings) -> tuple[Zone | None, HandedOver]:
    """The zone that this installation is, and what others serve; none and nothing where there are no zones.

    Raises CollectionFaults. In a rehearsal that names no zone everything is served here.
    """
    faults: list[Fault] = []
    zones = read_zones(settings.collections, faults)
    if settings.is_rehearsal and not settings.zone:
        zones = {}
    unknown = None if faults else unknown_zone(settings.collections, zones, settings.zone)
    if faults or unknown is not None:
        raise CollectionFaults([*faults, *([unknown] if unknown is not None else [])])
    return zones.get(settings.zone), handed_over(zones, settings.zone)


def is_other_bot(zone: Zone | None, username: str) -> bool:
    """Whether the token is of another bot than the zone's. Telegram's names do not tell large from small letters."""
    return zone is not None and zone.bot.casefold() != username.casefold()
