"""Business days: weekends, public holidays, year ends."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.business_days import UnknownCalendar, calendar_of, due, left

LONDON, BERLIN, AUCKLAND = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Auckland")


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("received", "days", "calendar", "until"),
    [
        ("2026-03-02 09:00", 10, "GB", "2026-03-17 00:00"),  # Monday; two weeks later Monday is the last day
        ("2026-03-06 23:59", 1, "GB", "2026-03-10 00:00"),  # Friday night: Monday
        ("2026-03-07 12:00", 1, "GB", "2026-03-10 00:00"),  # Saturday
        ("2026-03-08 12:00", 2, "GB", "2026-03-11 00:00"),
        ("2026-12-24 12:00", 1, "GB", "2026-12-30 00:00"),  # Friday is Christmas, Monday in lieu of Boxing Day
        ("2026-12-23 12:00", 5, "GB", "2027-01-05 00:00"),  # and over the year's end
        ("2026-12-31 12:00", 1, "XX", "2027-01-02 00:00"),  # no such calendar: every weekday counts
        ("2026-12-31 12:00", 1, "", "2027-01-02 00:00"),
        ("2026-01-05 12:00", 1, "DE-BY", "2026-01-08 00:00"),  # Epiphany is kept in Bavaria
        ("2026-01-05 12:00", 1, "DE", "2026-01-07 00:00"),
        ("2026-01-05 12:00", 1, "de-by", "2026-01-08 00:00"),
        ("2026-03-05 12:00", 1, "AE", "2026-03-07 00:00"),
        ("2026-03-05 12:00", 1, "IL", "2026-03-09 00:00"),  # Friday and Saturday are free there
        ("2028-02-28 12:00", 1, "GB", "2028-03-01 00:00"),
    ],
)
def test_it_is_due_at_the_end_of_a_business_day(received: str, days: int, calendar: str, until: str) -> None:
    assert due(at(received), days, calendar, LONDON) == at(until)


def test_the_day_is_that_of_the_accounts_zone() -> None:
    evening = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # Tuesday morning in Auckland
    assert due(evening, 1, "NZ", AUCKLAND) == at("2026-03-05 00:00", AUCKLAND)
    assert due(evening, 1, "GB", LONDON) == at("2026-03-04 00:00")


def test_a_day_with_a_change_of_the_clock_ends_at_midnight() -> None:
    assert due(at("2026-03-27 12:00", BERLIN), 1, "DE", BERLIN) == at("2026-03-31 00:00", BERLIN)


def test_days_left_are_counted_down_to_today_and_overdue() -> None:
    received = at("2026-03-02 09:00")
    until = due(received, 10, "GB", LONDON)
    assert left(received, until, "GB", LONDON) == 10
    assert left(at("2026-03-13 09:00"), until, "GB", LONDON) == 1
    assert left(at("2026-03-14 09:00"), until, "GB", LONDON) == 1
    assert left(at("2026-03-16 23:59"), until, "GB", LONDON) == 0
    assert left(until, until, "GB", LONDON) == -1


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)),
    st.integers(1, 30),
    st.sampled_from(["GB", "DE-BY", "US", "IL", ""]),
)
def test_as_many_days_are_left_as_were_given(naive: datetime, days: int, calendar: str) -> None:
    received = naive.replace(tzinfo=LONDON)
    until = due(received, days, calendar, LONDON)
    assert left(received, until, calendar, LONDON) == days
    assert received < until <= received + timedelta(days=3 * days + 15)


@pytest.mark.parametrize("name", ["", "XX", "DE-XX", "GB-", "nonsense-", "🙂"])
def test_an_unknown_calendar_is_told(name: str) -> None:
    if name == "GB-":
        assert calendar_of(name) is not None
    else:
        with pytest.raises(UnknownCalendar):
            calendar_of(name)
