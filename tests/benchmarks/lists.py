"""Measures every filter at every place, ours, by hand, at both sizes in turn: a noisy moment hits all of them alike."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from uuid import UUID

from django.db import OperationalError, connection

from smsadmin import uuid7
from tests.benchmarks import byhand, pages, stock
from tests.benchmarks.byhand import Place
from tests.benchmarks.cases import Case, cases
from tests.benchmarks.database import Databases
from tests.benchmarks.period import default_start
from tests.benchmarks.stopwatch import timed

TRIAL_SECONDS = 2
STOCK_REPEATS_BELOW = 1.0
"""A stock page that takes longer than this is measured once."""


@dataclass(slots=True)
class Times:
    """One filter at one place in one database. Seconds; medians of the repeats. None: there is no such page."""

    total: float | None = None
    rows: float | None = None
    count: float | None = None
    hand: float | None = None
    way: str = ""
    stock: float | None = None
    stock_gave_up: bool = False
    http_p50: float | None = None
    http_p95: float | None = None
    queries: int = 0
    differs: bool = False
    path: str = ""
    place: Place | None = None


@dataclass(slots=True)
class Measured:
    """One filter at one place, small and large."""

    account: int
    case: Case
    place: str
    period: str
    small: Times = field(default_factory=Times)
    large: Times = field(default_factory=Times)


@dataclass(frozen=True, slots=True)
class Size:
    """One of the two databases and the session to look at it with."""

    name: str
    cookie: str


def some_phone(account: int) -> str:
    """A number in the middle of the account's log."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT phone FROM members_member JOIN bench_account USING (account_id) "
            "WHERE account_id = %s AND id = member_base + 1 + (members - 1) / 2",
            [account],
        )
        return str(cursor.fetchone()[0])


class Lists:
    def __init__(
        self, databases: Databases, small: Size, large: Size, *, repeats: int, with_stock: bool = True
    ) -> None:
        self.databases, self.sizes = databases, {"small": small, "large": large}
        self.repeats, self.with_stock = repeats, with_stock

    def measure(self, account: int, only: str = "") -> Iterable[Measured]:
        """Every filter whose name matches ``only``, at every place that there is."""
        phones = {}
        for key, size in self.sizes.items():
            with self.databases.using(size.name):
                phones[key] = some_phone(account)
        both = zip(cases(account, phones["small"]), cases(account, phones["large"]), strict=True)
        for case_small, case_large in both:
            if not re.search(only, case_large.name):
                continue
            for place, period in (("first", "all"), ("1000th", "all"), ("last", "all"), ("first", "30 days")):
                found = Measured(account, case_large, place, period)
                self._both(found, {"small": case_small, "large": case_large})
                if found.large.total is not None:
                    yield found

    def _both(self, found: Measured, by_size: dict[str, Case]) -> None:
        runs = []
        for key, case in by_size.items():
            size, times = self.sizes[key], getattr(found, key)
            with self.databases.using(size.name):
                times.place = locate(found.account, case, found.place, found.period)
                if times.place is None:
                    continue
                times.path = pages.address(found.account, case, times.place)
                way, statement = fastest_way(case, found.account, times.place)
                times.way = way
                times.differs = differs(size.cookie, times.path, statement)
            runs.append(Run(size, times, statement))
        for _ in range(self.repeats):
            for run in runs:
                with self.databases.using(run.size.name):
                    run.once()
        for run in runs:
            run.settle()
            if self.with_stock and found.period == "all":
                with self.databases.using(run.size.name):
                    run.stock(
                        found.account, by_size["small" if run.size is self.sizes["small"] else "large"], found.place
                    )


@dataclass(slots=True)
class Run:
    """The repeats of one filter at one place in one database."""

    size: Size
    times: Times
    statement: str
    shown: list[pages.Shown] = field(default_factory=list)
    hand: list[float] = field(default_factory=list)

    def once(self) -> None:
        self.shown.append(pages.show(self.size.cookie, self.times.path))
        self.hand.append(seconds_of(self.statement))

    def settle(self) -> None:
        times = self.times
        times.total = median(s.total for s in self.shown)
        times.rows = median(s.rows for s in self.shown)
        times.count = median(s.count for s in self.shown)
        times.hand = median(self.hand)
        times.queries = self.shown[0].queries

    def stock(self, account: int, case: Case, place: str) -> None:
        number = {"first": 1, "1000th": 1000, "last": None}[place]
        first = stock.page_seconds(account, case, number)
        self.times.stock_gave_up = first is None
        if first is not None and first < STOCK_REPEATS_BELOW:
            first = median([first, *(stock.page_seconds(account, case, number) or first for _ in range(2))])
        self.times.stock = first


def locate(account: int, case: Case, place: str, period: str) -> Place | None:
    """Where the place is in this database; None where the list is too short for it."""
    since = uuid7.floor(default_start(account)) if period != "all" else None
    if place != "1000th":
        return Place(place, last=place == "last", since=since)
    with connection.cursor() as cursor:
        cursor.execute(byhand.rank(case, account, pages.DEEP_ROW - 1))
        row = cursor.fetchone()
    return Place(place, before=row[0]) if row else None


def fastest_way(case: Case, account: int, place: Place) -> tuple[str, str]:
    """The best of the ways by hand, each tried twice (the first time warms)."""
    tried = []
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = %s", [TRIAL_SECONDS * 1000])
        for way, statement in byhand.ways(case, account, place):
            try:
                seconds_of(statement)
                tried.append((min(seconds_of(statement), seconds_of(statement)), way, statement))
            except OperationalError:
                continue
        cursor.execute("RESET statement_timeout")
    if not tried:
        raise RuntimeError(f"no way by hand answers {case.name} in {TRIAL_SECONDS} s")
    _, way, statement = min(tried)
    return way, statement


def seconds_of(statement: str) -> float:
    with timed() as watch, connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()
    return watch.seconds


def differs(cookie: str, path: str, statement: str) -> bool:
    """Whether the page shows other rows than the statement gives: then the comparison means nothing."""
    shown = pages.show(cookie, path).ids
    with connection.cursor() as cursor:
        cursor.execute(statement)
        expected: list[UUID] = [row[0] for row in cursor.fetchall()][:50]
    if "after=end" in path:
        expected.reverse()
    return shown != expected
