"""The rhythm of a month: which days are busy, which hours, and how a moment of the story is written down."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

WEEK = (0.92, 0.98, 1.0, 1.05, 1.2, 1.15, 0.62)  # Monday first


def _hours(text: str) -> tuple[float, ...]:
    """24 weights from "7:5 8:9 …"; hours that are not named are zero."""
    weights = dict(pair.split(":") for pair in text.split())
    return tuple(float(weights.get(str(hour), 0)) for hour in range(24))


SHOP = _hours("7:7 8:12 9:9 10:8 11:7 12:9 13:9 14:7 15:7 16:6 17:5 18:2")
SHOP_SUNDAY = _hours("9:5 10:9 11:10 12:9 13:8 14:7 15:5")
APP = _hours(
    "0:0.3 1:0.15 2:0.1 3:0.1 4:0.1 5:0.4 6:2 7:7 8:10 9:7 10:6 11:6 12:8 13:7 14:5 15:5 16:5 17:5 18:4 19:4 "
    "20:4 21:3 22:2 23:0.8"
)
LUNCH = _hours("8:3 9:2 10:2 11:6 12:12 13:9 14:3 15:2 16:2 17:2")
EVENING = _hours("9:3 10:4 11:5 12:6 13:4 14:3 15:3 16:4 17:6 18:8 19:8 20:6 21:3 22:1")
OFFICE = _hours("8:4 9:8 10:9 11:8 12:4 13:5 14:7 15:7 16:7 17:5 18:2")


@dataclass(frozen=True, slots=True)
class Calendar:
    """``length`` days before today and today up to ``end``, in ``zone``."""

    end: datetime
    zone: ZoneInfo
    length: int = 30

    @property
    def today(self) -> date:
        return self.end.astimezone(self.zone).date()

    @property
    def start(self) -> datetime:
        return self.at(self.length, "0:00")

    def date(self, ago: int) -> date:
        return self.today - timedelta(days=ago)

    def at(self, ago: int, clock: str) -> datetime:
        """A moment so many days ago, at a local "14:20" or "14:20:02"."""
        parts = [int(part) for part in clock.split(":")]
        return self._utc(ago, parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0))

    def during(self, ago: int, hours: tuple[float, ...], rng: Random) -> datetime:
        """A moment of that day, where these hours weigh so much."""
        hour = rng.choices(range(24), hours)[0]
        return self._utc(ago, hour * 3600 + rng.random() * 3600)

    def busy(self, ago: int) -> float:
        return WEEK[self.date(ago).weekday()]

    def sunday(self, ago: int) -> bool:
        return self.date(ago).weekday() == 6

    def last(self, weekday: int, at_least: int) -> int:
        """How many days ago that weekday (Monday 0) was, looking back from ``at_least`` days ago."""
        return at_least + (self.date(at_least).weekday() - weekday) % 7

    def _utc(self, ago: int, seconds: float) -> datetime:
        local = datetime.combine(self.date(ago), time(), self.zone) + timedelta(seconds=seconds)
        return local.astimezone(self.end.tzinfo)
