"""SMS Status: where every number stands, the latest change first, and the totals that lead to their rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy

from consent import totals
from consent.filters import SLUGS, STATUSES, ConsentFilter
from consent.models import ConsentEvent, ConsentRow
from consent.spark import Spark, spark
from consent.tables import ConsentTable
from consent.telling import MARKS, Mark
from consent.vocabulary import Purpose, Status
from consent.wording import wording_of
from smsadmin.accounts.models import Account
from smsadmin.listing import counts
from smsadmin.listing.period import Period
from smsadmin.listing.views import ListingView
from smsadmin.members.models import Member

SHOWN = ((Status.OPTED_IN,), (Status.PENDING,), (Status.OPTED_OUT, Status.DENIED))


@dataclass(frozen=True, slots=True)
class Figure:
    """A total, its share, how it changed in totals.DAYS days, and the rows behind it."""

    mark: Mark
    n: counts.Count
    percent: str
    url: str
    is_on: bool
    change: str = ""
    spark: Spark | None = None
    of_them: Figure | None = None


class ConsentReport(ListingView):
    permission = "view_members"
    queryset = ConsentRow.objects.filter(purpose=Purpose.MARKETING)
    filterset_class = ConsentFilter
    table_class = ConsentTable
    template_name = "consent/report.html"
    noun = gettext_lazy("numbers")
    default_days = None

    def count(self, queryset: QuerySet, period: Period) -> counts.Count:
        """From the totals, where nothing but the status is asked for."""
        cleaned = self.form.cleaned_data
        others = any(cleaned.get(name) for name in ("source", "phone", "tag"))
        if others or period.first or period.last:
            return counts.bounded(queryset)
        found = self.totals
        wanted = [STATUSES[slug] for slug in cleaned.get("status") or STATUSES]
        return counts.Count(sum(found[status] for status in wanted))

    def attach(self, rows: list[Any]) -> None:
        attach(rows, self.account)

    def context(self) -> dict[str, Any]:
        found, today = self.totals, timezone.now().astimezone(self.account.zone).date()
        asked, wording = set(self.request.GET.getlist("status")), wording_of(self.account)
        figures = [figure(self.account, statuses, found, asked, today) for statuses in SHOWN]
        return {
            **super().context(),
            "figures": figures,
            "pending": figures[1],
            "days": totals.DAYS,
            "all": counts.Count(found.all),
            "wording": wording,
            "keyword": wording.keyword(wording.usual),
        }

    @cached_property
    def totals(self) -> totals.Totals:
        return totals.of(account=self.account, purpose=Purpose.MARKETING)


def figure(
    account: Account, statuses: tuple[Status, ...], found: totals.Totals, asked: set[str], today: date
) -> Figure:
    n, slugs = sum(found[status] for status in statuses), [SLUGS[status] for status in statuses]
    share = f"{number_format(100 * n / found.all, 1)} %" if found.all else ""
    url = f"{reverse('consent', args=[account.slug])}?{urlencode({'status': slugs}, doseq=True)}"
    of_them = figure(account, statuses[1:], found, set(), today) if len(statuses) > 1 and found[statuses[1]] else None
    trend = found.trend(statuses, today)
    return Figure(
        MARKS[statuses[0]],
        counts.Count(n),
        share,
        url,
        set(slugs) == asked,
        changed(trend[-1] - trend[0]),
        spark(trend),
        of_them,
    )


def changed(by: int) -> str:
    """With a sign; '' for no change."""
    return f"{'+' if by > 0 else '−'}{number_format(abs(by), use_l10n=True, force_grouping=True)}" if by else ""


def attach(rows: list[Any], account: Account) -> None:
    """The event that brought each row where it is, and the members who have the number today: two queries. A name is
    looked up by the number every time, so a number that was given to somebody else keeps nobody's name."""
    events = ConsentEvent.objects.filter(account=account, pk__in=[row.event_id for row in rows]).only(
        "event", "source", "text", "note", "by_name"
    )
    found = {event.pk: event for event in events}
    people: defaultdict[str, list[Member]] = defaultdict(list)
    for member in Member.objects.of(account).filter(phone__in=[row.phone for row in rows]).order_by("-pk"):
        people[member.phone].append(member)
    for row in rows:
        row.event, row.members = found.get(row.event_id), people[row.phone]
