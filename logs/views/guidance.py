"""Help: what the words mean, how to investigate an SMS that did not arrive, what a provider's code means."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from logs import code_search, glossary
from logs.addresses import members_url, messages_url
from logs.models import Source
from logs.statuses import ReasonFamily, Status
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account


@require_safe
@permission("view_help")
def glossary_page(request: AccountRequest, account: Account) -> HttpResponse:
    """The glossary: statuses, vocabularies, reasons."""
    context = {
        "statuses": glossary.statuses(account.vocabulary),
        "vocabularies": [(v, glossary.words(v.key)) for v in glossary.ordered(account.vocabulary)],
        "families": glossary.families(),
        "codes": code_search.how_many(),
    }
    return render(request, "help/help.html", context)


@require_safe
@permission("view_help")
def investigate(request: AccountRequest, account: Account) -> HttpResponse:
    """The guide from question to page (C9), with this account's lists ready filtered."""

    def listed(*statuses: Status, **filters: Any) -> str:
        return messages_url(account, status=[status.slug for status in statuses], **filters)

    def of_family(*families: ReasonFamily) -> list[str]:
        return [reason.slug for family in families for reason in family.reasons]

    links = {
        "messages": messages_url(account),
        "lookup": reverse("lookup", args=[account.slug]),
        "blocked": listed(Status.BLOCKED),
        "failed": listed(Status.FAILED),
        "undelivered": listed(Status.UNDELIVERED, Status.EXPIRED),
        "waiting": listed(Status.QUEUED, Status.SENDING),
        "unknown": listed(Status.UNKNOWN, Status.SENT),
        "wrong": listed(reason=of_family(ReasonFamily.NUMBER, ReasonFamily.CONTACT)),
        "consent": listed(reason=of_family(ReasonFamily.CONSENT, ReasonFamily.BLOCKLIST)),
        "provider": listed(reason=["provider_error", "carrier_error", "congestion", "transport_error"]),
        "phone_off": listed(reason=of_family(ReasonFamily.HANDSET)),
        "invalid": members_url(account, number=["invalid", "suspect"]),
        "codes_sent": messages_url(account, template_type="verification"),
    }
    return render(request, "help/investigate.html", {"links": links, "sources": Source.choices})


class CodeForm(forms.Form):
    provider = forms.ChoiceField(label=_("Provider"), required=False)
    code = forms.CharField(
        label=_("Code, name or words"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["provider"]).choices = [("", _("All providers")), *code_search.tables()]


@require_safe
@permission("view_help")
def codes_page(request: AccountRequest, account: Account) -> HttpResponse:
    """What a provider's code means."""
    form = CodeForm(request.GET or None)
    found = None
    if form.is_valid() and any(form.cleaned_data.values()):
        found = code_search.search(form.cleaned_data["provider"], form.cleaned_data["code"])
    context = {
        "form": form,
        "found": found and found[: code_search.SHOWN],
        "asked": found is not None,
        "more": max(len(found) - code_search.SHOWN, 0) if found else 0,
        "how_many": code_search.how_many(),
        "tables": len(code_search.tables()),
    }
    return render(request, "help/codes.html", context)
