"""What the block list can be filtered by. The names are those of the address: shared links rely on them."""

from datetime import timedelta
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blocklist.models import BlockEntry
from blocklist.models.entry import HOLDS_UNTIL, BlockEntryQuerySet
from blocklist.policy import SHIPPED, Scope
from smsadmin import phones
from smsadmin.accounts.models import Account
from smsadmin.listing.fields import PhoneFilter

Origin, State = BlockEntry.Origin, BlockEntry.State
ORIGINS = {origin.name.lower(): origin for origin in Origin}
WITHIN = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}
WITHIN_LABELS = [("1h", _("1 hour")), ("1d", _("1 day")), ("7d", _("7 days"))]
NO_CODE = "none"
BOXES = forms.CheckboxSelectMultiple(attrs={"class": "is-boxed"})


NOBODY = "-none"  # no account's slug begins so


class BlockFilter(filters.FilterSet):
    phone = PhoneFilter(
        label=_("Phone number"), method="by_phone", help_text=_("Any spelling; +3361* or *4711 for a part of it.")
    )
    state = filters.MultipleChoiceFilter(label=_("State"), method="by_state", choices=State.choices, widget=BOXES)
    reason = filters.MultipleChoiceFilter(label=_("Reason"), method="by_reason", choices=[], widget=BOXES)
    scope = filters.MultipleChoiceFilter(label=_("Scope"), method="by_scope", choices=Scope.choices, widget=BOXES)
    origin = filters.MultipleChoiceFilter(
        label=_("Origin"), method="by_origin", choices=[(o.name.lower(), o.label) for o in Origin], widget=BOXES
    )
    expires = filters.ChoiceFilter(
        label=_("Expires within"), method="by_end", choices=WITHIN_LABELS, empty_label=_("Any time")
    )

    class Meta:
        model = BlockEntry
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = timezone.now()
        self.form.fields["phone"].region = self.request.account.country
        self.form.fields["reason"].choices = [
            *((str(rule.code), f"{rule.reason} ({rule.code})") for rule in SHIPPED),
            (NO_CODE, _("By hand or imported")),
        ]

    def by_phone(self, queryset: BlockEntryQuerySet, name: str, value: phones.PhoneSearch) -> QuerySet:
        return queryset.to_phone(value)

    def by_state(self, queryset: BlockEntryQuerySet, name: str, value: list[str]) -> QuerySet:
        if len(value) == 1:
            return self.in_state(queryset, value[0])
        if len(value) == len(State):
            return queryset
        wanted = Q(pk__in=[])
        holds = Q(ended_at=None, holds_until__gt=self.now)
        if State.ACTIVE in value:
            wanted |= holds
        if State.LIFTED in value:
            wanted |= Q(lifted_at__isnull=False)
        if State.EXPIRED in value:
            wanted |= Q(lifted_at=None) & ~holds
        return queryset.alias(holds_until=HOLDS_UNTIL).filter(wanted)

    def in_state(self, queryset: BlockEntryQuerySet, state: str) -> QuerySet:
        match state:
            case State.ACTIVE:
                return queryset.holding(self.now)
            case State.LIFTED:
                return queryset.lifted()
            case _:
                return queryset.over(self.now)

    def by_reason(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        codes = [int(choice) for choice in value if choice != NO_CODE]
        return (
            queryset.filter(Q(code__in=codes) | Q(code=None)) if NO_CODE in value else queryset.filter(code__in=codes)
        )

    def by_scope(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        return queryset if len(value) == len(Scope) else queryset.filter(account__isnull=value == [Scope.GLOBAL])

    def by_origin(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        return queryset.filter(origin__in=[ORIGINS[choice] for choice in value])

    def by_end(self, queryset: BlockEntryQuerySet, name: str, value: str) -> QuerySet:
        holding: QuerySet[Any] = queryset.holding(self.now)
        return holding.filter(holds_until__lte=self.now + WITHIN[value])


class EverywhereFilter(BlockFilter):
    """The operators' list also asks whose message or person caused it."""

    account = filters.ChoiceFilter(label=_("Account"), method="by_account", choices=[], empty_label=_("All accounts"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = Account.objects.order_by("name", "pk").values_list("slug", "name")
        self.form.fields["account"].choices = [("", _("All accounts")), *accounts, (NOBODY, _("No account"))]

    def by_account(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == NOBODY:
            return queryset.filter(source_account_id=None)
        return queryset.filter(source_account_id__in=Account.objects.filter(slug=value).values("pk"))
