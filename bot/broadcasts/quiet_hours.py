"""Waking hours: when somebody in a region may be written to unasked.

A region can have several time zones, and the bot does not know in which one a person lives: only hours count that are
waking hours in all of them.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from flows.collection import Region

_STEP = dt.timedelta(minutes=15)
"""Zones differ from each other by quarters of an hour (Asia/Kathmandu, Pacific/Chatham); regions' hours are theirs."""

_LOOKED_AHEAD = dt.timedelta(days=2)


def is_awake(region: Region, now: dt.datetime) -> bool:
    """Whether it is outside the region's quiet hours everywhere in it. `now` is UTC."""
    return all(_is_waking(region, now.astimezone(ZoneInfo(zone)).time()) for zone in region.time_zones)


def _is_waking(region: Region, local: dt.time) -> bool:
    start, end = region.quiet_hours.start, region.quiet_hours.end
    quiet = start <= local < end if start < end else local >= start or local < end
    return not quiet


def wakes_at(region: Region, now: dt.datetime) -> dt.datetime | None:
    """When the region is awake next; `now` where it is. None where its zones leave no hour in common.

    Looked for in quarters of an hour: `now` and what comes back are UTC.
    """
    if is_awake(region, now):
        return now
    moment = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0) + _STEP
    while moment <= now + _LOOKED_AHEAD:
        if is_awake(region, moment):
            return moment
        moment += _STEP
    return None
