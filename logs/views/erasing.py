"""Erasing a member: what goes and what stays, then it is done."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from logs.erasing import BeingSent, erase, reach
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member

WORD = "erase"


@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_settings")
def member_erase(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    member = Member.objects.of(account).filter(pk=pk).first()
    if member is None:
        raise Http404("no such member")
    member.account = account
    wrong = request.method == "POST" and request.POST.get("word", "").strip().lower() != WORD
    if request.method != "POST" or wrong:
        context = {"member": member, "reach": reach(member), "word": WORD, "wrong": wrong}
        return render(request, "members/erase.html", context)
    try:
        erase(member=member, by=request.user, at=timezone.now())
    except BeingSent as error:
        messages.error(request, str(error))
        return redirect("member", account=account.slug, pk=pk)
    messages.success(request, _("The person is erased. What was counted of their messages stays."))
    return redirect("members", account=account.slug)
