"""Stop numbers by hand: one, or a list that is looked at before anything happens."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from blocklist import bulk, entries
from blocklist.forms import BlockForm, PasteForm
from blocklist.models import BlockEntry
from blocklist.policy import Scope
from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.imports.uploading import refused


@require_http_methods(["GET", "HEAD", "POST"])
@permission("add_blocks")
def block_new(request: AccountRequest, account: Account) -> HttpResponse:
    """One number: the form, then its entry."""
    form = BlockForm(request.POST or None, account=account, initial={"number": request.GET.get("number", "")})
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        stop, phone = form.stop(at), form.cleaned_data["number"]
        entry = entries.block(
            account=account, phone=phone, scope=Scope.ACCOUNT, until=stop.until, kind=stop.kind, note=stop.note,
            by=request.user, at=at,
        )  # fmt: skip
        messages.success(request, _("%(number)s is stopped.") % {"number": phones.show(phone)})
        return redirect("block", account=account.slug, pk=entry.pk)
    return render(request, "blocklist/new.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@permission("add_blocks")
def blocks_paste(request: AccountRequest, account: Account) -> HttpResponse:
    """A list of numbers: the form, then what would happen to each line."""
    form = PasteForm(request.POST or None, request.FILES or None, refused=refused(request))
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        origin = BlockEntry.Origin.IMPORT if form.cleaned_data.get("file") else BlockEntry.Origin.PERSON
        job = bulk.draft_block(
            account=account, lines=form.numbers, stop=form.stop(at, origin), source=form.source, by=request.user, at=at
        )
        return redirect("blocks_action", account=account.slug, pk=job.pk)
    return render(request, "blocklist/paste.html", {"form": form})
