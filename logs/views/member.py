"""Member: everything that the log keeps of one person, newest first, and whether the number can be trusted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from logs import history, standing, telling, timeline
from logs.addresses import messages_url
from logs.advice import explain
from logs.models import Campaign, Message, Source, Template
from logs.tables import shown_text
from logs.views.messages import attach
from smsadmin import phones, places
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.listing import chips, counts, keyset
from smsadmin.listing.period import Period, PeriodForm, show
from smsadmin.listing.views import kept
from smsadmin.members.models import Member

PAGE_SIZE = 25  # messages, each with all its entries
RECENT_DAYS = 90

SHOWN = {
    "": (gettext_lazy("Everything"), None),
    "delivered": (gettext_lazy("Delivered"), history.ARRIVED),
    "failed": (gettext_lazy("Did not arrive"), history.NOT_ARRIVED),
    "waiting": (gettext_lazy("Waiting"), history.WAITING),
}


@require_safe
@permission("view_members")
def member(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    found = Member.objects.of(account).filter(pk=pk).first()
    if found is None:
        raise Http404("no such member")
    context = {
        "member": found,
        "phone": phones.show(found.phone),
        "head": head(found),
        "identity": identity(found, request.access),
        **about_number(found, account),
        **log(request, found, account),
    }
    return render(request, "members/member.html", context)


def head(found: Member) -> list[str]:
    """The line below the name: who and where."""
    facts = []
    if found.external_id:
        facts.append(_("Member %(id)s") % {"id": found.external_id})
    if found.language:
        facts.append(places.language(found.language))
    if found.time_zone and places.is_zone(found.time_zone):
        there = timezone.localtime(timezone.now(), ZoneInfo(found.time_zone))
        facts.append(_("%(zone)s, %(time)s there now") % {"zone": found.time_zone, "time": f"{there:%H:%M}"})
    facts.append(_("since %(day)s") % {"day": show(timezone.localdate(found.created_at))})
    return facts


def identity(found: Member, access: Any) -> list[tuple[Any, Any, str]]:
    """Label, value and a note."""
    code = found.app_client_id if "view_codes" in access else telling.DOTS
    region = phones.region(found.phone)
    rows = [
        (_("E-mail"), found.email, ""),
        (_("External id"), found.external_id, ""),
        (_("App client"), found.app_client_id and code, "" if "view_codes" in access else _("hidden for your role")),
        (_("Country"), places.country(region) if region else "", ""),
        (_("Time zone"), found.time_zone, ""),
    ]
    return [row for row in rows if row[1]]


def about_number(found: Member, account: Account) -> dict[str, Any]:
    """The standing of the number, its last 90 days, and messages to it that name nobody."""
    if not found.phone:
        return {"standing": standing.NO_NUMBER, "recent": None}
    period = Period.last_days(RECENT_DAYS, timezone.localdate(), account.zone)
    counted = history.recent(found.phone, account, start=period.start, days=RECENT_DAYS)
    evidence = history.evidence(found.phone, account, counted)
    nameless = counts.bounded(history.without_member(found.phone, account))
    phone = {"phone": found.phone}
    return {
        "standing": standing.judge(Member.NumberValidity(found.number_validity), evidence),
        "recent": {
            "statuses": [
                (status, history.stated(n, counted.more), messages_url(account, period, status=[status.slug], **phone))
                for status, n in sorted(counted.statuses.items())
            ],
            "total": history.stated(counted.statuses.total, counted.more),
            "url": messages_url(account, period, **phone),
            "median": telling.duration(counted.median) if isinstance(counted.median, timedelta) else "",
        },
        "nameless": nameless if nameless.n else None,
        "all_url": messages_url(account, Period(None, None, account.zone), **phone),
    }


def log(request: AccountRequest, found: Member, account: Account) -> dict[str, Any]:
    """The timeline: what is asked for, one page of it, and why the latest failure failed."""
    period_form = PeriodForm(request.GET, zone=account.zone, today=timezone.localdate(), days=None)
    period = period_form.period
    messages = history.messages_of(found, account)
    in_period = messages.requested(period.start, period.end)
    only = request.GET.get("show", "") if request.GET.get("show") in SHOWN else ""
    statuses = SHOWN[only][1]
    listed = in_period.in_status(statuses) if statuses else in_period
    page = keyset.paginate(listed, keyset.Cursor.read(request.GET, UUID), size=PAGE_SIZE)
    failed = history.newest(messages.in_status(history.NOT_ARRIVED))
    attach(account, [*page.rows, *([failed] if failed else [])], Template, Campaign)
    shown = tabs(request, in_period, only)
    return {
        "days": days(page.rows, account, request.access),
        "failure": failure(failed, account),
        "period_form": period_form,
        "presets": [
            {
                "label": p.label,
                "url": chips.changed(request.GET, {"from": None, "to": None, **p.query}),
                "is_current": p.is_current,
            }
            for p in period_form.presets()
        ],
        "kept": kept(request.GET, ["show"]),
        "shown": shown,
        "everything_url": chips.without(request.GET, "show", "from", "to"),
        "newer_url": place(request, page.newer),
        "older_url": place(request, page.older),
        "count": next(tab["count"] for tab in shown if tab["is_on"]),
        "on_page": len(page.rows),
    }


def place(request: AccountRequest, cursor: dict[str, Any] | None) -> str:
    return chips.changed(request.GET, {name: value for name, value in cursor.items() if value}) if cursor else ""


def tabs(request: AccountRequest, messages: Any, only: str) -> list[dict[str, Any]]:
    """The chips of the timeline, each with its count."""
    counted, more = history.by_status(messages)
    return [
        {
            "label": label,
            "count": history.stated(counted.of(statuses) if statuses else counted.total, more),
            "url": chips.changed(request.GET, {"show": key or None}),
            "is_on": key == only,
        }
        for key, (label, statuses) in SHOWN.items()
    ]


def days(messages: list[Message], account: Account, access: Any) -> list[timeline.Day]:
    events = history.events_of(messages, account)
    entries = (
        entry for message in messages for entry in timeline.tell(subject_of(message, access), events[message.pk])
    )
    return timeline.days(entries)


def subject_of(message: Message, access: Any) -> timeline.Subject:
    named = filter(None, (message.campaign and f"“{message.campaign}”", message.template and str(message.template)))
    return timeline.Subject(
        id=message.pk,
        requested_at=message.requested_at,
        sent_at=message.sent_at,
        state=message.state,
        source=Source(message.source).label if message.source else "",
        text=shown_text(message, access),
        facts=tuple(named),
    )


def failure(message: Message | None, account: Account) -> dict[str, Any] | None:
    """The latest message that did not arrive, explained."""
    if message is None:
        return None
    return {
        "message": message,
        "name": message.campaign or message.template or "",
        "word": telling.word(message.state, account.vocabulary),
        "explanation": explain(message.state),
        "when": telling.stamp(message.requested_at, seconds=False),
        "url": reverse("message", args=[account.slug, message.pk]),
    }
