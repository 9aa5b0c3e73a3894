"""Waking hours are those of every zone of a region, whatever the season."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.broadcasts.quiet_hours import is_awake, wakes_at
from bot.reading import read_collections
from bot.settings import read_settings
from flows.collection import Region

REGIONS = {region.territory: region for region in read_collections(read_settings(_env_file=None))[0].regions}
BEGINNING = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
moments = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: BEGINNING + dt.timedelta(minutes=minutes))


@pytest.mark.parametrize("region", REGIONS.values(), ids=list(REGIONS))
@given(now=moments)
def test_nobody_is_written_to_in_the_quiet_hours_of_any_zone(region: Region, now: dt.datetime) -> None:
    local = [now.astimezone(ZoneInfo(zone)).time() for zone in region.time_zones]
    quiet = any(time >= region.quiet_hours.start or time < region.quiet_hours.end for time in local)
    assert is_awake(region, now) is not quiet


@pytest.mark.parametrize("region", REGIONS.values(), ids=list(REGIONS))
@given(now=moments)
def test_every_region_wakes_within_a_day(region: Region, now: dt.datetime) -> None:
    """Also the United States and Brazil, with hours of difference from one end to the other."""
    waking = wakes_at(region, now)
    assert waking is not None
    assert now <= waking <= now + dt.timedelta(days=1)
    assert is_awake(region, waking)


def test_zones_on_opposite_sides_leave_no_hour() -> None:
    far = REGIONS["US"].model_copy(update={"time_zones": ("Pacific/Auckland", "Europe/London", "America/Los_Angeles")})
    assert wakes_at(far, dt.datetime(2026, 6, 1, tzinfo=dt.UTC)) is None
