"""What the SMS list can be filtered by (E3 and R1). The names are those of the address: shared links rely on them."""

from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ModelMultipleChoiceField

from logs.advice import family_label, reason_label
from logs.models import Campaign, Kind, Label, Message, Source, Template
from logs.querysets import WORD, MessageQuerySet
from logs.statuses import Reason, ReasonFamily, Status
from logs.vocabularies import DEFAULT, VOCABULARIES
from smsadmin import phones
from smsadmin.accounts.models import SmsUser
from smsadmin.listing.fields import PhoneFilter

OWN = {status.slug: status for status in Status}
# The source of a message that came without one. Roll-ups count it as 0, the table holds NULL.
NOT_RECORDED = "not-recorded"
SOURCES = {**{source.slug: source.value for source in Source}, NOT_RECORDED: 0}


def status_choices(vocabulary: str) -> list[tuple[str, Any]]:
    """Our words; in another vocabulary its words first, as ``key:slug``."""
    ours = [(status.slug, status.label) for status in Status]
    if vocabulary == DEFAULT.key:
        return ours
    words = VOCABULARIES[vocabulary]
    theirs = [(f"{words.key}:{label.slug}", " / ".join(map(str, label.path))) for label in words.labels]
    return [(str(words.name), theirs), (str(DEFAULT.name), ours)]


def source_choices() -> list[tuple[str, Any]]:
    return [*((source.slug, source.label) for source in Source), (NOT_RECORDED, _("Not recorded"))]


def reason_choices() -> list[tuple[Any, Any]]:
    none = (Reason.NONE.slug, reason_label(Reason.NONE))
    return [none] + [
        (family_label(family), [(reason.slug, reason_label(reason)) for reason in Reason if reason.family is family])
        for family in ReasonFamily
        if family is not Reason.NONE.family
    ]


class WordsField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)  # PostgreSQL refuses words of more than 2,046 bytes

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and not WORD.search(text):
            raise ValidationError(_("Write at least one word or number of the text."))
        return text


class WordsFilter(filters.Filter):
    field_class = WordsField


class NamedField(ModelMultipleChoiceField):
    """A list, so that nothing chosen is an empty value for django-filter (an empty queryset is not)."""

    def clean(self, value: Any) -> list[Any]:
        for name in value or ():
            if "\x00" in name:  # no name holds it, and PostgreSQL would refuse the question
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": name}
                )
        return list(super().clean(value))


class NamedFilter(filters.ModelMultipleChoiceFilter):
    field_class = NamedField


def own(model: type[Model]) -> Any:
    """The account's rows of a small table, as choices."""
    return lambda request: model._default_manager.filter(account=request.account).order_by("name")


def named(model: type[Model], label: Any) -> NamedFilter:
    """Chosen by name, so that the address can be read. What it means for messages is the subclass's method
    ``by_<model>``."""
    return NamedFilter(queryset=own(model), to_field_name="name", label=label, method=f"by_{model.__name__.lower()}")


def give_boxes(form: Any) -> None:
    """Boxes to tick instead of lists that want a held key; long ones scroll in their own frame."""
    for field in form.fields.values():
        if isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
            field.widget = forms.CheckboxSelectMultiple(attrs={"class": "is-boxed"}, choices=field.widget.choices)


class MessageFilter(filters.FilterSet):
    phone = PhoneFilter(
        label=_("Phone number"), method="by_phone", help_text=_("Any spelling; +3361* or *4711 for a part of it.")
    )
    q = WordsFilter(label=_("Words in the text"), method="by_words")
    status = filters.MultipleChoiceFilter(label=_("Status"), method="by_status", choices=[])
    reason = filters.MultipleChoiceFilter(label=_("Reason"), method="by_reason", choices=reason_choices)
    source = filters.MultipleChoiceFilter(label=_("Source"), method="by_source", choices=source_choices)
    kind = filters.MultipleChoiceFilter(label=_("Kind"), method="by_kind", choices=[(k.slug, k.label) for k in Kind])
    template = named(Template, _("Template"))
    template_type = filters.MultipleChoiceFilter(
        label=_("Template type"), method="by_template_type", choices=Template.Type.choices
    )
    label = named(Label, _("Label"))
    sms_user = named(SmsUser, _("SMS_USER"))
    campaign = named(Campaign, _("Campaign"))

    class Meta:
        model = Message
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account = self.request.account
        give_boxes(self.form)
        self.form.fields["status"].choices = status_choices(account.vocabulary)
        self.form.fields["phone"].region = account.country

    @property
    def words(self) -> str:
        """The words asked for. The page adds them itself, since it chooses between two plans by the count."""
        return self.form.cleaned_data.get("q") or ""

    @property
    def active(self) -> set[str]:
        return {name for name, value in self.form.cleaned_data.items() if value}

    def before(self, name: str) -> QuerySet:
        """What the filter of that name narrows: the list under all others that are active."""
        queryset = self.queryset.all()
        for other in sorted(self.active - {name}):
            queryset = self.filters[other].filter(queryset, self.form.cleaned_data[other])
        return queryset

    def by_words(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset

    def by_phone(self, queryset: MessageQuerySet, name: str, value: phones.PhoneSearch) -> QuerySet:
        return queryset.to_phone(value)

    def by_status(self, queryset: MessageQuerySet, name: str, value: list[str]) -> QuerySet:
        theirs = [choice for choice in value if choice not in OWN]
        if not theirs:
            return queryset.in_status(OWN[choice] for choice in value)
        return queryset.meeting(condition for choice in value for condition in conditions_of(choice))

    def by_reason(self, queryset: MessageQuerySet, name: str, value: list[str]) -> QuerySet:
        return queryset.for_reason(Reason.from_slug(slug) for slug in value)

    def by_source(self, queryset: MessageQuerySet, name: str, value: list[str]) -> QuerySet:
        return queryset.from_sources(SOURCES[slug] for slug in value)

    def by_kind(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        return queryset.filter(kind__in=[kind.value for kind in Kind if kind.slug in value])

    def by_template(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset.filter(template_id__in=[row.pk for row in value])

    def by_template_type(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        # Resolved first: with the ids as literals the planner knows how many messages to expect.
        ids = Template.objects.filter(account=self.request.account, type__in=value).values_list("pk", flat=True)
        return queryset.filter(template_id__in=list(ids))

    def by_label(self, queryset: MessageQuerySet, name: str, value: Any) -> QuerySet:
        return queryset.labelled(row.pk for row in value)

    def by_smsuser(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset.filter(sms_user_id__in=[row.pk for row in value])

    def by_campaign(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset.filter(campaign_id__in=[row.pk for row in value])


def conditions_of(choice: str) -> Any:
    """The conditions of a status choice, ours or ``key:slug`` of another vocabulary."""
    key, _colon, slug = choice.rpartition(":")
    vocabulary = VOCABULARIES[key] if key else DEFAULT
    return vocabulary.conditions(vocabulary.label(slug))
