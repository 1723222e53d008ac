"""The opt-out desk: texts that smell of an opt-out, decided by a person. Here and not in consent, since the
conversation stands around them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from consent import desk
from consent.models import DeskItem
from logs import desk_rows
from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.listing import chips, counts

PAGE_SIZE = 25
DECIDED = "decided"
DECISIONS = {"opt-out": desk.Decision.OPT_OUT, "nothing": desk.Decision.NOTHING}


@require_safe
@permission("record_consent")
def consent_desk(request: AccountRequest, account: Account) -> HttpResponse:
    """What waits, soonest due first; or what was decided, latest first."""
    decided = request.GET.get("part") == DECIDED
    items = DeskItem.objects.filter(account=account, decided_at__isnull=not decided)
    found, older = page(items, request.GET.get("after", ""), decided)
    context = {
        "decided": decided,
        "rows": desk_rows.rows(found, account, request.access, timezone.now()),
        "tabs": tabs(request, account, decided),
        "older_url": chips.changed(request.GET, {"after": older}) if older else "",
        "newest_url": chips.changed(request.GET, {"after": None}) if request.GET.get("after") else "",
        "days": desk.rules_of(account).desk_days,
    }
    return render(request, "desk/desk.html", context)


def page(items: QuerySet, after: str, decided: bool) -> tuple[list[DeskItem], int | None]:
    """The page after an item, and the item that the next page comes after."""
    column, order = ("decided_at", "-") if decided else ("due_at", "")
    last = items.filter(pk=int(after)).first() if after.isdecimal() and len(after) < 18 else None
    if last is not None:
        side, at = ("lt" if decided else "gt"), getattr(last, column)
        items = items.filter(Q(**{f"{column}__{side}": at}) | Q(**{column: at, f"pk__{side}": last.pk}))
    found = list(items.order_by(f"{order}{column}", f"{order}pk")[: PAGE_SIZE + 1])
    more = len(found) > PAGE_SIZE
    return found[:PAGE_SIZE], found[PAGE_SIZE - 1].pk if more else None


def tabs(request: AccountRequest, account: Account, decided: bool) -> list[dict[str, Any]]:
    items = DeskItem.objects.filter(account=account)
    return [
        {
            "label": label,
            "count": counts.bounded(items.filter(decided_at__isnull=key != DECIDED)),
            "url": chips.changed(request.GET, {"part": key or None, "after": None}),
            "is_on": decided == (key == DECIDED),
        }
        for key, label in (("", _("To decide")), (DECIDED, _("Decided")))
    ]


@require_POST
@permission("record_consent")
def consent_decide(request: AccountRequest, account: Account, pk: int) -> HttpResponseRedirect:
    """Decide one text; the other button takes it back."""
    item = DeskItem.objects.filter(account=account, pk=pk).first()
    decision = DECISIONS.get(request.POST.get("decision", ""))
    if item is None:
        raise Http404("no such item")
    back = reverse("consent_desk", args=[account.slug])
    if decision is None:
        messages.error(request, _("Nothing was decided: choose “Opt out” or “No opt-out”."))
        return redirect(back)
    note = request.POST.get("note", "").strip()[:500].replace("\0", "")
    desk.decide(item=item, decision=decision, by=request.user, at=timezone.now(), note=note)
    number = {"number": phones.show(item.phone)}
    if decision == desk.Decision.OPT_OUT:
        said = _("%(number)s is opted out. It can be taken back under “Decided”.") % number
    else:
        said = _("No opt-out of %(number)s. It can be taken back under “Decided”.") % number
    messages.success(request, said)
    return redirect(f"{back}?part={DECIDED}" if request.POST.get("part") == DECIDED else back)
