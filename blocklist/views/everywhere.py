"""The operators' list: the entries of all accounts, and which of them caused each.

It stands inside whatever account the operator is in, as every page does: nobody but operators may open it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from blocklist import rights, rules
from blocklist.filters import EverywhereFilter
from blocklist.models import BlockEntry
from blocklist.tables import EverywhereTable
from blocklist.views.listing import BlockList
from smsadmin.accounts.models import Account
from smsadmin.listing import counts, keyset
from smsadmin.listing.period import Period
from smsadmin.listing.views import ListingView


class AllBlocks(BlockList):
    permission = "see_all_accounts"
    filterset_class = EverywhereFilter
    table_class = EverywhereTable
    template_name = "blocklist/everywhere.html"

    def scope(self) -> QuerySet:
        return BlockEntry.objects.stopping()

    def select(self, queryset: QuerySet, period: Period) -> tuple[QuerySet, counts.Count]:
        """Few are found by their conditions and then sorted; very many are met soon by walking the list."""
        count = counts.bounded(queryset)
        return (keyset.gathered(queryset) if count.is_exact else queryset), count

    def attach(self, rows: list[Any]) -> None:
        """Whose each is, by one query, and that an operator may lift those that hold."""
        at, policy = timezone.now(), rules.in_force()
        whose = sources(rows)
        for row in rows:
            row.at, row.source = at, whose.get(row.source_account_id)
            row.button = rights.button(
                row, account=self.account, access=self.request.access, is_operator=True, policy=policy, at=at
            )

    def context(self) -> dict[str, Any]:
        return {**ListingView.context(self), "section": "everywhere"}


def sources(entries: Iterable[BlockEntry]) -> dict[int | None, Account]:
    """The accounts that caused these."""
    found: dict[int | None, Account] = {
        account.pk: account for account in Account.objects.filter(pk__in={entry.source_account_id for entry in entries})
    }
    return found
