"""Numbers to keep or remove: those that permanent errors proved wrong, with the evidence; mark them invalid, keep them,
or download them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from blocklist import telling
from logs import wrong_numbers as wrong
from logs.advice import explain
from logs.models import Message
from logs.wrong_numbers import Wrong
from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.listing.counts import Count
from smsadmin.listing.patience import TooSlow, time_limit
from smsadmin.members.models import Member

SHOWN = 100
PERIODS = (30, 90, 365)  # days
DEFAULT = 90


@require_http_methods(["GET", "HEAD", "POST"])
@permission("view_messages")
def wrong_numbers(request: AccountRequest, account: Account) -> HttpResponse:
    """The list; by POST the question about the chosen ones, then, with ``confirmed``, the act on exactly those."""
    days, now = days_of(request), timezone.now()
    since = now - timedelta(days=days)
    if request.method == "POST":
        return act(request, account, days, since, now)
    try:
        with time_limit():
            found, total = wrong.find(account=account, since=since, limit=SHOWN)
    except TooSlow:
        return render(request, "blocklist/wrong_numbers.html", {"too_slow": True, **periods(account, days)})
    context = {
        "rows": rows(account, found),
        "total": Count(total),
        "more": total > len(found),
        "limit": SHOWN,
        **periods(account, days),
    }
    return render(request, "blocklist/wrong_numbers.html", context)


def days_of(request: AccountRequest) -> int:
    given = (request.POST if request.method == "POST" else request.GET).get("days", "")
    return int(given) if given in map(str, PERIODS) else DEFAULT


def periods(account: Account, days: int) -> dict[str, Any]:
    here = reverse("wrong_numbers", args=[account.slug])
    shown = [{"days": n, "url": f"{here}?days={n}", "is_on": n == days} for n in PERIODS]
    return {"days": days, "periods": shown, "query": f"days={days}"}


def rows(account: Account, found: Sequence[Wrong]) -> list[dict[str, Any]]:
    members: defaultdict[str, list[Member]] = defaultdict(list)
    for member in Member.objects.of(account).filter(phone__in=[one.phone for one in found]).order_by("pk"):
        members[member.phone].append(member)
    ids = [pk for one in found for pk in one.evidence]
    evidence = Message.objects.of(account).filter(pk__in=ids).defer("body").in_bulk()
    return [
        {
            "wrong": one,
            "phone": phones.show(one.phone),
            "members": members[one.phone],
            "why": why(one),
            "evidence": [
                {"pk": pk, "at": telling.stamp(evidence[pk].requested_at), "why": explain(evidence[pk].state).short}
                for pk in one.evidence
                if pk in evidence
            ],
            "last": telling.stamp(one.last_at),
        }
        for one in found
    ]


def why(one: Wrong) -> str:
    if one.refusals:
        text = ngettext("Refused for good once", "Refused for good %(n)d times", one.refusals)
        return text % {"n": one.refusals}
    return _("In doubt on %(n)d days") % {"n": one.days}


# ---- acts


def act(request: AccountRequest, account: Account, days: int, since: datetime, now: datetime) -> HttpResponse:
    if "mark_numbers" not in request.access:
        raise PermissionDenied
    name = request.POST.get("act", "")
    if name not in ("mark", "keep"):
        raise Http404("no such act")
    back = f"{reverse('wrong_numbers', args=[account.slug])}?days={days}"
    wanted = set(request.POST.getlist("phone")[: wrong.MOST])
    found, _total = wrong.find(account=account, since=since, limit=wrong.MOST, phones=wanted)
    chosen = [one.phone for one in found]
    if not chosen:
        messages.error(request, _("Choose numbers first. What is gone from the list needs nothing any more."))
        return redirect(back)
    if "confirmed" not in request.POST:
        return render(request, "blocklist/wrong_numbers_question.html", question(name, chosen, days, back))
    done(request, account, name, chosen, now)
    if left := len(wanted) - len(chosen):
        text = ngettext("%(n)d was left: it has changed since.", "%(n)d were left: they have changed since.", left)
        messages.info(request, text % {"n": left})
    return redirect(back)


def question(name: str, chosen: Sequence[str], days: int, back: str) -> dict[str, Any]:
    n = {"n": Count(len(chosen))}
    if name == "mark":
        title = ngettext("Mark %(n)s number as invalid?", "Mark %(n)s numbers as invalid?", len(chosen)) % n
        text = _("Their members get no more messages but one-time codes, until somebody corrects the number.")
        button = ngettext("Mark %(n)s as invalid", "Mark %(n)s as invalid", len(chosen)) % n
    else:
        title = ngettext("Keep %(n)s number?", "Keep %(n)s numbers?", len(chosen)) % n
        text = _("They leave this list, and come back only when something newer speaks against them.")
        button = ngettext("Keep %(n)s", "Keep %(n)s", len(chosen)) % n
    return {
        "act": name,
        "title": title,
        "text": text,
        "button": button,
        "danger": name == "mark",
        "chosen": [(phone, phones.show(phone)) for phone in chosen],
        "days": days,
        "back": back,
    }


def done(request: AccountRequest, account: Account, name: str, chosen: Collection[str], now: datetime) -> None:
    if name == "mark":
        n = wrong.mark_invalid(account=account, phones=chosen, by=request.user, at=now)
        text = ngettext("%(n)s member is marked.", "%(n)s members are marked.", n)
        if others := nobodys(account, chosen):  # nothing to mark, and looked at all the same
            wrong.dismiss(account=account, phones=others, by=request.user, at=now)
    else:
        n = wrong.dismiss(account=account, phones=chosen, by=request.user, at=now)
        text = ngettext("%(n)s number is kept.", "%(n)s numbers are kept.", n)
    messages.success(request, text % {"n": Count(n)})


def nobodys(account: Account, chosen: Collection[str]) -> list[str]:
    taken = set(Member.objects.of(account).filter(phone__in=list(chosen)).values_list("phone", flat=True))
    return [phone for phone in chosen if phone not in taken]
