"""Overview: what became of an account's messages in a period. Every figure leads to the list behind it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from logs import chart, provider_states, telling
from logs.addresses import messages_url
from logs.figures import TOP_REASONS, WAITING, Figures, first_and_last
from logs.models import Message, Template
from logs.views.messages import attach
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.listing import chips
from smsadmin.listing.period import Period, PeriodForm
from smsadmin.members.models import Member

LONGEST = 5  # messages shown as waiting longest
LONG = 90  # days


@require_safe
@permission("view_overview")
def overview(request: AccountRequest, account: Account) -> HttpResponse:
    today = timezone.localdate()
    form = PeriodForm(request.GET, zone=account.zone, today=today)
    bounds = first_and_last(account)
    context = {"period_form": form, "presets": presets(request, form), "is_empty": bounds is None}
    if bounds:
        context |= told(account, form.period, bounds, today)
    return render(request, "overview/overview.html", context)


def presets(request: AccountRequest, form: PeriodForm) -> list[dict[str, Any]]:
    def url(query: dict[str, str]) -> str:
        return chips.changed(request.GET, {"from": None, "to": None, **query})

    return [{"label": p.label, "url": url(p.query), "is_current": p.is_current} for p in form.presets()]


def told(account: Account, period: Period, bounds: tuple[date, date], today: date) -> dict[str, Any]:
    figures = Figures(account, period)
    reasons = figures.reasons
    rest = reasons[TOP_REASONS:]
    return {
        "figures": figures,
        "reasons": reasons[:TOP_REASONS],
        "most": reasons[0].figure.n if reasons else 0,
        "rest": rest,
        "in_rest": sum(row.figure.n for row in rest),
        "waiting": waiting_longest(account, period),
        "providers": [one for one in provider_states.all_of(account, at=timezone.now()) if not one.is_log_only],
        "chart": draw(account, figures, period, bounds, today),
        "days": days_text(period, bounds, today),
        "all_time_url": "?from=all",
    }


def draw(account: Account, figures: Figures, period: Period, bounds: tuple[date, date], today: date) -> chart.Chart:
    first, last = drawn(period, bounds, today)
    return chart.draw(figures.by_day, first, last, lambda a, b: messages_url(account, Period(a, b, account.zone)))


def drawn(period: Period, bounds: tuple[date, date], today: date) -> tuple[date, date]:
    """The days of the chart: those of the period; a long or open one begins and ends with what there is."""
    end = max(today, bounds[1])
    last = min(period.last or end, end)
    first = period.first or bounds[0]
    if (last - first).days >= LONG:
        first = max(first, bounds[0])
    return min(first, last), last


def days_text(period: Period, bounds: tuple[date, date], today: date) -> str:
    first, last = drawn(period, bounds, today)
    return Period(first, last, period.zone).label


def waiting_longest(account: Account, period: Period) -> list[dict[str, Any]]:
    """The oldest messages without an answer: one short walk of the status index for each status."""
    messages = Message.objects.of(account).requested(period.start, period.end)
    # A status at a time: so each query is a walk in the order of its index, which stops after five rows.
    found = [row for status in WAITING for row in messages.filter(status=int(status)).order_by("pk")[:LONGEST]]
    found = sorted(found, key=lambda message: message.pk)[:LONGEST]
    attach(account, found, Member, Template)
    now = timezone.now()
    return [
        {
            "message": message,
            "status": message.status_word,
            "word": telling.word(message.state, account.vocabulary),
            "short": telling.short(message.state),
            "url": reverse("message", args=[account.slug, message.pk]),
            "since": telling.duration(now - message.requested_at),
        }
        for message in found
    ]
