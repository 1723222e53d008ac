"""Failures: what providers said that could not be put into the log. Receipts without a message, callbacks that were set
aside, callbacks that were turned away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from logs import inbox, receipts
from logs.failures import OrphanRow, RefusedRow, SetAsideRow
from logs.models import Callback, Orphan, ProviderAccount, RefusedCallback
from logs.provider_states import is_log_only
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.listing import chips, counts, keyset

PAGE_SIZE = 25
PROVIDERS = 20  # provider accounts offered as filters


def open_orphans(account: Account, operator: bool) -> QuerySet:
    return Orphan.objects.filter(account=account, dismissed_at__isnull=True)


def set_aside(account: Account, operator: bool) -> QuerySet:
    return Callback.objects.filter(account=account, set_aside_at__isnull=False)


def refused(account: Account, operator: bool) -> QuerySet:
    """Operators see those too whose address was of no provider account."""
    own = Q(account=account)
    return RefusedCallback.objects.filter(own | Q(account__isnull=True) if operator else own)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the three lists. ``row`` makes of a row what the template shows."""

    label: Any
    rows: Callable[[Account, bool], QuerySet]
    row: Any
    template: str


PARTS: Mapping[str, Part] = {
    "orphans": Part(gettext_lazy("Receipts without a message"), open_orphans, OrphanRow, "failures/_orphan.html"),
    "aside": Part(gettext_lazy("Set aside"), set_aside, SetAsideRow, "failures/_set_aside.html"),
    "refused": Part(gettext_lazy("Refused"), refused, RefusedRow, "failures/_refused.html"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@permission("view_failures")
def failures(request: AccountRequest, account: Account) -> HttpResponse:
    if request.method == "POST":
        return act(request, account)
    key = request.GET.get("part", "") if request.GET.get("part") in PARTS else "orphans"
    part, operator = PARTS[key], request.user.is_superuser
    accounts = provider_accounts(account)
    chosen = accounts.get(number(request.GET.get("provider", "")))
    rows = part.rows(account, operator)
    if chosen:
        rows = rows.filter(provider_account_id=chosen.pk)
    page = keyset.paginate(rows, keyset.Cursor.read(request.GET, int), size=PAGE_SIZE)
    context = {
        "part": part,
        "key": key,
        "tabs": tabs(account, operator, key),
        "rows": [part.row.of(row, accounts) for row in page.rows],
        "providers": choices(request, accounts, chosen),
        "chosen": chosen,
        "newer_url": place(request, page.newer),
        "older_url": place(request, page.older),
    }
    return render(request, "failures/failures.html", context)


def provider_accounts(account: Account) -> dict[int, ProviderAccount]:
    return {one.pk: one for one in ProviderAccount.objects.filter(account=account).order_by("name")}


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def tabs(account: Account, operator: bool, key: str) -> list[dict[str, Any]]:
    return [
        {
            "label": part.label,
            "count": counts.bounded(part.rows(account, operator)),
            "url": f"{reverse('failures', args=[account.slug])}?part={name}",
            "is_on": name == key,
        }
        for name, part in PARTS.items()
    ]


def choices(
    request: AccountRequest, accounts: dict[int, ProviderAccount], chosen: ProviderAccount | None
) -> list[dict[str, Any]]:
    """The provider accounts as chips; none where there is nothing to choose between."""
    accounts = {pk: one for pk, one in accounts.items() if not is_log_only(one)}
    if len(accounts) < 2:
        return []
    return [
        {
            "label": one.name,
            "url": chips.changed(request.GET, {"provider": None if one is chosen else str(pk)}),
            "is_on": one is chosen,
        }
        for pk, one in list(accounts.items())[:PROVIDERS]
    ]


def place(request: AccountRequest, cursor: dict[str, Any] | None) -> str:
    given = {name: value for name, value in cursor.items() if value} if cursor else {}
    return chips.changed(request.GET, given) if cursor else ""


# ---- acts


def retry_orphan(request: AccountRequest, account: Account, row: Any) -> str:
    found = receipts.retry_orphan(orphan=row, by=request.user, at=timezone.now())
    return _("Its message is known now: what was said stands in its log.") if found else _("Still no such message.")


def dismiss_orphan(request: AccountRequest, account: Account, row: Any) -> str:
    receipts.dismiss_orphan(orphan=row, by=request.user, at=timezone.now())
    return _("Dismissed. It is kept, and not listed any more.")


def retry_callback(request: AccountRequest, account: Account, row: Any) -> str:
    inbox.retry(callback=row, by=request.user, at=timezone.now())
    return _("It is tried again within seconds. If it fails again, it comes back here.")


def discard_callback(request: AccountRequest, account: Account, row: Any) -> str:
    inbox.discard(callback=row, by=request.user, at=timezone.now())
    return _("Discarded. What it said is not in the log.")


ACTS: Mapping[str, tuple[str, Callable[[AccountRequest, Account, Any], str]]] = {
    "retry_orphan": ("orphans", retry_orphan),
    "dismiss_orphan": ("orphans", dismiss_orphan),
    "retry_callback": ("aside", retry_callback),
    "discard_callback": ("aside", discard_callback),
}


def act(request: AccountRequest, account: Account) -> HttpResponse:
    """``act`` says what, ``row`` to which; back to the list that it was done in."""
    key, do = ACTS.get(request.POST.get("act", ""), ("", None))
    if do is None:
        raise Http404("no such act")
    row = PARTS[key].rows(account, False).filter(pk=number(request.POST.get("row", ""))).first()
    if row is None:
        messages.info(request, _("It is not in the list any more."))
    else:
        messages.success(request, do(request, account, row))
    return redirect(f"{reverse('failures', args=[account.slug])}?part={key}")
