"""The evidence pack as a download. By POST, since each leaves a line in the audit log."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from consent import evidence
from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account


@require_POST
@permission("view_members")
def consent_evidence(request: AccountRequest, account: Account) -> HttpResponse:
    kind = request.POST.get("format", "pdf")
    try:
        phone = phones.parse(request.POST.get("phone", ""), account.country)
        pack = evidence.make(account=account, phone=phone, kind=kind, by=request.user, at=timezone.now())
    except (phones.ImpossiblePhone, evidence.NothingKnown, KeyError):
        messages.warning(request, _("There is no evidence of this number: nothing was ever recorded of it."))
        return redirect("consent_lookup", account=account.slug)
    response = HttpResponse(pack.content, content_type=pack.content_type)
    response["Content-Disposition"] = f'attachment; filename="{pack.name}"'
    response["Cache-Control"] = "no-store"
    return response
