"""Consent recorded by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.ledger import Happening
from consent.vocabulary import Event, Purpose, Source
from smsadmin import phones

BY_HAND = (Event.OPTED_IN, Event.OPTED_OUT, Event.DENIED)
SOURCES = (Source.SUPPORT, Source.POS, Source.APP, Source.HUB)
EVERYTHING = "all"
PURPOSES = [(str(purpose.value), purpose.label) for purpose in Purpose] + [(EVERYTHING, gettext_lazy("Both"))]


class RecordForm(forms.Form):
    """``region``: of numbers without a calling code; ``now``: nothing happens later."""

    mark_optional = True

    phone = forms.CharField(
        label=gettext_lazy("Phone number"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    event = forms.TypedChoiceField(
        label=gettext_lazy("What happened"), coerce=int, choices=[(event.value, event.label) for event in BY_HAND]
    )
    purpose = forms.ChoiceField(label=gettext_lazy("For which messages"), choices=PURPOSES, initial="1")
    source = forms.TypedChoiceField(
        label=gettext_lazy("Where they said it"),
        coerce=int,
        choices=[(source.value, source.label) for source in SOURCES],
    )
    at = forms.DateTimeField(
        label=gettext_lazy("When"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("In the account’s time zone. Empty: now."),
    )
    text = forms.CharField(
        label=gettext_lazy("Exact words"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("What they were shown, or what they said or wrote."),
    )
    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For whoever reads this in two years: “Called on 3 March, wants no offers.”"),
    )

    def __init__(self, *args: Any, region: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region, self.now = region, now

    def clean_phone(self) -> str:
        try:
            return phones.parse(self.cleaned_data["phone"], self.region)
        except phones.ImpossiblePhone as error:
            raise ValidationError(_("Not a phone number: %(why)s.") % {"why": error}) from None

    def clean_at(self) -> datetime:
        at = self.cleaned_data["at"] or self.now
        if at > self.now:
            raise ValidationError(_("This is in the future."))
        return at

    @property
    def happening(self) -> Happening:
        given = self.cleaned_data
        purpose = None if given["purpose"] == EVERYTHING else int(given["purpose"])
        return Happening(
            phone=given["phone"],
            purpose=purpose,
            event=given["event"],
            source=given["source"],
            at=given["at"],
            text=given["text"],
            note=given["note"],
        )
