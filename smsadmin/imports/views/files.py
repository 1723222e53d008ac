"""The list of imports, and bringing a new file."""

from pathlib import Path

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.imports import jobs
from smsadmin.imports.badges import badge
from smsadmin.imports.forms import NewImportForm
from smsadmin.imports.kinds import all_kinds
from smsadmin.imports.models import ImportJob, ImportPreset
from smsadmin.imports.sniffing import UnreadableFile
from smsadmin.imports.uploading import refused
from smsadmin.imports.views.door import steps

PAGE = 50


@require_safe
@permission("import_data")
def imports(request: AccountRequest, account: Account) -> HttpResponse:
    before = request.GET.get("before", "")
    found = ImportJob.objects.of(account).select_related("by").order_by("-pk")
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    page = list(found[: PAGE + 1])
    context = {
        "jobs": [(job, badge(job)) for job in page[:PAGE]],
        "older": page[PAGE - 1].pk if len(page) > PAGE else None,
        "kinds": {key: kind.label for key, kind in all_kinds().items()},
        "presets": list(ImportPreset.objects.of(account)),
    }
    return render(request, "imports/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("import_data")
def import_new(request: AccountRequest, account: Account) -> HttpResponse:
    form = NewImportForm(request.POST or None, request.FILES or None, account=account, refused=refused(request))
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            job = jobs.accept(
                account=account,
                source=Path(upload.temporary_file_path()),
                name=upload.name,
                by=request.user,
                at=timezone.now(),
                **form.chosen,
            )
        except (UnreadableFile, jobs.FileTooLarge) as error:
            form.add_error("file", str(error))
        else:
            return redirect("import_mapping", account=account.slug, pk=job.pk)
    return render(request, "imports/new.html", {"form": form, "steps": steps(), "current": 1})
