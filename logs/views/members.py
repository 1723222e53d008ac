"""Members: the list of the people that an account texts."""

from __future__ import annotations

from typing import Any, cast

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from logs import history
from logs.member_filters import MemberFilter, ids_with_words, tsquery
from logs.member_tables import MemberTable
from smsadmin.accounts.models import Account
from smsadmin.listing import counts
from smsadmin.listing.period import Period
from smsadmin.listing.views import ListingView
from smsadmin.members.models import Member, MemberQuerySet

TAGS_LOOKED_AT = 2000  # of the newest members, to suggest tags


class MemberList(ListingView):
    permission = "view_members"
    queryset = Member.objects.all()
    filterset_class = MemberFilter
    table_class = MemberTable
    template_name = "members/member_list.html"
    noun = gettext_lazy("members")
    key = int
    default_days = None
    has_period = False

    def select(self, queryset: QuerySet, period: Period) -> tuple[QuerySet, counts.Count]:
        """Words: found by their index; where they are very many members', by walking the list."""
        words = cast("MemberFilter", self.filterset).words
        if not words:
            return super().select(queryset, period)
        members = cast("MemberQuerySet", queryset)
        ids = ids_with_words(members, words)
        if len(ids) > counts.BOUND:
            return members.with_common_words(tsquery(words)), counts.Count(counts.BOUND, "at least")
        return self.scope().filter(pk__in=ids), counts.Count(len(ids))

    def attach(self, rows: list[Any]) -> None:
        latest = history.latest_of(rows, self.account)
        for row in rows:
            row.last = latest.get(row.pk)

    def context(self) -> dict[str, Any]:
        return {**super().context(), "known_tags": known_tags(self.account)}


def known_tags(account: Account) -> list[str]:
    """Tags to suggest: those of the newest members, so that the cost has a bound."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT unnest(tags) AS tag FROM "
            "(SELECT tags FROM members_member WHERE account_id = %s ORDER BY id DESC LIMIT %s) AS newest "
            "ORDER BY tag LIMIT 50",
            [account.pk, TAGS_LOOKED_AT],
        )
        return [tag for (tag,) in cursor.fetchall()]
