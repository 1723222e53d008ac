"""The forms that send one SMS: to a member, and to try a provider account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from logs.accepting import Ask
from logs.accepting.asks import LONGEST_TEXT
from logs.models import Kind, Source, Template
from logs.rendering import asked_for
from smsadmin import phones
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member

LONGEST_VALUE = 500  # characters of a variable
TEST_LABEL = "test"
COUNT = "segments-now"


def text_area(rows: int) -> forms.Textarea:
    """Counted as one writes: js/segments.js."""
    return forms.Textarea(attrs={"rows": rows, "data-segments": COUNT})


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class TemplateForm(forms.Form):
    """Which text to begin with: a GET form, so that it works without a script."""

    template = forms.ModelChoiceField(Template.objects.none(), label=_("Template"), empty_label=_("None"))

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        with_text = Template.objects.filter(account=account).exclude(body="").order_by("name")
        cast("forms.ModelChoiceField", self.fields["template"]).queryset = with_text


class OnceForm(forms.Form):
    """Each drawing of it has a mark of its own, so that a second click on its button does nothing more."""

    once = forms.UUIDField(required=False, widget=forms.HiddenInput(attrs={"autocomplete": "off"}), initial=uuid4)

    def marked(self, ask: Ask) -> Ask:
        """With a key: the same drawing and the same content are the same message. Who goes back and changes the text
        asks for another one."""
        once = self.cleaned_data["once"]
        return replace(ask, idempotency_key=f"{once.hex} {ask.digest()}") if once else ask


class SendForm(OnceForm):
    """A text of one's own, or the variables of a template."""

    text = forms.CharField(label=_("Text"), max_length=LONGEST_TEXT, strip=True, widget=text_area(5))
    kind = forms.TypedChoiceField(
        label=_("Kind"),
        choices=Kind.choices,
        coerce=lambda value: Kind(int(value)),
        initial=Kind.OPERATIONAL,
        widget=forms.RadioSelect,
        help_text=_("Marketing needs an opt-in. Operational is what the person asked for or must know."),
    )
    sender = forms.CharField(
        label=_("Sender ID"), max_length=32, required=False, help_text=_("Empty: that of the provider account.")
    )
    not_before = forms.DateTimeField(
        label=_("Not before"), required=False, widget=MomentInput(), help_text=_("Empty: now.")
    )

    def __init__(self, *args: Any, template: Template | None, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.template = template
        if template is None:
            return
        del self.fields["text"]
        self.fields["kind"].initial = kind_of(template)
        known = known_of(member)
        for name in asked_for(template.body):
            self.fields[variable(name)] = forms.CharField(
                label=name.replace("_", " ").capitalize(), max_length=LONGEST_VALUE, initial=known.get(name, "")
            )

    @property
    def variable_fields(self) -> list[forms.BoundField]:
        return [self[variable(name)] for name in asked_for(self.template.body)] if self.template else []

    def ask(self, member: Member) -> Ask:
        """Of a valid form."""
        values = self.cleaned_data
        content: dict[str, Any] = {"text": values.get("text", "")}
        if self.template:
            given = {name: values[variable(name)] for name in asked_for(self.template.body)}
            content = {"template_id": self.template.pk, "variables": given}
        return self.marked(
            Ask(
                source=Source.FILTER_MEMBERS,
                member=member.pk,
                kind=values["kind"],
                sender=values["sender"],
                not_before=values["not_before"],
                **content,
            )
        )


def variable(name: str) -> str:
    return f"variable_{name}"


def kind_of(template: Template) -> Kind:
    return Kind.MARKETING if template.type == Template.Type.MARKETING else Kind.OPERATIONAL


def known_of(member: Member) -> dict[str, str]:
    """Variables that a member's own data fills."""
    return {
        "name": member.name,
        "first_name": member.name.split(" ")[0],
        "external_id": member.external_id,
        "phone": member.phone,
    }


class TestForm(OnceForm):
    phone = forms.CharField(
        label=_("Phone number"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("Any spelling. It gets a real SMS, which the provider charges for."),
    )
    text = forms.CharField(label=_("Text"), max_length=LONGEST_TEXT, initial=_("A test of this provider account."))

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region
        self.fields["text"].widget = text_area(3)

    def clean_phone(self) -> str:
        try:
            return phones.parse(self.cleaned_data["phone"], self.region)
        except phones.ImpossiblePhone as error:
            raise forms.ValidationError(_("This cannot be a phone number: %(why)s."), params={"why": error}) from None

    def ask(self, provider_account_id: int) -> Ask:
        """Of a valid form."""
        return self.marked(
            Ask(
                source=Source.AUTOMATION,
                to=self.cleaned_data["phone"],
                text=self.cleaned_data["text"],
                kind=Kind.OPERATIONAL,
                labels=(TEST_LABEL,),
                provider_account_id=provider_account_id,
            )
        )
