"""The forms of the sending rules. They validate only: logs.rule_changes and logs.credit write."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from logs.models import CODE_SOURCES, OURS, SendingRules, Source
from smsadmin.accounts.models import Account

MOST = 1_000_000_000  # segments in one top-up


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class RulesForm(forms.ModelForm):
    class Meta:
        model = SendingRules
        fields = [
            "cap_messages",
            "cap_hours",
            "quiet_from",
            "quiet_until",
            "without_opt_in",
            "max_segments",
            "validity_hours",
        ]
        help_texts = {
            "cap_messages": _("More are blocked as “too many”. Empty: no cap."),
            "cap_hours": _("Counted back from the moment of sending, 744 at most."),
            "quiet_from": _("Marketing and whatever can wait is held in these hours, and sent at their end."),
            "quiet_until": _("In the member’s time zone; where it is not known, in the account’s."),
            "max_segments": _("Longer texts are refused, 10 at most."),
            "validity_hours": _("What could not be sent until then expires, 72 at most."),
        }
        widgets = {"quiet_from": ClockInput(), "quiet_until": ClockInput()}

    without_opt_in = forms.TypedMultipleChoiceField(
        label=_("Operational messages of these sources go without an opt-in"),
        choices=[(source.value, source.label) for source in Source if source not in (*OURS, *CODE_SOURCES)],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "For what a person has asked for. Codes never need an opt-in, marketing always does. An opt-out holds for "
            "all but codes."
        ),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        start, end = values["quiet_from"], values["quiet_until"]
        if (start is None) != (end is None):
            self.add_error("quiet_until" if end is None else "quiet_from", _("Give both times, or none."))
        elif start is not None and start == end:
            self.add_error("quiet_until", _("It ends when it begins: all day would be quiet."))
        values["without_opt_in"] = sorted(values["without_opt_in"])
        return values


class WordForm(forms.Form):
    word = forms.CharField(
        label=_("Word or words"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    everywhere = forms.BooleanField(label=_("For the whole installation"), required=False)

    def __init__(self, *args: Any, operator: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not operator:
            del self.fields["everywhere"]

    def owner(self, account: Account) -> Account | None:
        return None if self.cleaned_data.get("everywhere") else account


class TopUpForm(forms.Form):
    segments = forms.IntegerField(label=_("Segments to add"), min_value=1, max_value=MOST)
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, help_text=_("Such as the number of the invoice.")
    )
