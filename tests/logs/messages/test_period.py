"""The period of the SMS list."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from smsadmin.accounts.models import Account
from tests.factories.messages import (
    make_message,
)
from tests.logs.messages.looking import NOW, ids, page

pytestmark = pytest.mark.django_db


def test_the_last_thirty_days_are_shown_unless_told(account: Account, client: Client) -> None:
    """In Paris it is 13:00 on 10 March, so the thirty days begin on 9 February there: at 23:00 on the 8th in UTC."""
    first = datetime(2026, 2, 8, 23, 0, tzinfo=UTC)
    make_message(account, requested_at=first - timedelta(milliseconds=1))
    inside = [make_message(account, requested_at=at).pk for at in (first, NOW, NOW + timedelta(days=2))]
    response = page(client)
    assert ids(response) == inside[::-1]
    assert str(response.context["count"]) == "3"
    assert "Last 30 days" in response.text
    assert "of 4 kept" in response.text


DAYS = [
    ("from=2026-03-09&to=2026-03-09", "2026-03-08T23:00:00Z", "2026-03-09T22:59:59.999Z"),
    ("from=2026-03-01", "2026-02-28T23:00:00Z", "2026-03-10T12:00:00Z"),
    ("to=2026-01-31", "2008-01-31T12:00:00Z", "2026-01-31T22:59:59.999Z"),
    ("from=2025-10-26&to=2025-10-26", "2025-10-25T22:00:00Z", "2025-10-26T22:59:59.999Z"),  # 25 hours
    ("from=2025-03-30&to=2025-03-30", "2025-03-29T23:00:00Z", "2025-03-30T21:59:59.999Z"),  # 23 hours
]


@pytest.mark.parametrize(("query", "first", "last"), DAYS)
def test_days_begin_and_end_in_the_accounts_zone(
    account: Account, client: Client, query: str, first: str, last: str
) -> None:
    start, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
    inside = {make_message(account, requested_at=at).pk for at in (start, end)}
    outside = [] if "from" not in query else [start - timedelta(milliseconds=1)]
    outside += [] if "to" not in query else [end + timedelta(milliseconds=1)]
    for at in outside:
        make_message(account, requested_at=at)
    response = page(client, query)
    assert set(ids(response)) == inside
    assert response.context["count"].n == 2
    # The roll-ups and the list itself mean the same days.
    assert page(client, query + "&phone=%2B44*").context["count"].n == 2


def test_all_time_is_all_time(account: Account, client: Client) -> None:
    made = {make_message(account, requested_at=NOW - timedelta(days=days)).pk for days in (0, 40, 4000, 9000)}
    for query in ("from=all", "from=all&to=all", "from=0001-01-01&to=9999-12-31"):
        response = page(client, query)
        assert set(ids(response)) == made
        assert response.context["count"].n == 4


def test_presets_keep_the_filters_and_name_the_one_that_is_on(account: Account, client: Client) -> None:
    response = page(
        client, "status=delivered&from=2026-03-09&to=2026-03-09&before=ffffffff-ffff-ffff-ffff-ffffffffffff"
    )
    presets = {str(preset["label"]): preset for preset in response.context["presets"]}
    assert presets["Yesterday"]["is_current"]
    assert presets["Today"]["url"] == "?status=delivered&from=2026-03-10&to=2026-03-10"
    assert presets["Last 30 days"]["url"] == "?status=delivered"
    assert presets["All time"]["url"] == "?status=delivered&from=all"
