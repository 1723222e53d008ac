"""The files that were asked for, and one of them: how far it is, then the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from smsadmin.accounts.access import Access, AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.badges import Badge
from smsadmin.exports.access import may_ask, may_take, seen_by
from smsadmin.exports.badges import badge
from smsadmin.exports.kinds import all_kinds
from smsadmin.exports.lists import query_of
from smsadmin.exports.models import Export
from smsadmin.exports.views.door import find
from smsadmin.listing.counts import Count

PAGE = 50
ENOUGH = 0.05  # of the file must be written before the time left is guessed


@dataclass(frozen=True, slots=True)
class Line:
    """An export as the pages show it to one person."""

    export: Export
    badge: Badge
    total: Count | None
    time_left: str
    can_take: bool
    can_ask: bool


@require_safe
@permission("export_data")
def exports(request: AccountRequest, account: Account) -> HttpResponse:
    before = request.GET.get("before", "")
    found = seen_by(request.access, account).select_related("by").order_by("-pk")
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    page = list(found[: PAGE + 1])
    now = timezone.now()
    context = {
        "lines": [line(export, request.access, now) for export in page[:PAGE]],
        "older": page[PAGE - 1].pk if len(page) > PAGE else None,
        "is_working": any(export.is_working for export in page),
    }
    return render(request, "exports/list.html", context)


@require_safe
@permission("export_data")
def export(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    found, _kind = find(request, account, pk)
    shown = line(found, request.access, timezone.now())
    context: dict[str, Any] = {"line": shown, "export": found, "query": query_of(found.params).urlencode()}
    if not request.htmx or request.htmx.boosted:
        return render(request, "exports/detail.html", context)
    response = render(request, "exports/_progress.html", context)
    if not found.is_working:
        response["HX-Refresh"] = "true"
    return response


def line(export: Export, access: Access, now: datetime) -> Line:
    kind = all_kinds().get(export.kind)
    return Line(
        export,
        badge(export),
        total_of(export),
        time_left(export, now),
        kind is not None and export.is_ready and may_take(access, export, kind),
        kind is not None and may_ask(access, kind),
    )


def total_of(export: Export) -> Count | None:
    """How many rows there will be; None where nobody knows, or knew wrong."""
    if export.total is None or export.rows > export.total:
        return None
    return Count(export.total, "exact" if export.total_is_exact else "about")


def time_left(export: Export, now: datetime) -> str:
    """By what is written, in words; '' while that says too little."""
    total = total_of(export)
    if export.state != Export.State.RUNNING or not (total and total.n and export.started_at):
        return ""
    share = export.rows / total.n
    if share < ENOUGH:
        return ""
    left: timedelta = (now - export.started_at) * ((1 - share) / share)
    if left < timedelta(minutes=1):
        return _("less than a minute left")
    minutes = round(left.total_seconds() / 60)
    return ngettext("about %(n)d minute left", "about %(n)d minutes left", minutes) % {"n": minutes}
