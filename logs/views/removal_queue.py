"""The operators' queue: what any account asked to be lifted, oldest first, with a test SMS and its receipt.

It stands inside whatever account the operator is in, as every page does, and shows those of all accounts: nobody but
operators may open it.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from blocklist import requests, telling
from blocklist.models import BlockEntry, RemovalRequest
from blocklist.views.removal import BADGES
from logs import removal_tests
from logs.advice import explain
from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account, User
from smsadmin.listing import counts

AT_ONCE, ANSWERED = 25, 10


class AnswerForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The account’s people read it. Name no other account."),
    )


class TestForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Test SMS"), max_length=removal_tests.LONGEST_TEXT, initial=removal_tests.default_text
    )


@require_http_methods(["GET", "HEAD", "POST"])
@permission("lift_blocks")
def removal_queue(request: AccountRequest, account: Account) -> HttpResponse:
    """``act`` (accept, refuse, test) on ``request``; what is wrong is shown at its fields."""
    if not request.user.is_superuser:
        raise PermissionDenied
    wrong: dict[int, dict[str, Any]] = {}
    if request.method == "POST":
        row = find(request.POST.get("request", ""))
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Http404("no such act")
        form = act(request.POST, row, request.user, request)
        if form is None:
            return redirect("removal_queue", account=account.slug)
        wrong[row.pk] = form
    waiting = RemovalRequest.objects.waiting().select_related("entry", "account")
    answered = RemovalRequest.objects.filter(decided_at__isnull=False).select_related("entry", "account")
    context = {
        "rows": [shown(row, wrong.get(row.pk, {})) for row in waiting.order_by("pk")[:AT_ONCE]],
        "waiting": counts.bounded(RemovalRequest.objects.waiting()),
        "answered": [shown(row, {}) for row in answered.order_by("-pk")[:ANSWERED]],
        "at_once": AT_ONCE,
    }
    return render(request, "blocklist/removal_queue.html", context)


def find(key: str) -> RemovalRequest:
    found = RemovalRequest.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
    if found is None:
        raise Http404("no such request")
    return found


def shown(row: RemovalRequest, forms_of: dict[str, Any]) -> dict[str, Any]:
    """For operators, who see whose failure it was."""
    entry, at = row.entry, timezone.now()
    source = Account.objects.filter(pk=entry.source_account_id or 0).values_list("name", flat=True).first()
    state, test = RemovalRequest.State(row.state), removal_tests.message_of(row)
    return {
        "row": row,
        "phone": phones.show(entry.phone),
        "reason": telling.reason(entry),
        "detail": telling.reason_detail(entry),
        "scope": telling.scope(entry),
        "source": source or _("an operator"),
        "since": telling.stamp(entry.intercepted_at),
        "until": telling.stamp(entry.expires_at) if entry.expires_at else _("for ever"),
        "is_over": entry.state(at) is not BlockEntry.State.ACTIVE,
        "filed": telling.stamp(row.filed_at),
        "decided": telling.stamp(row.decided_at) if row.decided_at else "",
        "badge": {**BADGES[state], "label": state.label},
        "test": test,
        "tested": telling.stamp(row.tested_at) if row.tested_at else "",
        "explanation": explain(test.state) if test else None,
        "answer_form": forms_of.get("answer") or AnswerForm(auto_id=f"answer_{row.pk}_%s"),
        "test_form": forms_of.get("test") or TestForm(auto_id=f"test_{row.pk}_%s"),
    }


# ---- acts: None where it was done, else the form that says what is wrong


def answer(accept: bool) -> Any:
    def act(data: Any, row: RemovalRequest, by: User, request: AccountRequest) -> dict[str, Any] | None:
        form = AnswerForm(data, auto_id=f"answer_{row.pk}_%s")
        if not form.is_valid():
            return {"answer": form}
        try:
            requests.decide(pk=row.pk, accept=accept, note=form.cleaned_data["note"], by=by, at=timezone.now())
        except requests.NotOpen as error:
            messages.info(request, str(error))
        else:
            said = _("Accepted: the number can be texted again.") if accept else _("Refused. The number stays stopped.")
            messages.success(request, said)
        return None

    return act


def test(data: Any, row: RemovalRequest, by: User, request: AccountRequest) -> dict[str, Any] | None:
    form = TestForm(data, auto_id=f"test_{row.pk}_%s")
    if not form.is_valid():
        return {"test": form}
    try:
        sent = removal_tests.send_test(request=row, text=form.cleaned_data["text"], by=by, at=timezone.now())
    except requests.NotOpen as error:
        messages.info(request, str(error))
        return None
    if sent.state.outcome.is_final:
        messages.warning(request, _("The test was not sent. %(why)s") % {"why": sent.sentence})
    else:
        messages.success(request, _("The test is on its way. Its receipt shows below the request."))
    return None


ACTS = {"accept": answer(True), "refuse": answer(False), "test": test}
