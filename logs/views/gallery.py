"""The gallery of the design's parts, for those who write pages."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from logs.statuses import Status
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account


class Sample(forms.Form):
    """One field of each sort; the number is wrong, so that its error shows."""

    number = forms.RegexField(r"^\+[0-9 ]+$", label=_("Phone number"), help_text=_("Any spelling."))
    period = forms.ChoiceField(label=_("Stop for"), choices=[("1", _("1 hour")), ("30", _("30 days"))])
    keep = forms.BooleanField(label=_("Keep the number"), required=False)


@require_safe
@permission("view_help")
def components(request: AccountRequest, account: Account) -> HttpResponse:
    return render(request, "help/components.html", {"statuses": list(Status), "form": Sample({"number": "12"})})
