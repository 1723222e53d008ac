"""The block list where it meets messages: one entry with the message that caused it, and numbers stopped straight from
the SMS list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from blocklist import bulk, rights, rules, telling
from blocklist.forms import StopForm
from blocklist.models import BlockEntry
from blocklist.views import removal
from blocklist.views.acting import find
from logs.exports import MessageExport
from logs.filters import MessageFilter
from logs.models import Message
from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.exports.kinds import BadParams
from smsadmin.exports.lists import Asking
from smsadmin.listing import chips, counts
from smsadmin.listing.patience import TooSlow, time_limit
from smsadmin.members.models import Member

HISTORY = 20


@require_safe
@permission("view_members")
def block(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    """One entry: why, until when, what was before, and the one button that this person may press."""
    entry, at = find(account, pk), timezone.now()
    button = rights.button(
        entry, account=account, access=request.access, is_operator=request.user.is_superuser, policy=rules.in_force(),
        at=at,
    )  # fmt: skip
    state = entry.state(at)
    context = {
        "entry": entry,
        "phone": phones.show(entry.phone),
        "reason": telling.reason(entry),
        "badge": {**telling.BADGES[state], "label": state.label},
        "facts": telling.facts(entry, account, at),
        "button": button,
        "evidence": evidence(entry, account),
        "members": list(Member.objects.filter(account=account, phone=entry.phone).order_by("pk")[:5]),
        "history": history(entry, account),
        "asked": removal.of_entry(entry, account),
    }
    return render(request, "blocklist/entry.html", context)


def on_member(request: AccountRequest, account: Account, phone: str) -> list[Any]:
    """What stops a member's number now, each with its words and the one button."""
    at, policy = timezone.now(), rules.in_force()
    found: list[Any] = list(
        BlockEntry.objects.visible_to(account).stopping().holding(at).filter(phone=phone).order_by("-pk")
    )
    for entry in found:
        entry.button = rights.button(
            entry, account=account, access=request.access, is_operator=request.user.is_superuser, policy=policy, at=at
        )
        entry.told, entry.stops = telling.reason(entry), telling.stops(entry)
        entry.since = telling.stamp(entry.intercepted_at)
        entry.until = telling.stamp(entry.expires_at) if entry.expires_at else ""
        entry.left = telling.remaining(entry.expires_at, at)
    return found


def evidence(entry: BlockEntry, account: Account) -> Message | None:
    """The message that failed last, if it is this account's: a later failure may have been another's."""
    return Message.objects.of(account).filter(pk=entry.evidence).first() if entry.evidence else None


def history(entry: BlockEntry, account: Account) -> list[Any]:
    """Other entries of the number that this account may see, the newest first."""
    seen = BlockEntry.objects.visible_to(account).stopping().filter(phone=entry.phone).exclude(pk=entry.pk)
    rows: list[Any] = list(seen.order_by("-intercepted_at", "-pk")[:HISTORY])
    at = timezone.now()
    for row in rows:
        state = row.state(at)
        row.badge = {**telling.BADGES[state], "label": state.label}
        row.told, row.since = telling.reason(row), telling.stamp(row.intercepted_at)
        row.until = telling.stamp(row.expires_at) if row.expires_at else _("never")
        row.why = row.lift_reason if telling.is_ours(row, account) else ""
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@permission("add_blocks")
def blocks_bulk(request: AccountRequest, account: Account) -> HttpResponse:
    """Stop all numbers of a filtered SMS list: until when and why, then their exact count, then the act."""
    asking = Asking(account, request.access, QueryDict(request.GET.urlencode()))
    form = StopForm(request.POST or None)
    back_url = f"{reverse('messages', args=[account.slug])}?{request.GET.urlencode()}"
    try:
        with time_limit():
            found = numbers(asking)
            count = counts.bounded(found)
    except TooSlow:
        messages.error(request, _("This search takes too long. Narrow the period first."))
        return redirect(back_url)
    if request.method == "POST" and form.is_valid():
        at, source = timezone.now(), _("from the SMS list")
        try:
            job = bulk.draft_block_found(
                account=account, numbers=found.values_list("phone"), stop=form.stop(at), source=source,
                by=request.user, at=at,
            )  # fmt: skip
        except bulk.TooMany as error:
            messages.error(request, str(error))
            return redirect(back_url)
        return redirect("blocks_action", account=account.slug, pk=job.pk)
    shown = chips.chips(MessageFilter(chips.filled(asking.GET), request=asking).form, asking.GET)
    context = {"form": form, "count": count, "back_url": back_url, "chips": list(shown)}
    return render(request, "blocklist/bulk.html", context)


def numbers(asking: Asking) -> QuerySet:
    """The messages that the list shows, those with a number. Http404 for filters that the list refuses too."""
    kind, asked = MessageExport(), dict(asking.GET.lists())
    try:
        params = kind.freeze(asking.account, asked, timezone.localdate())
        return kind.rows(asking.account, asking.access, params).exclude(phone="")
    except BadParams:
        raise Http404("filters that are not understood") from None
