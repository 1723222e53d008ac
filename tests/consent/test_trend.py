"""The trend of the totals: what the report shows must be what the ledger says of each day."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from consent import ledger, totals
from consent.ledger import Event, Happening, Purpose, Source, Status
from consent.models import ConsentEvent, ConsentTotal
from consent.replay import status_after
from consent.spark import BASE, TOP, WIDTH, spark
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
DAY = timedelta(days=1)
PHONES = [f"+44770090010{n}" for n in range(4)]


def stood(account: Account) -> Callable[[Status, date], int]:
    """How many stood so at the end of a day, by the ledger."""
    events = defaultdict(list)
    for event in ConsentEvent.objects.filter(account=account).order_by("sequence"):
        events[event.phone].append(event)

    def count(status: Status, day: date) -> int:
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + DAY
        found = (status_after([event for event in of if event.at < end]) for of in events.values())
        return sum(one is not None and one.status == status for one in found)

    return count


sources = st.sampled_from([Source.APP, Source.IMPORT])
happenings = st.tuples(st.sampled_from(PHONES), st.sampled_from(list(Event)), st.integers(0, 80), sources)


class TrendTests(TestCase):
    @settings(max_examples=30)
    @given(st.lists(happenings, max_size=14), st.booleans())
    def test_each_day_of_the_trend_is_what_the_ledger_says(
        self, said: list[tuple[str, Event, int, Source]], squashes: bool
    ) -> None:
        """As long as it is told in the order in which it happened, whatever comes at once."""
        account = make_account("harbour")
        for phone, event, ago, source in sorted(said, key=lambda one: -one[2]):
            item = Happening(phone, Purpose.MARKETING, event, source, NOON - ago * DAY)
            ledger.record_many(account=account, items=[item], by=None, recorded_at=NOON)
        if squashes:
            totals.squash(NOON)
        found = totals.of(account=account, purpose=Purpose.MARKETING)
        count = stood(account)
        for status in Status:
            wanted = [count(status, TODAY - ago * DAY) for ago in range(totals.DAYS, -1, -1)]
            assert found.trend([status], TODAY) == wanted

    @settings(max_examples=30)
    @given(st.lists(happenings, max_size=14))
    def test_what_comes_late_never_makes_the_totals_wrong(self, said: list[tuple[str, Event, int, Source]]) -> None:
        account = make_account("harbour")
        for phone, event, ago, source in said:
            item = Happening(phone, Purpose.MARKETING, event, source, NOON - ago * DAY)
            ledger.record_many(account=account, items=[item], by=None, recorded_at=NOON)
        found = totals.of(account=account, purpose=Purpose.MARKETING)
        count = stood(account)
        for status in Status:
            assert found.trend([status], TODAY)[-1] == found[status] == count(status, TODAY)


def test_few_rows_are_kept_however_old_the_account(db: None) -> None:
    account = make_account("harbour")
    items = [
        Happening(f"+4477009{n:05}", Purpose.MARKETING, Event.OPTED_IN, Source.APP, NOON - n * DAY) for n in range(200)
    ]
    ledger.record_many(account=account, items=items, by=None, recorded_at=NOON)
    most = totals.KEPT.days + 2
    assert ConsentTotal.objects.filter(account=account).count() <= most
    totals.squash(NOON + 35 * DAY)
    assert ConsentTotal.objects.filter(account=account).count() <= most - 35
    assert totals.of(account=account, purpose=Purpose.MARKETING).all == 200


@pytest.mark.parametrize("values", [[], [4], [4, 4, 4]])
def test_nothing_is_drawn_of_nothing(values: list[int]) -> None:
    assert spark(values) is None


def test_a_line_goes_from_the_first_value_to_the_last() -> None:
    drawn = spark([10, 20, 15])
    assert drawn is not None
    points = [tuple(map(float, point.split(","))) for point in drawn.points.split()]
    assert points == [(0, BASE), (WIDTH / 2, TOP), (WIDTH, (TOP + BASE) / 2)]
    assert (float(drawn.x), float(drawn.y)) == points[-1]
    assert all(a[0] < b[0] for a, b in pairwise(points))
