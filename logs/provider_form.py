"""The form of a provider account: what every one tells, and the fields that its provider asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from logs.models import ProviderAccount
from logs.provider_accounts import Entered
from logs.providers.base import Adapter, Field

LONGEST = 4000  # characters of an option or a secret: private keys are long
FASTEST = 1000  # messages a second


class ProviderForm(forms.Form):
    """Validates only: logs.provider_accounts writes. A secret is never given back: what is stored shows as "kept as it
    is", and a field left empty keeps it. ``stored`` names the secrets that are there."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("How pages call it, such as “Twilio, UK numbers”.")
    )
    sender = forms.CharField(
        label=_("Sender ID"),
        max_length=32,
        required=False,
        help_text=_("Stands as the sender where a message names none: a number, a short code or up to 11 letters."),
    )
    rate = forms.IntegerField(
        label=_("Messages a second, at most"),
        min_value=1,
        max_value=FASTEST,
        initial=10,
        help_text=_("What the contract allows. More is held back, not refused."),
    )
    rank = forms.IntegerField(
        label=_("Order"),
        min_value=1,
        max_value=999,
        initial=100,
        help_text=_("The lowest is tried first; the next one when it refuses or is down."),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        adapter: Adapter,
        instance: ProviderAccount | None = None,
        stored: Mapping[str, str] | None = None,
    ) -> None:
        self.adapter, self.stored = adapter, frozenset(name for name, value in (stored or {}).items() if value)
        super().__init__(data, initial=initial(adapter, instance))
        for wanted in adapter.fields:
            self.fields[own_name(wanted)] = form_field(wanted, wanted.name in self.stored)

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "sender", "rate", "rank")]

    @property
    def provider_fields(self) -> Iterator[forms.BoundField]:
        return (self[own_name(wanted)] for wanted in self.adapter.fields)

    @property
    def entered(self) -> Entered:
        """Of a valid form."""
        values = {wanted: self.cleaned_data[own_name(wanted)] for wanted in self.adapter.fields}
        return Entered(
            name=self.cleaned_data["name"],
            sender=self.cleaned_data["sender"],
            rate=self.cleaned_data["rate"],
            rank=self.cleaned_data["rank"],
            options={wanted.name: value for wanted, value in values.items() if not wanted.secret and value},
            secrets={wanted.name: value for wanted, value in values.items() if wanted.secret and value},
        )


def own_name(wanted: Field) -> str:
    """Apart from ours: a provider may ask for a "name" too."""
    return f"provider_{wanted.name}"


def initial(adapter: Adapter, instance: ProviderAccount | None) -> dict[str, Any]:
    if instance is None:
        return {own_name(wanted): wanted.default for wanted in adapter.fields if not wanted.secret}
    options = {own_name(w): instance.options.get(w.name, w.default) for w in adapter.fields if not w.secret}
    return {"name": instance.name, "sender": instance.sender, "rate": instance.rate, "rank": instance.rank, **options}


def form_field(wanted: Field, is_stored: bool) -> forms.Field:
    common: dict[str, Any] = {"label": wanted.label, "help_text": wanted.help, "required": wanted.required}
    if wanted.secret:
        return secret_field(wanted, is_stored, common)
    if wanted.choices:
        return forms.ChoiceField(choices=wanted.choices, **common)
    return forms.CharField(
        max_length=LONGEST, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}), **common
    )


def secret_field(wanted: Field, is_stored: bool, common: dict[str, Any]) -> forms.Field:
    attrs = {"autocomplete": "new-password"}
    if is_stored:
        attrs["placeholder"] = str(_("Kept as it is"))
        kept = _("Stored, and never shown. Left empty, it is kept as it is.")
        common |= {"required": False, "help_text": f"{kept} {wanted.help}".strip()}
    # A private key that is pasted has several lines; a password input would join them with nothing between.
    return forms.CharField(max_length=LONGEST, widget=forms.PasswordInput(attrs=attrs, render_value=False), **common)
