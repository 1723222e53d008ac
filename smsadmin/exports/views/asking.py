"""Asking for a file, taking it, and no longer wanting it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.exports import jobs, running
from smsadmin.exports.access import may_ask, may_take
from smsadmin.exports.kinds import BadParams, Params, all_kinds
from smsadmin.exports.models import Export
from smsadmin.exports.tasks import wake
from smsadmin.exports.views.door import find

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_POST
@permission("export_data")
def export_new(request: AccountRequest, account: Account) -> HttpResponseBase:
    """From the button of a list: ``kind``, ``format``, and the list's ``query``. A small CSV is the answer itself; else
    the answer is the page that shows how far the file is."""
    kind = all_kinds().get(request.POST.get("kind", ""))
    if kind is None:
        messages.error(request, _("There is nothing of that kind to download."))
        return redirect("exports", account=account.slug)
    if not may_ask(request.access, kind):
        raise PermissionDenied
    try:
        export = jobs.start(
            account=account,
            kind=kind.name,
            params=params_of(request.POST.get("query", "")),
            format=request.POST.get("format", ""),
            by=request.user,
            at=timezone.now(),
        )
    except (BadParams, jobs.NotNow) as error:
        messages.error(request, str(error))
        return redirect("exports", account=account.slug)
    if jobs.is_small(export):
        export = running.write_now(export=export)
        if export.is_ready:
            return served(request, export)
    if export.is_working:
        wake(export)
    return redirect("export", account=account.slug, pk=export.pk)


def params_of(query: str) -> Params:
    return {name: values for name, values in QueryDict(query.removeprefix("?")).lists() if any(values)}


@require_safe
@permission("export_data")
def export_download(request: AccountRequest, account: Account, pk: int) -> HttpResponseBase:
    export, kind = find(request, account, pk)
    if not may_take(request.access, export, kind):
        raise PermissionDenied
    if not export.is_ready:
        messages.error(request, _("There is no file to download here."))
        return redirect("export", account=account.slug, pk=export.pk)
    return served(request, export)


def served(request: AccountRequest, export: Export) -> HttpResponseBase:
    """The file, and the line in the audit log."""
    try:
        file = export.path.open("rb")
    except FileNotFoundError:
        messages.error(request, _("The file is gone from our disk. Ask for it again."))
        return redirect("export", account=export.account.slug, pk=export.pk)
    jobs.note_download(export=export, by=request.user, at=timezone.now())
    response = FileResponse(
        file, as_attachment=True, filename=name_of(export), content_type=CONTENT_TYPES[export.format]
    )
    response["Cache-Control"] = "private, no-store"
    return response


def name_of(export: Export) -> str:
    """``coffee-club-messages-2026-03-10-17.csv``: letters, digits and hyphens, whatever the filters say."""
    day = export.account.local(export.made_at).date().isoformat()
    return f"{export.account.slug}-{export.kind.replace('_', '-')}-{day}-{export.pk}.{export.format}"


@require_POST
@permission("export_data")
def export_cancel(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    export, kind = find(request, account, pk)
    if not may_ask(request.access, kind):
        raise PermissionDenied
    try:
        jobs.cancel(export=export, by=request.user, at=timezone.now())
        messages.success(request, _("Canceled. What was written of the file is deleted."))
    except jobs.NotNow as error:
        messages.error(request, str(error))
    return redirect("export", account=account.slug, pk=export.pk)
