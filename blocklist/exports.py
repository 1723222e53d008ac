"""The block list as a file: the page's filters, the page's rows, without the account that caused what others see."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, DateTimeField, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Now
from django.utils.translation import gettext_lazy

from blocklist.filters import BlockFilter, EverywhereFilter
from blocklist.models import MARKETING, BlockEntry
from blocklist.models.entry import BlockEntryQuerySet
from blocklist.policy import SHIPPED
from blocklist.seeing import in_period
from smsadmin.accounts.access import Access
from smsadmin.accounts.models import Account
from smsadmin.exports.kinds import Column, Form
from smsadmin.exports.lists import ListExport
from smsadmin.listing.period import Period

Origin = BlockEntry.Origin


class BlockExport(ListExport):
    name = "blocks"
    label = gettext_lazy("Block list")
    permission = "view_members"
    filterset_class = BlockFilter
    default_days = None

    def scope(self, account: Account) -> BlockEntryQuerySet:
        return BlockEntry.objects.stopping().visible_to(account)

    def in_period(self, queryset: Any, period: Period) -> Any:
        return in_period(queryset, period)

    def columns(self, account: Account, access: Access) -> tuple[Column, ...]:
        own = self.own
        return (
            Column("number", Form.PHONE, "phone"),
            Column("reason", Form.PLAIN, reason()),
            Column("code", Form.NUMBER, "code"),
            Column("intercepted", Form.MOMENT, "intercepted_at"),
            Column("expires", Form.MOMENT, "expires_at"),
            Column("state", Form.PLAIN, state()),
            Column("scope", Form.PLAIN, "scope"),
            Column("stops", Form.PLAIN, words("kind", {MARKETING: "marketing"}, "everything")),
            Column("origin", Form.PLAIN, words("origin", {o.value: o.name.lower() for o in Origin})),
            self.cause(account),
            Column("times_seen", Form.NUMBER, "times"),
            Column("last_seen", Form.MOMENT, own(account, "seen_at")),
            Column("note", Form.TEXT, own(account, "note")),
            Column("by", Form.TEXT, own(account, "by_name")),
            Column("lifted", Form.MOMENT, "lifted_at"),
            Column("lifted_by", Form.TEXT, own(account, "lifted_by_name")),
            Column("lifted_because", Form.TEXT, own(account, "lift_reason")),
        )

    def cause(self, account: Account) -> Column:
        ours = Q(source_account_id=account.pk)
        return Column("caused_by_this_account", Form.PLAIN, Case(When(ours, then=Value("yes")), default=Value("no")))

    def own(self, account: Account, name: str) -> Any:
        """The field where this account caused the entry, else nothing."""
        field = BlockEntry._meta.get_field(name)
        if isinstance(field, DateTimeField):
            return Case(When(source_account_id=account.pk, then=F(name)), output_field=DateTimeField())
        return Case(When(source_account_id=account.pk, then=F(name)), default=Value(""), output_field=CharField())


class EverywhereExport(BlockExport):
    """The operators' list, with the account that caused each."""

    name = "all_blocks"
    label = gettext_lazy("Block list of all accounts")
    permission = "see_all_accounts"
    of_all_accounts = True
    filterset_class = EverywhereFilter

    def scope(self, account: Account) -> BlockEntryQuerySet:
        return BlockEntry.objects.stopping()

    def cause(self, account: Account) -> Column:
        name = Account.objects.filter(pk=OuterRef("source_account_id")).values("name")
        return Column("caused_by", Form.TEXT, Coalesce(Subquery(name), Value("")))

    def own(self, account: Account, name: str) -> Any:
        return name


def words(field: str, names: dict[int, str], default: str = "") -> Case:
    return Case(*(When(**{field: value}, then=Value(name)) for value, name in names.items()), default=Value(default))


def reason() -> Case:
    return Case(
        *(When(code=rule.code, origin=Origin.POLICY, then=Value(str(rule.reason))) for rule in SHIPPED),
        default=Value("by hand"),
    )


def state() -> Case:
    """BlockEntry.state, at the moment of the file."""
    return Case(
        When(lifted_at__isnull=False, then=Value("lifted")),
        When(Q(ended_at__isnull=False) | Q(expires_at__lte=Cast(Now(), DateTimeField())), then=Value("expired")),
        default=Value("stopped"),
    )
