"""SMS_USERs: the API identities of an account, and their keys. A key is shown once, when it is made."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from smsadmin.accounts import sms_user_changes, sms_users
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account, SmsUser

SHOWN = 200


class NewForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=64,
        help_text=gettext_lazy("Such as the system that will send: “till”, “app”, “newsletter”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_settings")
def sms_users_page(request: AccountRequest, account: Account) -> HttpResponse:
    form = NewForm(request.POST if request.POST.get("act") == "add" else None)
    made: dict[str, Any] = {}
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act == "key":
            made = make_key(request, account)
        elif ACTS[act](request, account, form) if act in ACTS else True:
            return redirect("sms_users", account=account.slug)
    found = SmsUser.objects.filter(account=account).order_by("name")[: SHOWN + 1]
    context = {"users": list(found)[:SHOWN], "more": len(found) > SHOWN, "form": form, **made}
    return render(request, "settings/sms_users.html", context)


def make_key(request: AccountRequest, account: Account) -> dict[str, Any]:
    """The key goes into this one answer, which no cache keeps."""
    found = find(request, account)
    key = sms_users.make_key(sms_user=found, by=request.user, at=timezone.now())
    return {"key": key, "key_of": found}


def add(request: AccountRequest, account: Account, form: NewForm) -> bool:
    if not form.is_valid():
        return False
    try:
        made = sms_user_changes.add(account=account, name=form.cleaned_data["name"], by=request.user, at=timezone.now())
    except sms_user_changes.NameTaken as error:
        form.add_error("name", str(error))
        return False
    messages.success(request, _("%(name)s is added. Make its key next.") % {"name": made})
    return True


def switch(request: AccountRequest, account: Account, form: NewForm) -> bool:
    found, enabled = find(request, account), request.POST.get("act") == "enable"
    sms_user_changes.switch(sms_user=found, enabled=enabled, by=request.user, at=timezone.now())
    said = _("%(name)s may submit messages again.") if enabled else _("%(name)s may submit no more messages.")
    messages.success(request, said % {"name": found})
    return True


def revoke(request: AccountRequest, account: Account, form: NewForm) -> bool:
    found = find(request, account)
    sms_user_changes.revoke_key(sms_user=found, by=request.user, at=timezone.now())
    messages.success(request, _("The key of %(name)s opens nothing any more.") % {"name": found})
    return True


ACTS = {"add": add, "enable": switch, "disable": switch, "revoke": revoke}


def find(request: AccountRequest, account: Account) -> SmsUser:
    key = request.POST.get("user", "")
    found = SmsUser.objects.filter(account=account, pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
    if found is None:
        raise Http404("no such SMS_USER")
    return found
