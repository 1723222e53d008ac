"""The overview: every figure leads to a list that counts the same."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from logs import chart, figures
from logs.models import Source
from logs.statuses import Outcome, Reason, Stage, State, Status
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, signed_in
from tests.factories.messages import ACCEPTED, BLOCKED, DELIVERED, QUEUED, SENDING, UNDELIVERED, make_message

pytestmark = pytest.mark.django_db

EVERY_KIND = [
    [QUEUED],
    [SENDING],
    [ACCEPTED, DELIVERED],
    [ACCEPTED, DELIVERED],
    [ACCEPTED, UNDELIVERED],
    [BLOCKED],
    [State.of(Stage.QUEUED, Outcome.BLOCKED, Reason.FREQUENCY_CAP)],
    [State.of(Stage.QUEUED, Outcome.PENDING, Reason.POWER_OFF)],  # a retry waits with the reason of its failure
    [State.of(Stage.PROVIDER_ACCEPTED, Outcome.FAILED, Reason.NONE)],
    [State.of(Stage.CARRIER_ACCEPTED, Outcome.EXPIRED, Reason.EXPIRED)],
    [State.of(Stage.QUEUED, Outcome.CANCELED, Reason.CANCELED)],
    [State.of(Stage.PROVIDER_ACCEPTED, Outcome.UNKNOWN)],
    [State.of(Stage.CARRIER_ACCEPTED, Outcome.SENT_UNCONFIRMED)],
    [State.of(Stage.HANDSET, Outcome.PARTIAL)],
]


@pytest.fixture
def account() -> Account:
    return make_account("harbour")


@pytest.fixture
def marketer(account: Account) -> Client:
    return signed_in("marketer", account)


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def fill(account: Account) -> None:
    sources = [None, *Source]
    for n, states in enumerate(EVERY_KIND):
        at = datetime.now(UTC) - timedelta(days=n, minutes=5)
        make_message(account, *states, source=sources[n % len(sources)], requested_at=at)
    make_message(account, requested_at=datetime.now(UTC) - timedelta(days=60))


def listed(client: Client, url: str) -> str:
    """The count that a list states."""
    found = re.search(r'class="sa-count"[^>]*><b>([^<]+)</b>', page(client, unescape(url)))
    assert found, url
    return found[1]


@pytest.mark.parametrize("query", ["", "?from=all"])
def test_every_figure_equals_the_count_of_its_list(account: Account, marketer: Client, query: str) -> None:
    fill(account)
    response = marketer.get(f"/harbour/{query}")
    told = response.context["figures"]
    assert told.top_reason
    unknown = [row for row in told.sources if row.label == "Not recorded"] + [
        row for row in told.reasons if row.label == "No reason given"
    ]
    assert len(unknown) == 2
    shown = [told.total, told.sent, told.delivered, told.blocked, told.waiting, told.refused]
    shown += [figure for _status, figure in told.statuses]
    shown += [row.figure for row in told.reasons]
    shown += [figure for row in told.sources for figure in (row.requested, row.delivered, row.refused, row.waiting)]
    assert all(figure.url for figure in shown)
    linked = {figure.url: figure for figure in shown if figure.n}

    assert len(linked) > 30
    text = response.content.decode()
    for figure in linked.values():
        assert listed(marketer, figure.url) == str(figure), figure.url
        assert figure.url.replace("&", "&amp;") in text


def test_every_bar_equals_the_count_of_its_day(account: Account, marketer: Client) -> None:
    fill(account)
    drawn = marketer.get("/harbour/").context["chart"]

    assert len(drawn.bars) == 30
    assert sum(bar.total for bar in drawn.bars) == len(EVERY_KIND)
    for bar in drawn.bars[-15:]:
        assert listed(marketer, bar.url) == str(bar.total)


def test_figures_are_of_the_account_alone(account: Account, marketer: Client) -> None:
    fill(make_account())
    assert "Nothing to count yet" in page(marketer, "/harbour/")
    assert marketer.get("/account-1/").status_code == 404


def test_an_empty_account_leads_to_the_import_only_those_who_may(account: Account, marketer: Client) -> None:
    assert "/harbour/imports/new/" in page(marketer, "/harbour/")
    support = page(signed_in("support", account), "/harbour/")
    assert "/harbour/imports/new/" not in support
    assert "A marketer or an admin" in support


def test_an_empty_period_leads_to_all_time(account: Account, marketer: Client) -> None:
    make_message(account, requested_at=datetime.now(UTC) - timedelta(days=60))
    assert "No messages in this period" in page(marketer, "/harbour/")
    assert "Requested" in page(marketer, "/harbour/?from=all")


def test_the_page_costs_the_same_with_few_and_with_many_messages(account: Account, marketer: Client) -> None:
    def queries() -> int:
        page(marketer, "/harbour/")
        with CaptureQueriesContext(connection) as captured:
            page(marketer, "/harbour/")
        assert not any("count(*)" in query["sql"].lower() and '"message"' in query["sql"] for query in captured)
        return len(captured)

    for _n in range(3):
        make_message(account, QUEUED)
    few = queries()
    for _n in range(27):
        make_message(account, SENDING)
    assert queries() == few


def test_the_times_come_from_the_histogram(account: Account, marketer: Client) -> None:
    at = datetime.now(UTC) - timedelta(hours=1)
    for seconds in (2, 4, 4, 100):
        make_message(account, sent_at=at, receipt_at=at + timedelta(seconds=seconds), requested_at=at)
    times = marketer.get("/harbour/").context["figures"].times

    assert (times.n, times.median) == (4, "4 s")
    assert times.p95 in ("1 min", "100 s")


def test_what_waits_longest_comes_first(account: Account, marketer: Client) -> None:
    young = make_message(account, QUEUED, requested_at=datetime.now(UTC) - timedelta(hours=1))
    old = make_message(account, SENDING, requested_at=datetime.now(UTC) - timedelta(hours=9))
    make_message(account, requested_at=datetime.now(UTC) - timedelta(hours=20))

    waiting = marketer.get("/harbour/").context["waiting"]

    assert [row["message"].pk for row in waiting] == [old.pk, young.pk]
    assert waiting[0]["since"] == "9 h"


@pytest.mark.parametrize(
    "query",
    ["from=x", "from=9999-12-31", "from=1900-01-01&to=9999-12-31", "to=0001-01-01", "from=2026-03-09&to=2020-01-01"],
)
def test_any_period_is_answered(account: Account, marketer: Client, query: str) -> None:
    fill(account)
    page(marketer, f"/harbour/?{query}")


# ---- pure parts


@pytest.mark.parametrize(
    ("n", "of", "digits", "text"),
    [
        (0, 0, 0, "–"),
        (0, 9, 0, "0 %"),
        (1, 1000, 0, "< 1 %"),
        (999, 1000, 0, "> 99 %"),
        (9, 9, 1, "100.0 %"),
        (1, 3, 1, "33.3 %"),
    ],
)
def test_a_share_never_rounds_to_nothing_or_to_all(n: int, of: int, digits: int, text: str) -> None:
    assert figures.share(n, of, digits).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("days", "unit"), [(1, "day"), (62, "day"), (63, "week"), (434, "week"), (435, "month"), (12000, "month")]
)
def test_a_long_period_is_drawn_by_week_or_month_and_misses_no_day(days: int, unit: str) -> None:
    last = date(2026, 3, 10)
    first = last - timedelta(days=days - 1)
    spans, drawn_by = chart.spans_of(first, last)

    assert drawn_by == unit
    assert spans[0].first == first
    assert spans[-1].last == last
    assert all(a.last + timedelta(days=1) == b.first for a, b in pairwise(spans))


def test_bars_stay_inside_the_drawing() -> None:
    day = date(2026, 3, 10)
    counts = dict.fromkeys(Status, 12_345)
    drawn = chart.draw({day: counts}, day - timedelta(days=6), day, lambda a, b: f"{a}")
    rects = [rect for bar in drawn.bars for rect in bar.rects]

    assert len(rects) == len(chart.UPPER) + len(chart.LOWER)
    for rect in rects:
        assert float(rect.x) >= chart.LEFT
        assert float(rect.x) + float(rect.width) <= chart.WIDTH
        assert float(rect.y) >= chart.TOP
        assert float(rect.y) + float(rect.height) <= chart.LOW_BASE + 0.2


def test_every_status_is_drawn_once_above() -> None:
    drawn = [status for _css, group in chart.UPPER for status in group]
    assert sorted(drawn) == sorted(Status)
