"""Quiet hours on the clocks of real places, through midnight and the days when clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.eligibility.quiet import is_quiet, quiet_until

ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Pacific/Apia"]
NIGHT = time(21), time(8)


@pytest.mark.parametrize(
    ("zone", "moment", "start", "end", "until"),
    [
        ("UTC", "2026-03-10T12:00", *NIGHT, None),
        ("UTC", "2026-03-10T20:59:59", *NIGHT, None),
        ("UTC", "2026-03-10T21:00", *NIGHT, "2026-03-11T08:00"),
        ("UTC", "2026-03-10T23:59:59", *NIGHT, "2026-03-11T08:00"),
        ("UTC", "2026-03-11T00:00", *NIGHT, "2026-03-11T08:00"),
        ("UTC", "2026-03-11T08:00", *NIGHT, None),
        ("UTC", "2026-03-11T13:30", time(13), time(14), "2026-03-11T14:00"),
        ("UTC", "2026-03-11T13:30", time(13), time(13), None),
        ("Asia/Kathmandu", "2026-03-10T16:00", *NIGHT, "2026-03-11T02:15"),
        # The night in which London loses an hour, and the one in which it gets one more.
        ("Europe/London", "2026-03-28T22:00", *NIGHT, "2026-03-29T07:00"),
        ("Europe/London", "2026-10-24T21:00", *NIGHT, "2026-10-25T08:00"),
        # 01:30 is never shown: the quiet ends when the clock jumps from 01:00 to 02:00.
        ("Europe/London", "2026-03-28T23:00", time(21), time(1, 30), "2026-03-29T01:00"),
        # 01:30 comes twice: the first one that is still ahead.
        ("Europe/London", "2026-10-25T00:10", time(21), time(1, 30), "2026-10-25T00:30"),
        ("Europe/London", "2026-10-25T01:10", time(21), time(1, 30), "2026-10-25T01:30"),
    ],
)
def test_what_is_quiet_ends_when_the_clock_says_so(
    zone: str, moment: str, start: time, end: time, until: str | None
) -> None:
    found = quiet_until(utc(moment), ZoneInfo(zone), start, end)
    assert found == (utc(until) if until else None)


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    start=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    end=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
)
def test_the_end_is_the_first_moment_that_is_not_quiet(
    zone: ZoneInfo, moment: datetime, start: time, end: time
) -> None:
    until = quiet_until(moment, zone, start, end)

    def quiet(at: datetime) -> bool:
        return is_quiet(at.astimezone(zone).time(), start, end)

    if until is None:
        assert not quiet(moment)
        return
    assert moment < until <= moment + timedelta(hours=26)
    before = [moment + (until - moment) * n / 50 for n in range(50)]
    assert all(quiet(at) for at in [*before, until - timedelta(seconds=1)] if at >= moment)
    assert not quiet(until) or start == until.astimezone(zone).time()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
