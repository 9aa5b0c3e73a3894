"""Which installation serves which regions, as `zones.yaml` in the folder of collections says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from flows.faults import Fault, YamlFile, mistyped, read_yaml
from flows.language import known_territory
from flows.zones import Zone, Zones

FILE = "zones.yaml"


def read_zones(folder: Path, faults: list[Fault]) -> dict[str, Zone]:
    """The zones by name that a folder of collections has a file of; none where it has no such file."""
    path = folder / FILE
    file = read_yaml(path, faults) if path.exists() else None
    if file is None:
        return {}
    try:
        zones = Zones.model_validate(file.value).zones
    except ValidationError as error:
        faults.extend(mistyped(error, file))
        return {}
    faults.extend(_disagreements(file, zones))
    return zones


def _disagreements(file: YamlFile, zones: Mapping[str, Zone]) -> Iterator[Fault]:
    served: dict[str, str] = {}
    bots: dict[str, str] = {}
    for name, zone in zones.items():
        other = bots.setdefault(zone.bot.casefold(), name)
        if other != name:
            problem = f"{name} has the bot of {other}"
            yield file.fault(("zones", name, "bot"), problem, "Give each zone a bot of its own")
        for number, territory in enumerate(zone.regions):
            place = ("zones", name, "regions", number)
            if not known_territory(territory):
                yield file.fault(place, f"no territory is called {territory}", "Write it as ISO 3166 does: DE, EG")
            other = served.setdefault(territory, name)
            if other != name or territory in zone.regions[:number]:
                yield file.fault(place, f"{territory} stands in {other} already", "Let one installation serve it")


def unknown_zone(folder: Path, zones: Mapping[str, Zone], mine: str) -> Fault | None:
    """What is wrong with the name that an installation has been given, beside the file; None where nothing is."""
    if mine in zones or not (zones or mine):
        return None
    path = folder / FILE
    if not zones:
        return Fault(path, 1, f"SURVEYBOT_ZONE is {mine}, and this file is missing", "Add it; docs/zones.md says how")
    problem = f"SURVEYBOT_ZONE is {mine}, which stands here nowhere" if mine else "SURVEYBOT_ZONE is not set"
    return Fault(path, 1, problem, f"Set it to the zone that this installation is: {', '.join(zones)}")
