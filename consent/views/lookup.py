"""The look-up of one number: any spelling of it leads to its page."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account


@require_safe
@permission("view_members")
def consent_lookup(request: AccountRequest, account: Account) -> HttpResponse:
    text, as_of = request.GET.get("phone", "").strip(), request.GET.get("as_of", "")
    try:
        phone = phones.parse(text, account.country) if text else ""
    except phones.ImpossiblePhone as error:
        problem = _("“%(text)s” is not a phone number: %(why)s.") % {"text": text[:40], "why": error}
        return render(request, "consent/lookup.html", {"phone": text[:40], "as_of": as_of, "problem": problem})
    if not phone:
        return render(request, "consent/lookup.html", {"phone": "", "as_of": as_of})
    query = {"phone": phone, **({"as_of": as_of} if as_of else {})}
    return redirect(f"{reverse('consent_number', args=[account.slug])}?{urlencode(query)}")
