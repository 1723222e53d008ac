"""Recording consent by hand: the form, what it would change, then the line in the ledger."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consent import ledger, telling
from consent.foreseeing import Change, foresee
from consent.forms import RecordForm
from consent.vocabulary import Event, Source
from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account


@require_http_methods(["GET", "HEAD", "POST"])
@permission("record_consent")
def consent_record(request: AccountRequest, account: Account) -> HttpResponse:
    now = timezone.now()
    initial = {"phone": phones.show(request.GET.get("phone", "")), "event": request.GET.get("event", "")}
    form = RecordForm(request.POST or None, region=account.country, now=now, initial=initial)
    if request.method != "POST" or not form.is_valid() or "back" in request.POST:
        return render(request, "consent/record.html", {"form": form})
    happening = form.happening
    if "confirmed" not in request.POST:
        changes = foresee(account=account, happening=happening)
        return render(
            request, "consent/record_check.html", {"form": form, "changes": list(map(told, changes)), **said(form)}
        )
    row = ledger.record(account=account, by=request.user, **asdict(happening))
    messages.success(request, _("Recorded: %(what)s.") % {"what": telling.how(row.event, row.source)})
    return redirect(f"{reverse('consent_number', args=[account.slug])}?{urlencode({'phone': row.phone})}")


def told(change: Change) -> dict[str, Any]:
    return {
        "purpose": change.purpose.label,
        "before": telling.mark(change.before.status if change.before else None),
        "after": telling.mark(change.after.status if change.after else None),
        "changes": change.changes,
    }


def said(form: RecordForm) -> dict[str, Any]:
    given = form.cleaned_data
    return {
        "phone": phones.show(given["phone"]),
        "event": Event(given["event"]).label,
        "source": Source(given["source"]).label,
        "at": given["at"],
    }
