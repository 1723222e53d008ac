"""Settings: the account's name, time zone, default country and vocabulary."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from logs.forms import AccountForm
from logs.recounting import recount
from logs.vocabularies import VOCABULARIES
from smsadmin.accounts import settings_change
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account

EXAMPLES = 5  # words of a vocabulary that are shown with it


@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_settings")
def account_settings(request: AccountRequest, account: Account) -> HttpResponse:
    # The form validates a copy: what is refused must not show in the shell of the page.
    form = AccountForm(request.POST or None, instance=Account.objects.get(pk=account.pk))
    if request.method == "POST" and form.is_valid():
        save(request, account, form.cleaned_data)
        return redirect("settings", account=account.slug)
    return render(request, "settings/settings.html", {"form": form, "vocabularies": vocabularies(form)})


def save(request: AccountRequest, account: Account, values: dict[str, Any]) -> None:
    """Write what differs, and say what follows."""
    changes = settings_change.change(account=account, values=values, by=request.user, at=timezone.now())
    if not changes:
        messages.info(request, _("Nothing was changed."))
        return
    messages.success(request, _("The settings are saved."))
    if "time_zone" in changes and not recount(account):
        messages.info(
            request, _("All messages are being counted anew. Until that is done, totals follow the old time zone.")
        )


def vocabularies(form: AccountForm) -> list[dict[str, Any]]:
    """The choices of the vocabulary, each with its sentence and some of its words."""
    chosen = form["vocabulary"].value()
    return [
        {
            "key": key,
            "name": words.name,
            "sentence": words.sentence,
            "examples": ", ".join(f"“{label.text}”" for label in words.labels[:EXAMPLES]),
            "is_chosen": key == chosen,
        }
        for key, words in VOCABULARIES.items()
    ]
