"""Quiet hours: when the clock on the wall of a place says that nobody should be texted. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def is_quiet(clock: time, start: time, end: time) -> bool:
    """Whether the clock stands in [start, end), which may go over midnight; equal times mean never."""
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end


def quiet_until(moment: datetime, zone: ZoneInfo, start: time, end: time) -> datetime | None:
    """When the quiet that ``moment`` falls into ends, in UTC; None where it is not quiet then."""
    local = moment.astimezone(zone)
    if not is_quiet(local.time(), start, end):
        return None
    tomorrow = local.time() >= end
    wall = datetime.combine(local.date() + timedelta(days=1 if tomorrow else 0), end, zone)
    return instant(wall, after=moment)


def instant(wall: datetime, after: datetime) -> datetime:
    """The first instant after ``after`` at which the clock shows ``wall`` or, where it jumps over it, more.

    A time that comes twice (clocks set back) is meant the first time that is still ahead.
    """
    first, second = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return first if first > after else second
    return jump(second, first, wall.tzinfo)  # the clock never shows it


def jump(low: datetime, high: datetime, zone: object) -> datetime:
    """The instant between the two, to the second, at which the zone's offset changes."""
    assert isinstance(zone, ZoneInfo)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
