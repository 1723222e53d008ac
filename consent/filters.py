"""What the SMS Status report can be filtered by. The names are those of the address: shared links rely on them."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from consent.models import ConsentRow
from consent.vocabulary import Source, Status
from smsadmin.listing.fields import PhoneFilter
from smsadmin.members import by_phone
from smsadmin.members.models import Member
from smsadmin.phones import PhoneSearch

STATUSES = {status.name.lower().replace("_", "-"): status for status in Status}
SLUGS = {status: slug for slug, status in STATUSES.items()}
RARE = 5_000  # members with a tag
SOURCES = {source.name.lower(): source for source in Source}


class ConsentFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(
        label=_("Status"), method="by_status", choices=[(slug, status.label) for slug, status in STATUSES.items()]
    )
    source = filters.MultipleChoiceFilter(
        label=_("Source"), method="by_source", choices=[(slug, source.label) for slug, source in SOURCES.items()]
    )
    phone = PhoneFilter(
        label=_("Phone number"), method="by_phone", help_text=_("Any spelling; +3361* or *4711 for a part of it.")
    )
    tag = filters.CharFilter(
        label=_("Tag of a member with the number"),
        method="by_tag",
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = ConsentRow
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.fields["phone"].region = self.request.account.country

    def by_status(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        return queryset.filter(status__in=[STATUSES[slug] for slug in value])

    def by_source(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        return queryset.filter(source__in=[SOURCES[slug] for slug in value])

    def by_phone(self, queryset: QuerySet, name: str, value: PhoneSearch) -> QuerySet:
        return by_phone.matching(queryset, value)

    def by_tag(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Of a rare tag the rows are looked up first, by number: the planner would rather walk the list to its end for
        a few of them. Of a common one, a page is full soon."""
        account = self.request.account
        tagged = Member.objects.of(account).filter(tags__contains=[value]).exclude(phone="").values("phone")
        phones = [row["phone"] for row in tagged[: RARE + 1]]
        if len(phones) > RARE:
            return queryset.filter(phone__in=tagged)
        rows = ConsentRow.objects.filter(account=account).extra(where=["phone = ANY(%s::text[])"], params=[phones])
        ids = list(rows.values_list("pk", flat=True))
        return queryset.extra(where=["consent_status.since_id = ANY(%s::uuid[])"], params=[ids])
