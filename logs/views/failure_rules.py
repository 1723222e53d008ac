"""The policy: what follows from each failure code, what a change would have done, and how soon numbers recover."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from blocklist import rules, spans, telling
from blocklist.policy import Rule
from logs import failure_history, simulating
from logs.failure_history import History
from logs.policy_forms import PolicyForm
from logs.simulating import Effect
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.listing.counts import Count
from smsadmin.listing.patience import TooSlow


@require_http_methods(["GET", "HEAD", "POST"])
@permission("view_members")
def failure_rules(request: AccountRequest, account: Account) -> HttpResponse:
    """``act``: try (nothing is saved) or save, for operators; everybody else reads."""
    is_operator, now, policy = request.user.is_superuser, timezone.now(), rules.in_force()
    if request.method == "POST" and not is_operator:
        raise PermissionDenied
    form = PolicyForm(request.POST if request.method == "POST" else None, rules=policy)
    is_sound = request.method == "POST" and form.is_valid()
    if is_sound and request.POST.get("act") == "save":
        save(request, form, now)
        return redirect("failure_rules", account=account.slug)
    history, whose = measured(account, is_operator, now)
    context: dict[str, Any] = {
        "form": form,
        "lines": lines(form, policy, history, now),
        "is_operator": is_operator,
        "whose": whose,
        "history": history,
        "days": failure_history.DAYS,
    }
    if is_sound and history:
        context["trial"] = trial(history, policy, form.wanted(), now)
    return render(request, "blocklist/failure_rules.html", context)


def save(request: AccountRequest, form: PolicyForm, now: datetime) -> None:
    changes = rules.change(wanted=form.wanted().values(), by=request.user, at=now)
    if not changes:
        messages.info(request, _("Nothing was changed."))
        return
    said = ngettext("%(n)d rule is changed.", "%(n)d rules are changed.", len(changes)) % {"n": len(changes)}
    messages.success(request, said + " " + _("It holds for failures from now on; entries that are there stay."))


def measured(account: Account, is_operator: bool, now: datetime) -> tuple[History | None, str]:
    """What was sent to numbers that failed, and whose it is: of all accounts for operators, as far as that can be read
    in time, else of this one."""
    if is_operator:
        try:
            everybody = list(Account.objects.values_list("pk", flat=True))
            return failure_history.load(everybody, now=now), _("all accounts")
        except TooSlow:
            pass
    try:
        return failure_history.load([account.pk], now=now), account.name
    except TooSlow:
        return None, account.name


def lines(form: PolicyForm, policy: Mapping[int, Rule], history: History | None, now: datetime) -> list[dict[str, Any]]:
    found = simulating.recovery(history.sends, now=now) if history else {}
    return [
        {
            **line,
            "code": line["rule"].code,
            "shown": shown(policy[line["rule"].code]),
            "recovery": found.get(line["rule"].code, [simulating.Share(0, 0)] * len(simulating.WINDOWS)),
        }
        for line in form.lines()
    ]


def shown(rule: Rule) -> dict[str, Any]:
    """A rule in words."""
    return {
        "seconds": spans.show(rule.seconds) if rule.seconds else _("not stopped"),
        "scope": {"global": _("all accounts"), "account": _("its account")}.get(rule.scope or "", "–"),
        "delete": _("yes") if rule.user_may_delete else _("no"),
        "step": _("yes") if rule.step_up else _("no"),
        "longest": spans.show(rule.longest) if rule.longest is not None else "–",
    }


# ---- the simulator


def trial(history: History, before: Mapping[int, Rule], after: Mapping[int, Rule], now: datetime) -> dict[str, Any]:
    """Both policies over the last days, side by side."""
    since = now - timedelta(days=failure_history.DAYS)
    sends = [sent for sent in history.sends if sent.at >= since]
    effects = [simulating.simulate(sends, policy, now=now) for policy in (before, after)]
    changed = [code for code in before if rules.differences(before[code], after[code])]
    return {
        "rows": rows(*effects),
        "changes": [changed_words(before[code], after[code]) for code in changed],
        "effect": effects[1],
        "avoided": effects[1].stopped - effects[1].delivered,
        "sends": Count(len(sends)),
    }


def rows(now: Effect, then: Effect) -> list[tuple[str, Any, Any]]:
    return [
        (_("Numbers stopped"), Count(now.numbers), Count(then.numbers)),
        (_("Median stop"), lasting(now.median_rest), lasting(then.median_rest)),
        (_("The longest stop"), lasting(now.longest_rest), lasting(then.longest_rest)),
        (_("Sends stopped"), Count(now.stopped), Count(then.stopped)),
        (_("Of these, had in fact been delivered"), Count(now.delivered), Count(then.delivered)),
    ]


def lasting(span: timedelta) -> str:
    return telling.length(span) if span else "–"


NAMES = {
    "seconds": gettext_lazy("stop for"),
    "scope": gettext_lazy("holds for"),
    "delete": gettext_lazy("users may lift"),
    "step": gettext_lazy("doubles"),
    "longest": gettext_lazy("at most"),
}  # of what `shown` says


def changed_words(before: Rule, after: Rule) -> str:
    one, other = shown(before), shown(after)
    words = [f"{NAMES[name]} {one[name]} → {other[name]}" for name in one if one[name] != other[name]]
    return f"{before.reason} ({before.code}): {', '.join(words)}"
