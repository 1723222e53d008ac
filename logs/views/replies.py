"""Replies: what people wrote back, and what that did (E6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy

from consent.models import DeskItem
from logs.models import ProviderAccount, Reply, Template
from logs.reply_filters import ReplyFilter
from logs.reply_tables import ReplyTable
from smsadmin.accounts.models import Account
from smsadmin.listing import keyset
from smsadmin.listing.views import ListingView
from smsadmin.members.models import Member


class ReplyList(ListingView):
    permission = "view_messages"
    queryset = Reply.objects.defer("raw")
    filterset_class = ReplyFilter
    table_class = ReplyTable
    template_name = "replies/list.html"
    noun = gettext_lazy("replies")
    key = keyset.Place.read
    moment = "received_at"

    def attach(self, rows: list[Any]) -> None:
        attach(self.account, rows)


def attach(account: Account, rows: Sequence[Any]) -> None:
    """Load what replies refer to, one query a table, each within the account."""
    members = by_key(account, Member, [row.member_id for row in rows])
    templates = by_key(account, Template, [row.template_id for row in rows])
    providers = by_key(account, ProviderAccount, [row.provider_account_id for row in rows])
    items = {
        item.reply_id: item for item in DeskItem.objects.filter(account=account, reply_id__in=[row.pk for row in rows])
    }
    for row in rows:
        row.member = members.get(row.member_id)
        row.template = templates.get(row.template_id)
        row.provider = providers.get(row.provider_account_id)
        row.item = items.get(row.pk)


def by_key(account: Account, model: type[Model], keys: Iterable[Any]) -> dict[Any, Any]:
    return model._default_manager.filter(account=account, pk__in=sorted({key for key in keys if key})).in_bulk()
