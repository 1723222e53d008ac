"""What people say when they stop numbers, or let them be texted again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from blocklist.bulk import Stop
from blocklist.models import MARKETING, BlockEntry
from smsadmin import phones
from smsadmin.accounts.models import Account

SPANS = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
DATE, EVER = "date", "ever"
LONGEST_NOTE = 500
MOST_LINES = 20_000
MOST_BYTES = 2_000_000  # of a list that is pasted or uploaded here: 20,000 lines of any spelling


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class StopForm(forms.Form):
    """Until when, for what, and why."""

    until = forms.ChoiceField(
        label=_("How long"),
        initial="30d",  # as long as the policy's longest rest; for ever only where somebody says so
        choices=[
            ("1h", _("For 1 hour")), ("1d", _("For 1 day")), ("7d", _("For 7 days")), ("30d", _("For 30 days")),
            (DATE, _("Until a date")), (EVER, _("For ever")),
        ],
        widget=forms.RadioSelect,
    )  # fmt: skip
    date = forms.DateTimeField(label=_("Date"), required=False, widget=MomentInput())
    stops = forms.ChoiceField(
        label=_("Stops"),
        initial="all",
        choices=[("all", _("Everything")), ("marketing", _("Marketing only"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=LONGEST_NOTE,
        required=False,
        help_text=_("Why, for your colleagues. It stands on the entry, and with each message that is stopped."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        date = values.get("date")
        if values.get("until") == DATE and "date" not in self.errors:
            if date is None:
                self.add_error("date", _t("Say which date."))
            elif date <= timezone.now():
                self.add_error("date", _t("This has passed already."))
        return values

    def stop(self, at: datetime, origin: int = BlockEntry.Origin.PERSON) -> Stop:
        """Of a valid form."""
        values = self.cleaned_data
        until = values["date"] if values["until"] == DATE else None
        if values["until"] in SPANS:
            until = at + SPANS[values["until"]]
        return Stop(until, MARKETING if values["stops"] == "marketing" else None, values["note"], origin)


class BlockForm(StopForm):
    number = forms.CharField(
        label=_("Number"),
        max_length=phones.LONGEST,
        help_text=_("In any spelling."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    field_order = ("number", "until", "date", "stops", "note")

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        first = "note" if self.initial.get("number") else "number"  # whoever comes from a member has it filled in
        self.fields[first].widget.attrs["autofocus"] = True

    def clean_number(self) -> str:
        try:
            return phones.parse(self.cleaned_data["number"], self.account.country)
        except phones.ImpossiblePhone as error:
            raise ValidationError(_t("Not a phone number: %(why)s.") % {"why": error}) from None


class PasteForm(StopForm):
    lines = forms.CharField(
        label=_("Numbers"),
        required=False,
        strip=False,
        max_length=MOST_BYTES,
        help_text=_("One in each line, in any spelling."),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autofocus": True}),
    )
    file = forms.FileField(label=_("Or a file"), required=False)
    field_order = ("lines", "file", "until", "date", "stops", "note")

    def __init__(self, *args: Any, refused: int = 0, **kwargs: Any) -> None:
        """`refused`: the size of a file that was too large to be kept at all."""
        super().__init__(*args, **kwargs)
        self.was_refused = bool(refused)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        file = values.get("file")
        if self.was_refused:
            self.add_error("file", too_long())
        elif not values.get("lines", "").strip() and not file:
            self.add_error("lines", _t("Paste numbers, or choose a file."))
        elif file and file.size > MOST_BYTES:
            self.add_error("file", too_long())
        elif len(self.read(values)) > MOST_LINES:
            self.add_error("file" if file else "lines", too_long())
        return values

    def read(self, values: dict[str, Any]) -> list[str]:
        file = values.get("file")
        if not file:
            return values.get("lines", "").splitlines()
        file.seek(0)
        return file.read().decode("utf-8-sig", errors="replace").splitlines()

    @property
    def numbers(self) -> list[str]:
        return self.read(self.cleaned_data)

    @property
    def source(self) -> str:
        file = self.cleaned_data.get("file")
        return file.name if file else _t("pasted")


def too_long() -> str:
    return _t("At most %(n)s lines here. Bring a longer list as an import.") % {"n": f"{MOST_LINES:,}"}


class ReasonForm(forms.Form):
    """Why somebody does it; kept with every entry."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_NOTE,
        help_text=_("For example: the customer called us from this number. It is kept with the entry."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
