"""Rules of zones: one installation serves each region, and whoever lives in it is sent to that one's bot."""

from __future__ import annotations

from collections.abc import Iterator

from bot.checking import practices
from bot.checking.checked import Checked
from bot.checking.findings import Found, Rule, error, warning
from flows.faults import Fault
from flows.zone_files import FILE, read_zones


def unclear(checked: Checked) -> Iterator[Found]:
    """What is not right in the file of zones beside the collection."""
    faults: list[Fault] = []
    read_zones(checked.folder.parent, faults)
    for fault in faults:
        yield Found(fault.file, fault.line, fault.problem, fault.remedy)


def left_out(checked: Checked) -> Iterator[Found]:
    """Regions of the collection that stand in no zone."""
    faults: list[Fault] = []
    zones = read_zones(checked.folder.parent, faults)
    served = {territory for zone in zones.values() for territory in zone.regions}
    for _, region in checked.reading.regions if zones and not faults else ():
        if region.territory not in served:
            what = f"{region.territory} stands in no zone, so every installation asks people there itself"
            remedy = "Write it under the zone that serves it"
            yield Found(checked.folder.parent / FILE, 1, what, remedy, region.territory)


RULES: tuple[Rule, ...] = (
    error(
        "zones.unclear",
        "zones.yaml does not say which installation serves what",
        "Somebody would be asked where their answers must not be kept.",
        practices.ZONES,
        unclear,
        can_be_waived=False,
    ),
    warning(
        "zones.left_out",
        "A region stands in no zone, where there are zones",
        "Every installation would ask there, and one person's answers could lie in several places.",
        practices.ZONES,
        left_out,
    ),
)
