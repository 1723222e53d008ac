"""The one way from an address to an export."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from smsadmin.accounts.access import AccountRequest
from smsadmin.accounts.models import Account
from smsadmin.exports.access import seen_by
from smsadmin.exports.kinds import ExportKind, all_kinds
from smsadmin.exports.models import Export


def find(request: AccountRequest, account: Account, pk: int) -> tuple[Export, ExportKind]:
    """Http404 for another account's export, for one that this person may not know of, and for one of a kind that this
    installation no longer has."""
    export = get_object_or_404(seen_by(request.access, account).select_related("by"), pk=pk)
    export.account = account
    kind = all_kinds().get(export.kind)
    if kind is None:
        raise Http404("no such kind")
    return export, kind
