"""Business days: until when the opt-out desk has to decide. Pure.

The day on which a text comes does not count; the time is over at the end of the last business day, in the account's
zone. Weekends and public holidays are those of the calendar: a country, or a country with a part of it ("GB", "DE-BY").
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

import holidays
from holidays.holiday_base import HolidayBase

DAY = timedelta(days=1)
MOST = 60  # days that are counted for "so many left"


class UnknownCalendar(ValueError):
    """There is no calendar of that name."""


@lru_cache(maxsize=256)
def calendar_of(name: str) -> HolidayBase:
    """Raises `UnknownCalendar`."""
    country, _dash, part = name.strip().upper().partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except (NotImplementedError, KeyError, ValueError) as error:
        raise UnknownCalendar(name) from error


def is_business_day(day: date, calendar: str) -> bool:
    """Where nobody knows the calendar, Monday to Friday: that is rather too soon than too late."""
    try:
        return bool(calendar_of(calendar).is_working_day(day))
    except UnknownCalendar:
        return day.weekday() < 5


def due(received_at: datetime, days: int, calendar: str, zone: tzinfo) -> datetime:
    """The end of the ``days``-th business day after the day on which it was received."""
    day = received_at.astimezone(zone).date()
    while days > 0:
        day += DAY
        days -= is_business_day(day, calendar)
    return midnight(day + DAY, zone)


def left(at: datetime, due_at: datetime, calendar: str, zone: tzinfo) -> int:
    """How many business days are left after today, at most MOST; negative when it is overdue."""
    if at >= due_at:
        return -1
    today, last = at.astimezone(zone).date(), (due_at - timedelta(microseconds=1)).astimezone(zone).date()
    span = min((last - today).days, MOST)
    return sum(is_business_day(today + n * DAY, calendar) for n in range(1, span + 1))


def midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
