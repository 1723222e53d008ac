"""What the replies can be filtered by (E6). The names are those of the address."""

from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from logs.filters import give_boxes, named
from logs.models import Label, Message, Reply, ReplyEffect, Template
from logs.reply_effects import BY_SLUG, slug_of
from smsadmin import phones
from smsadmin.listing.fields import PhoneFilter


class ReplyFilter(filters.FilterSet):
    phone = PhoneFilter(
        label=_("Phone number"), method="by_phone", help_text=_("Any spelling; +3361* or *4711 for a part of it.")
    )
    effect = filters.MultipleChoiceFilter(
        label=_("What it did"), method="by_effect", choices=[(slug_of(effect), effect.label) for effect in ReplyEffect]
    )
    template = named(Template, _("Template replied to"))
    label = named(Label, _("Label of the message replied to"))

    class Meta:
        model = Reply
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        give_boxes(self.form)
        self.form.fields["phone"].region = self.request.account.country

    def by_phone(self, queryset: QuerySet, name: str, value: phones.PhoneSearch) -> QuerySet:
        lookup = {"exact": "phone", "prefix": "phone__startswith"}.get(value.kind, "phone__endswith")
        return queryset.filter(**{lookup: value.value})

    def by_effect(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        return queryset.filter(effect__in=[BY_SLUG[slug] for slug in value])

    def by_template(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset.filter(template_id__in=[row.pk for row in value])

    def by_label(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """A reply has the labels of the message that it answers."""
        answered = Message.objects.of(self.request.account).filter(pk=OuterRef("message_id"))
        return queryset.filter(Exists(answered.filter(labels__overlap=[row.pk for row in value])))
