"""What the member list can be filtered by. The names are those of the address: shared links rely on them."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from logs.filters import WordsFilter, give_boxes
from logs.querysets import prefixes
from smsadmin import phones
from smsadmin.listing.counts import BOUND
from smsadmin.listing.fields import PhoneFilter
from smsadmin.members.models import Member, MemberQuerySet

Validity = Member.NumberValidity


class MemberFilter(filters.FilterSet):
    q = WordsFilter(label=_("Name, external id or e-mail"), method="by_words")
    phone = PhoneFilter(
        label=_("Phone number"), method="by_phone", help_text=_("Any spelling; +3361* or *4711 for a part of it.")
    )
    tag = filters.CharFilter(
        label=_("Tag"),
        method="by_tag",
        max_length=50,
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
    )
    number = filters.MultipleChoiceFilter(
        label=_("Number"), method="by_validity", choices=[(value.name.lower(), value.label) for value in Validity]
    )

    class Meta:
        model = Member
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        give_boxes(self.form)
        self.form.fields["phone"].region = self.request.account.country

    @property
    def words(self) -> str:
        """The words asked for. The page adds them itself, since it chooses between two plans by the count."""
        return self.form.cleaned_data.get("q") or ""

    def by_words(self, queryset: MemberQuerySet, name: str, value: str) -> QuerySet:
        return queryset

    def by_phone(self, queryset: MemberQuerySet, name: str, value: phones.PhoneSearch) -> QuerySet:
        return queryset.matching_phone(value)

    def by_tag(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(tags__contains=[value])

    def by_validity(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        return queryset.filter(
            number_validity__in=[validity.value for validity in Validity if validity.name.lower() in value]
        )


def tsquery(text: str) -> str:
    """All these words, or words that begin so, as PostgreSQL writes them."""
    return prefixes(text.replace("-", " "))


def ids_with_words(members: MemberQuerySet, text: str) -> list[int]:
    """Members whose name, external id or e-mail hold all these words: as many ids as a count goes to, and one more.

    In no order, and many at once: asked for a page of them, the planner would rather walk all members until the page
    is full.
    """
    return list(members.with_words(tsquery(text)).values_list("pk", flat=True)[: BOUND + 1])
