"""The operators' list: the entries of all accounts, and which of them caused each.

It stands inside whatever account the operator is in, as every page does: nobody but operators may open it.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from blocklist import seeing
from blocklist.filters import EverywhereFilter
from blocklist.models import BlockEntry
from blocklist.tables import EverywhereTable
from blocklist.views.listing import BlockList
from smsadmin.accounts.access import AccountRequest
from smsadmin.accounts.models import Account
from smsadmin.listing import counts, keyset
from smsadmin.listing.period import Period
from smsadmin.listing.views import ListingView


class AllBlocks(BlockList):
    filterset_class = EverywhereFilter
    table_class = EverywhereTable
    template_name = "blocklist/everywhere.html"

    def get(self, request: AccountRequest, account: Account) -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied
        return super().get(request, account)

    def scope(self) -> QuerySet:
        return BlockEntry.objects.stopping()

    def in_period(self, queryset: QuerySet, period: Period) -> QuerySet:
        return seeing.in_period(queryset, period)

    def select(self, queryset: QuerySet, period: Period) -> tuple[QuerySet, counts.Count]:
        """Few are found by their conditions and then sorted; very many are met soon by walking the list."""
        count = counts.bounded(queryset)
        return (keyset.gathered(queryset) if count.is_exact else queryset), count

    def attach(self, rows: list[Any]) -> None:
        """Whose each is, by one query."""
        at = timezone.now()
        found = Account.objects.in_bulk({row.source_account_id for row in rows if row.source_account_id})
        for row in rows:
            row.at, row.source = at, found.get(row.source_account_id)

    def context(self) -> dict[str, Any]:
        return {**ListingView.context(self), "section": "everywhere"}
