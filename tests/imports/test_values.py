"""Cells as values."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from smsadmin.imports.values import Moments, RowProblem, money, whole, yes_no

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
AT = datetime(2026, 3, 10, 14, 20, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "order", "zone", "moment"),
    [
        ("2026-03-10T14:20:02Z", "auto", None, AT),
        ("2026-03-10T14:20:02.000+00:00", "auto", None, AT),
        ("2026-03-10 15:20:02+0100", "auto", None, AT),
        ("2026-03-10 15:20:02", "auto", PARIS, AT),
        ("2026-03-10 14:20:02 UTC", "auto", PARIS, AT),
        ("Sun, 10 Mar 2026 14:20:02 +0000", "auto", None, AT),
        ("Tue, 10 Mar 2026 14:20:02 GMT", "auto", None, AT),
        ("10 March 2026 15:20:02", "auto", PARIS, AT),
        ("1773152402", "auto", None, AT),
        ("1773152402000", "auto", None, AT),
        ("10/03/2026 15:20:02", "day_first", PARIS, AT),
        ("10.3.2026 15:20:02", "day_first", PARIS, AT),
        ("03/10/2026 02:20:02 PM +00:00", "month_first", None, AT),
        ("10-03-2026 14:20:02 UTC", "day_first", None, AT),
        ("2026-03-10", "auto", PARIS, datetime(2026, 3, 9, 23, tzinfo=UTC)),
        (
            "2026-10-25 02:30:00",
            "auto",
            PARIS,
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),  # twice that night: the first
    ],
)
def test_moments_are_read(text: str, order: str, zone: ZoneInfo | None, moment: datetime) -> None:
    assert Moments(order, zone, NOW).read(text, "sent_at") == moment


@pytest.mark.parametrize(
    ("text", "order", "zone", "why"),
    [
        ("2026-03-10 14:20:02", "auto", None, "states no time zone"),
        ("10 Mar 2026 14:20:02", "auto", None, "states no time zone"),
        ("10 Mar 2026 14:20:02 CET", "auto", PARIS, "abbreviation is not unique"),
        ("10/03/2026 14:20", "auto", PARIS, "Day first or month first?"),
        ("31/02/2026 14:20", "day_first", PARIS, "the calendar has"),
        ("13/31/2026 14:20", "day_first", PARIS, "the calendar has"),
        ("03/10/2026 14:20 PM", "month_first", PARIS, "the calendar has"),
        ("2026-03-29 02:30:00", "auto", PARIS, "clocks went forward"),
        ("2026-11-22T14:20:02Z", "auto", None, "in the future"),
        ("1991-12-31T00:00:00Z", "auto", None, "Before 1992"),
        ("0001-01-01 00:00", "auto", PARIS, "the calendar has"),
        ("yesterday", "auto", None, "Not a date that we can read"),
        ("10 Foo 2026 14:20 UTC", "auto", None, "Not a month"),
    ],
)
def test_what_is_no_moment_says_why(text: str, order: str, zone: ZoneInfo | None, why: str) -> None:
    with pytest.raises(RowProblem, match=why) as raised:
        Moments(order, zone, NOW).read(text, "sent_at")
    assert raised.value.field == "sent_at"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("-0.00750", "0.0075"),
        ("0,05", "0.05"),
        ("€ 1.234,50", "1234.50"),
        ("$1,234.5", "1234.5"),
        ("1,234,567", "1234567"),
        ("0", "0"),
    ],
)
def test_money_is_read(text: str, amount: str) -> None:
    assert money(text, "price") == Decimal(amount)


@pytest.mark.parametrize("text", ["free", "1.2.3", "99999999"])
def test_what_is_no_money_is_a_problem(text: str) -> None:
    with pytest.raises(RowProblem):
        money(text, "price")


def test_whole_numbers_have_bounds() -> None:
    assert whole(" 3 ", "segments", 0, 255) == 3
    for text in ("-1", "256", "3.5", "three"):
        with pytest.raises(RowProblem):
            whole(text, "segments", 0, 255)


def test_yes_and_no() -> None:
    assert (yes_no("Yes", "retry"), yes_no("0", "retry")) == (True, False)
    with pytest.raises(RowProblem):
        yes_no("perhaps", "retry")
