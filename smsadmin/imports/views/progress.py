"""An import at work and its report: the dry run, then the run."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.imports import jobs
from smsadmin.imports.badges import badge
from smsadmin.imports.kinds import ImportKind
from smsadmin.imports.mapping import BadMapping
from smsadmin.imports.models import ImportJob, ImportProblem
from smsadmin.imports.tasks import wake
from smsadmin.imports.views.door import find, steps

SHOWN_PROBLEMS = 50
State = ImportJob.State


@require_safe
@permission("import_data")
def import_check(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    """The dry run: its progress, then what an import would do."""
    job, kind = find(account, pk)
    if job.state == State.UPLOADED:
        return redirect("import_mapping", account=account.slug, pk=job.pk)
    if job.state not in (State.CHECKING, State.CHECKED):
        return redirect("import_detail", account=account.slug, pk=job.pk)
    return show(request, "imports/check.html", job, kind, 3)


@require_safe
@permission("import_data")
def import_detail(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    """The run: its progress, then its report."""
    job, kind = find(account, pk)
    if job.state in (State.UPLOADED, State.CHECKING, State.CHECKED):
        return redirect("import_check", account=account.slug, pk=job.pk)
    return show(request, "imports/detail.html", job, kind, 4 if job.is_working else 5)


def show(request: AccountRequest, template: str, job: ImportJob, kind: ImportKind, current: int) -> HttpResponse:
    if request.htmx and not request.htmx.boosted:
        return poll(request, job)
    context = {
        "job": job,
        "badge": badge(job),
        "kind": kind,
        "steps": steps(),
        "current": current,
        **report(request, job, kind),
    }
    return render(request, template, context)


def poll(request: AccountRequest, job: ImportJob) -> HttpResponse:
    """The progress alone, every two seconds; once there is a report, the whole page."""
    response = render(request, "imports/_progress.html", {"job": job})
    if not job.is_working:
        response["HX-Refresh"] = "true"
    return response


def report(request: AccountRequest, job: ImportJob, kind: ImportKind) -> dict[str, Any]:
    if job.is_working:
        return {}
    labels = {field.name: field.label for field in kind.fields}
    after = request.GET.get("after", "")
    found = ImportProblem.objects.of(job)
    if after.isdecimal() and len(after) < 19:
        found = found.filter(line__gt=int(after))
    page = list(found[: SHOWN_PROBLEMS + 1])
    return {
        "reasons": [(labels.get(field, field), reason, n, line) for field, reason, n, line in job.reasons],
        "skips": sorted(job.skips.items(), key=lambda item: -item[1]),
        "problems": [(problem, labels.get(problem.field, problem.field)) for problem in page[:SHOWN_PROBLEMS]],
        "further": page[SHOWN_PROBLEMS - 1].line if len(page) > SHOWN_PROBLEMS else None,
        "is_first": not after,
    }


@require_POST
@permission("import_data")
def import_run(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    job, _kind = find(account, pk)
    try:
        wake(jobs.start_run(job=job, by=request.user, at=timezone.now()))
    except (jobs.NotNow, BadMapping) as error:
        messages.error(request, str(error))
    return redirect("import_detail", account=account.slug, pk=job.pk)


@require_POST
@permission("import_data")
def import_cancel(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    job, _kind = find(account, pk)
    try:
        jobs.cancel(job=job, by=request.user, at=timezone.now())
        messages.success(request, _("Stopped. What was read before is in; starting again repeats nothing."))
    except jobs.NotNow as error:
        messages.error(request, str(error))
    return redirect("import_detail", account=account.slug, pk=job.pk)
