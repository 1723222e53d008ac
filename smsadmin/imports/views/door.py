"""The one way from an address to an import."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account
from smsadmin.imports.kinds import ImportKind, all_kinds
from smsadmin.imports.models import ImportJob

STEPS = (_("File"), _("Columns"), _("Check"), _("Import"))


def find(account: Account, pk: int) -> tuple[ImportJob, ImportKind]:
    """Http404 for another account's import, and for one of a kind that this installation no longer has."""
    job = get_object_or_404(ImportJob.objects.of(account).select_related("by"), pk=pk)
    job.account = account
    kind = all_kinds().get(job.kind)
    if kind is None:
        raise Http404("no such kind")
    return job, kind


def steps() -> list[dict[str, object]]:
    return [{"label": label} for label in STEPS]
