"""The period of a list: two days of the account's zone, the last 30 unless told, any length allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

DEFAULT_DAYS = 30
ALL = "all"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of ``zone``, both included; None is without a bound on that side."""

    first: date | None
    last: date | None
    zone: ZoneInfo

    @classmethod
    def last_days(cls, days: int, today: date, zone: ZoneInfo) -> Period:
        """The last so many days up to today, and whatever is dated after it."""
        return cls(today - timedelta(days=days - 1), None, zone)

    @property
    def start(self) -> datetime | None:
        """The first moment of the period."""
        return datetime.combine(self.first, time(), self.zone) if self.first else None

    @property
    def end(self) -> datetime | None:
        """The first moment after the period."""
        if self.last is None or self.last == date.max:
            return None
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    @property
    def label(self) -> str:
        if self.first is None and self.last is None:
            return _("All time")
        if self.first is None:
            return _("Until %(day)s") % {"day": show(self.last)}
        if self.last is None:
            return _("Since %(day)s") % {"day": show(self.first)}
        if self.first == self.last:
            return show(self.first)
        return f"{show(self.first)} – {show(self.last)}"

    def query(self) -> dict[str, str]:
        """What stands in the address for this period."""
        if self.first is None and self.last is None:
            return {"from": ALL}
        days = {"from": self.first, "to": self.last}
        return {name: day.isoformat() for name, day in days.items() if day}


def show(day: date | None) -> str:
    return date_format(day, "j M Y") if day else ""


@dataclass(frozen=True, slots=True)
class Preset:
    label: str
    query: dict[str, str]
    is_current: bool


class DayField(forms.DateField):
    """A day, or the word ``all`` for no bound."""

    widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")

    def to_python(self, value: Any) -> Any:
        return ALL if isinstance(value, str) and value.strip().lower() == ALL else super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return "" if value == ALL else value


class PeriodForm(forms.Form):
    """Reads ``from`` and ``to`` out of the address."""

    template_name_div = "django/forms/div.html"

    def __init__(self, data: QueryDict, *, zone: ZoneInfo, today: date, days: int | None = DEFAULT_DAYS) -> None:
        super().__init__(data, auto_id="period_%s")
        self.zone, self.today, self.days = zone, today, days
        wrong = {"invalid": gettext_lazy("Write a day as 2026-03-09.")}
        self.fields["from"] = DayField(label=gettext_lazy("From"), required=False, error_messages=wrong)
        self.fields["to"] = DayField(label=gettext_lazy("To"), required=False, error_messages=wrong)

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        if isinstance(first, date) and isinstance(last, date) and first > last:
            self.add_error("to", _("This day is before the first one."))
        return self.cleaned_data

    @property
    def period(self) -> Period:
        """What is asked for; the default where nothing is, or nothing that can be understood."""
        cleaned = self.cleaned_data if self.is_valid() else {}
        first, last = cleaned.get("from"), cleaned.get("to")
        if not first and not last and self.days:
            return Period.last_days(self.days, self.today, self.zone)
        first, last = (day if isinstance(day, date) else None for day in (first, last))
        return Period(first, last, self.zone)

    @property
    def label(self) -> str:
        period = self.period
        if period == self.default:
            return ngettext("Last %(n)d day", "Last %(n)d days", self.days or 0) % {"n": self.days}
        return period.label

    @property
    def default(self) -> Period | None:
        return Period.last_days(self.days, self.today, self.zone) if self.days else None

    def presets(self) -> Iterator[Preset]:
        current = self.period
        choices = [
            (_("Today"), Period(self.today, self.today, self.zone)),
            (_("Yesterday"), Period(self.today - timedelta(days=1), self.today - timedelta(days=1), self.zone)),
            (_("Last 7 days"), Period.last_days(7, self.today, self.zone)),
            (_("Last 30 days"), Period.last_days(30, self.today, self.zone)),
            (_("Last 90 days"), Period.last_days(90, self.today, self.zone)),
            (_("All time"), Period(None, None, self.zone)),
        ]
        for label, period in choices:
            yield Preset(label, period.query() if period != self.default else {}, period == current)
