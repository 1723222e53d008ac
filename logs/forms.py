"""The settings of an account. The form stands here because it offers the vocabularies."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from logs.vocabularies import VOCABULARIES
from smsadmin import places
from smsadmin.accounts.models import Account


class AccountForm(forms.ModelForm):
    """Validates only: smsadmin.accounts.settings_change writes. ``initial_values`` are the account's own."""

    class Meta:
        model = Account
        fields = ["name", "time_zone", "country", "vocabulary"]

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Every page tells days and times in it. Messages are counted anew after a change."),
    )
    country = forms.ChoiceField(
        label=_("Default country"),
        required=False,
        help_text=_("The country of phone numbers that are written without a calling code, in filters and in files."),
    )
    vocabulary = forms.ChoiceField(label=_("Vocabulary"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["time_zone"]).choices = zone_choices(self.instance.time_zone)
        cast("forms.ChoiceField", self.fields["country"]).choices = [
            ("", _("None: numbers need their country code")),
            *places.countries().items(),
        ]
        cast("forms.ChoiceField", self.fields["vocabulary"]).choices = [
            (key, words.name) for key, words in VOCABULARIES.items()
        ]


def zone_choices(current: str) -> list[tuple[str, Any]]:
    """Zones by area, each with its offset now; the current one is always among them."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for zone in dict.fromkeys((*places.zones(), current)):
        area, _slash, city = zone.partition("/")
        shown = f"{(city or area).replace('_', ' ')} ({places.offset(zone)})"
        groups.setdefault(area if city else "UTC", []).append((zone, shown))
    return list(groups.items())
