"""Removal requests of an account: state that a number works, see the answer, take it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from blocklist import requests, rights, rules, telling
from blocklist.models import BlockEntry, RemovalRequest
from blocklist.views.acting import find
from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.listing import chips, counts, keyset

PAGE_SIZE = 25
LONGEST = 1_000
BADGES = {
    RemovalRequest.State.OPEN: {"tone": "late", "symbol": "queued"},
    RemovalRequest.State.ACCEPTED: {"tone": "good", "symbol": "delivered"},
    RemovalRequest.State.REFUSED: {"tone": "bad", "symbol": "undelivered"},
    RemovalRequest.State.WITHDRAWN: {"tone": "wait", "symbol": "canceled"},
}


class StatementForm(forms.Form):
    statement = forms.CharField(
        label=gettext_lazy("Why the number works"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Such as: the customer called from it today. The operators read this."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@permission("lift_blocks")
def removal_new(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    """The statement, for an entry that this person may not lift."""
    entry, at = find(account, pk), timezone.now()
    button = rights.button(
        entry, account=account, access=request.access, is_operator=request.user.is_superuser,
        policy=rules.in_force(), at=at,
    )  # fmt: skip
    if button.act != "request":
        messages.info(request, button.why)
        return redirect("block", account=account.slug, pk=pk)
    form = StatementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            requests.file(
                account=account, entry=entry, statement=form.cleaned_data["statement"], by=request.user, at=at
            )
        except requests.CannotRequest as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The operators have your request. You are told here as soon as they answer."))
        return redirect("removal_requests", account=account.slug)
    context = {
        "form": form, "entry": entry, "phone": phones.show(entry.phone), "facts": telling.facts(entry, account, at),
    }  # fmt: skip
    return render(request, "blocklist/removal_new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("view_members")
def removal_requests(request: AccountRequest, account: Account) -> HttpResponse:
    """All of the account's, newest first, with their answers. Whoever asked has seen the answers then."""
    if request.method == "POST":
        return withdraw(request, account)
    asked = RemovalRequest.objects.of(account).select_related("entry")
    page = keyset.paginate(asked, keyset.Cursor.read(request.GET, int), size=PAGE_SIZE)
    context = {
        "rows": [shown(row, account) for row in page.rows],
        "may_withdraw": "lift_blocks" in request.access,
        "waiting": counts.bounded(asked.waiting()).n,
        "newer_url": place(request, page.newer),
        "older_url": place(request, page.older),
    }
    answer = render(request, "blocklist/removal_requests.html", context)
    requests.read(account=account, by=request.user, at=timezone.now())  # after the page said so
    return answer


def withdraw(request: AccountRequest, account: Account) -> HttpResponse:
    key = request.POST.get("request", "")
    if "lift_blocks" in request.access and key.isdecimal() and len(key) < 19:
        try:
            requests.withdraw(account=account, pk=int(key), by=request.user, at=timezone.now())
            messages.success(request, _("Withdrawn. The operators do not see it any more."))
        except requests.NotOpen as error:
            messages.info(request, str(error))
        except RemovalRequest.DoesNotExist:
            raise Http404("no such request") from None
    return redirect("removal_requests", account=account.slug)


def shown(row: RemovalRequest, account: Account) -> dict[str, Any]:
    """A request in words, as this account may know it."""
    state = RemovalRequest.State(row.state)
    return {
        "row": row,
        "phone": phones.show(row.entry.phone),
        "reason": telling.reason(row.entry),
        "detail": telling.reason_detail(row.entry),
        "badge": {**BADGES[state], "label": state.label},
        "filed": telling.stamp(row.filed_at),
        "decided": telling.stamp(row.decided_at) if row.decided_at else "",
        "until": telling.stamp(row.entry.expires_at) if row.entry.expires_at else _("for ever"),
        "is_over": row.entry.state(timezone.now()) is not BlockEntry.State.ACTIVE,
    }


def of_entry(entry: BlockEntry, account: Account) -> list[dict[str, Any]]:
    """What this account asked about the entry, the newest first."""
    asked = RemovalRequest.objects.of(account).filter(entry=entry).select_related("entry").order_by("-pk")
    return [shown(row, account) for row in asked[:5]]


def place(request: AccountRequest, cursor: dict[str, Any] | None) -> str:
    given = {name: value for name, value in cursor.items() if value} if cursor else {}
    return chips.changed(request.GET, given) if cursor else ""
