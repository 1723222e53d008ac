"""The block list: which numbers rest, why, and until when."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from blocklist import rights, rules, seeing
from blocklist.filters import BlockFilter
from blocklist.models import BlockEntry
from blocklist.tables import BlockTable
from smsadmin.accounts.access import AccountRequest
from smsadmin.accounts.models import Account
from smsadmin.listing import counts, keyset
from smsadmin.listing.period import Period
from smsadmin.listing.views import ListingView
from smsadmin.members.models import Member


class BlockList(ListingView):
    permission = "view_members"
    queryset = BlockEntry.objects.all()
    filterset_class = BlockFilter
    table_class = BlockTable
    template_name = "blocklist/list.html"
    noun = gettext_lazy("entries")
    key = int
    default_days = None

    def scope(self) -> QuerySet:
        return BlockEntry.objects.stopping().visible_to(self.account)

    def in_period(self, queryset: QuerySet, period: Period) -> QuerySet:
        return seeing.in_period(queryset, period)

    def select(self, queryset: QuerySet, period: Period) -> tuple[QuerySet, counts.Count]:
        """By parts: what a page can show, by ids, out of each."""
        parts, count = seeing.gathered(seeing.parts(self.request, period))
        cursor = keyset.Cursor.read(self.request.GET, self.key)
        return seeing.near(parts, cursor, ascending=self.ascending, size=self.page_size), count

    def attach(self, rows: list[Any]) -> None:
        attach(self.request, self.account, rows)

    def context(self) -> dict[str, Any]:
        holding = counts.bounded(BlockEntry.objects.stopping().own(self.account).holding(timezone.now()))
        return {**super().context(), "holding": holding, "section": "entries"}


def attach(request: AccountRequest, account: Account, rows: list[Any]) -> None:
    """The members with the numbers, and what this person may do: so many queries, whatever the number of rows."""
    at, policy = timezone.now(), rules.in_force()
    names: defaultdict[str, list[str]] = defaultdict(list)
    numbers = {row.phone for row in rows}
    for member in Member.objects.filter(account=account, phone__in=numbers).order_by("pk"):
        names[member.phone].append(str(member))
    for row in rows:
        row.at, row.members = at, names[row.phone]
        row.button = rights.button(
            row, account=account, access=request.access, is_operator=request.user.is_superuser, policy=policy, at=at
        )
