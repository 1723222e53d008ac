"""The overview's numbers, from the roll-ups alone. A figure carries the address of the list that counts as many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Max, Min, QuerySet, Sum
from django.utils.translation import gettext as _

from logs import rollups, telling
from logs.addresses import messages_url
from logs.advice import family_label, reason_label
from logs.counting import in_period
from logs.filters import NOT_RECORDED
from logs.models import DeliveryTime, MessageDaily, MessageDailySource, Source
from logs.models.rollup import Rollup
from logs.statuses import Reason, Status
from smsadmin.accounts.models import Account
from smsadmin.listing.counts import Count
from smsadmin.listing.period import Period

WAITING = (Status.QUEUED, Status.SENDING)
REFUSED = tuple(status for status in Status if status.is_negative)
# Those that were let go: not held here, not stopped on purpose, not withdrawn.
SENT = tuple(status for status in Status if status not in (Status.QUEUED, Status.BLOCKED, Status.CANCELED))
TOP_REASONS = 8


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of messages, its share of a whole, and the address of the list behind it."""

    n: int
    url: str
    of: int = 0

    def __str__(self) -> str:
        return str(Count(self.n))

    @property
    def percent(self) -> str:
        return share(self.n, self.of)


def share(n: int, of: int, digits: int = 0) -> str:
    """ "93.4 %"; never "0 %" for something, nor "100 %" for less than all."""
    if not of:
        return "–"
    value = 100 * n / of
    least = 10**-digits
    if 0 < value < least:
        return f"< {least:g}\u00a0%"
    if n < of and round(value, digits) >= 100:
        return f"> {100 - least:g}\u00a0%"
    return f"{value:.{digits}f}\u00a0%"


@dataclass(frozen=True, slots=True)
class ReasonRow:
    label: object
    family: object
    tone: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class SourceRow:
    label: object
    requested: Figure
    delivered: Figure
    refused: Figure
    waiting: Figure


@dataclass(frozen=True, slots=True)
class Times:
    """Time from sending to the receipt: of so many delivered messages the median and the 95th percentile, in words."""

    n: int = 0
    median: str = "–"
    p95: str = "–"


class Figures:
    """The figures of an account in a period. Five queries, whatever the number of messages."""

    def __init__(self, account: Account, period: Period) -> None:
        self.account, self.period = account, period

    def url(self, statuses: Iterable[Status] = (), **filters: object) -> str:
        return messages_url(self.account, self.period, status=[status.slug for status in statuses], **filters)

    def figure(self, statuses: Sequence[Status], of: int = 0) -> Figure:
        return Figure(sum(self.by_status[status] for status in statuses), self.url(statuses), of)

    # ---- by day, status and reason

    @cached_property
    def cells(self) -> list[tuple[date, Status, Reason, int]]:
        """Messages per day, status and reason."""
        rows = self._rows(MessageDaily).values_list("day", "status", "reason").annotate(total=Sum("n")).order_by()
        return [(day, Status.stored(status), Reason.stored(reason), n) for day, status, reason, n in rows if n]

    @cached_property
    def by_status(self) -> Mapping[Status, int]:
        counted = dict.fromkeys(Status, 0)
        for _day, status, _reason, n in self.cells:
            counted[status] += n
        return counted

    @cached_property
    def by_day(self) -> Mapping[date, Mapping[Status, int]]:
        counted: dict[date, dict[Status, int]] = {}
        for day, status, _reason, n in self.cells:
            of_day = counted.setdefault(day, dict.fromkeys(Status, 0))
            of_day[status] += n
        return counted

    @property
    def total(self) -> Figure:
        return Figure(sum(self.by_status.values()), self.url())

    @property
    def sent(self) -> Figure:
        return self.figure(SENT)

    @property
    def delivered(self) -> Figure:
        return self.figure([Status.DELIVERED], self.sent.n)

    @property
    def delivered_share(self) -> str:
        return share(self.delivered.n, self.sent.n, 1)

    @property
    def blocked(self) -> Figure:
        return self.figure([Status.BLOCKED])

    @property
    def waiting(self) -> Figure:
        return self.figure(WAITING)

    @property
    def refused(self) -> Figure:
        return self.figure(REFUSED)

    @property
    def statuses(self) -> list[tuple[Status, Figure]]:
        """The statuses that occur, with their share of all."""
        return [(status, self.figure([status], self.total.n)) for status in Status if self.by_status[status]]

    @cached_property
    def reasons(self) -> list[ReasonRow]:
        """Why messages did not arrive, most frequent first."""
        counted: dict[Reason, dict[Status, int]] = {}
        for _day, status, reason, n in self.cells:
            if status in REFUSED:
                of_reason = counted.setdefault(reason, {})
                of_reason[status] = of_reason.get(status, 0) + n
        rows = [self._reason_row(reason, statuses) for reason, statuses in counted.items()]
        return sorted(rows, key=lambda row: -row.figure.n)

    def _reason_row(self, reason: Reason, statuses: Mapping[Status, int]) -> ReasonRow:
        # Only refused messages are counted, so the list is asked for these statuses too: a retry has a reason as well.
        url = self.url(sorted(statuses), reason=reason.slug)
        tone = max(statuses, key=lambda status: statuses[status]).tone
        figure = Figure(sum(statuses.values()), url, self.refused.n)
        return ReasonRow(reason_label(reason), family_label(reason.family), tone, figure)

    @property
    def top_reason(self) -> ReasonRow | None:
        """The most frequent reason why messages were blocked."""
        counted: dict[Reason, int] = {}
        for _day, status, reason, n in self.cells:
            if status is Status.BLOCKED and reason is not Reason.NONE:
                counted[reason] = counted.get(reason, 0) + n
        if not counted:
            return None
        reason = max(counted, key=lambda reason: counted[reason])
        return self._reason_row(reason, {Status.BLOCKED: counted[reason]})

    # ---- by source

    @cached_property
    def sources(self) -> list[SourceRow]:
        """Per source, most messages first; 0 is a source that was not recorded."""
        found = self._rows(MessageDailySource).values_list("source", "status").annotate(total=Sum("n")).order_by()
        counted: dict[int, dict[Status, int]] = {}
        for source, status, n in found:
            counted.setdefault(source, dict.fromkeys(Status, 0))[Status.stored(status)] += n
        rows = [self._source_row(source, of_source) for source, of_source in counted.items()]
        return sorted(rows, key=lambda row: -row.requested.n)

    def _source_row(self, source: int, counted: Mapping[Status, int]) -> SourceRow:
        total = sum(counted.values())
        name = Source(source).slug if source else NOT_RECORDED

        def figure(statuses: Sequence[Status]) -> Figure:
            chosen = statuses or tuple(Status)
            return Figure(sum(counted[s] for s in chosen), self.url(statuses, source=name), total)

        label = Source(source).label if source else _("Not recorded")
        return SourceRow(label, figure(()), figure([Status.DELIVERED]), figure(REFUSED), figure(WAITING))

    # ---- times

    @cached_property
    def times(self) -> Times:
        rows = self._rows(DeliveryTime).values_list("bucket").annotate(total=Sum("n")).order_by("bucket")
        histogram = [(bucket, n) for bucket, n in rows if n > 0]
        total = sum(n for _bucket, n in histogram)
        if not total:
            return Times()
        return Times(total, spoken(quantile(histogram, 0.5)), spoken(quantile(histogram, 0.95)))

    def _rows(self, rollup: type[Rollup]) -> QuerySet:
        return in_period(rollup._default_manager.filter(account=self.account), self.period.first, self.period.last)


def quantile(histogram: Sequence[tuple[int, int]], q: float) -> int:
    """The bucket that holds the q-th part of what a histogram (ascending, not empty) counts."""
    wanted = q * sum(n for _bucket, n in histogram)
    seen = 0
    for bucket, n in histogram:
        seen += n
        if seen >= wanted:
            return bucket
    return histogram[-1][0]


def spoken(bucket: int) -> str:
    return telling.duration(timedelta(seconds=rollups.seconds_of(bucket)))


def first_and_last(account: Account) -> tuple[date, date] | None:
    """The first and the last day that hold a message, None for an account without any."""
    bounds = MessageDaily.objects.filter(account=account).aggregate(first=Min("day"), last=Max("day"))
    return (bounds["first"], bounds["last"]) if bounds["first"] else None
