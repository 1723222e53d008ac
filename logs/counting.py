"""Counts from the roll-ups, where they can answer exactly what a list asks."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import QuerySet, Sum

from logs.filters import OWN, SOURCES, MessageFilter
from logs.models import Kind, MessageDaily, MessageDailySource, MessageDailyTemplate
from logs.statuses import Reason, Status
from smsadmin.accounts.models import Account
from smsadmin.listing import counts, keyset
from smsadmin.listing.counts import Count
from smsadmin.listing.period import Period

LOOK = 8_000  # rows
ROUND = (keyset.PAGE_SIZE, 100, 200)


def kept(account: Account) -> Count:
    """All messages of the account that are kept; rounded where the digits would only be noise."""
    n = total(MessageDaily.objects.filter(account=account))
    return Count(n, "about") if n >= 1_000_000 else Count(n)


def among_newest(listed: QuerySet, found: QuerySet) -> Count | None:
    """How many of the newest LOOK rows of the list are among the found: exactly, where the list is no longer; at least
    so many, in round numbers, where they fill a page, since the rest then need not be counted; else None.

    What people look for is mostly either common or rare. Asking an index costs the more the more common it is; this
    look costs the same in a list of any length. ``found`` must be a query that is walked in the list's order.
    """
    edge = listed.order_by("-pk").values_list("pk", flat=True)[LOOK : LOOK + 1].first()
    if edge is None:
        return counts.bounded(found, LOOK)
    seen = counts.bounded(found.filter(pk__gt=edge), ROUND[-1])
    return next((Count(n, "at least") for n in reversed(ROUND) if n <= seen.n), None)


def total(rows: QuerySet) -> int:
    return rows.aggregate(n=Sum("n"))["n"] or 0


def in_period(rows: QuerySet, first: date | None, last: date | None) -> QuerySet:
    if first:
        rows = rows.filter(day__gte=first)
    return rows.filter(day__lte=last) if last else rows


def from_rollups(account: Account, period: Period, filterset: MessageFilter) -> Count | None:
    """The exact number of matches, where the filters are about what the roll-ups count; else None."""
    values = filterset.form.cleaned_data
    if any(choice not in OWN for choice in values.get("status") or ()):
        return None
    active = filterset.active
    rows: QuerySet
    if active <= {"status", "reason"}:
        rows = MessageDaily.objects.filter(account=account, **conditions(values, "status", "reason"))
    elif active <= {"status", "source", "kind"}:
        rows = MessageDailySource.objects.filter(account=account, **conditions(values, "status", "source", "kind"))
    elif active <= {"status", "template"}:
        rows = MessageDailyTemplate.objects.filter(account=account, **conditions(values, "status", "template"))
    else:
        return None
    return Count(total(in_period(rows, period.first, period.last)))


def conditions(values: dict[str, Any], *names: str) -> dict[str, list[int]]:
    """The cleaned filter values as conditions on a roll-up's columns."""
    meanings: dict[str, tuple[str, Callable[[Any], list[int]]]] = {
        "status": ("status__in", lambda slugs: [int(OWN[slug]) for slug in slugs]),
        "reason": ("reason__in", lambda slugs: [int(Reason.from_slug(slug)) for slug in slugs]),
        "source": ("source__in", lambda slugs: [SOURCES[slug] for slug in slugs]),
        "kind": ("kind__in", lambda slugs: [kind.value for kind in Kind if kind.slug in slugs]),
        "template": ("template_id__in", lambda rows: [row.pk for row in rows]),
    }
    chosen = {name: meanings[name] for name in names if values.get(name)}
    return {column: read(values[name]) for name, (column, read) in chosen.items()}


def by_status(account: Account, first: date | None, last: date | None) -> dict[Status, int]:
    """Messages of a period per status, every status present."""
    rows = (
        in_period(MessageDaily.objects.filter(account=account), first, last).values_list("status").annotate(n=Sum("n"))
    )
    counted = dict(rows)
    return {status: counted.get(int(status), 0) for status in Status}
