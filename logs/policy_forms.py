"""The table of the failure policy as a form. It validates only: blocklist.rules writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from blocklist import policy, spans
from blocklist.policy import Rule, Scope


class SpanField(forms.CharField):
    """A length of time, cleaned to seconds; None where it stays empty."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"aria-label": label, "autocomplete": "off", "size": 9})
        super().__init__(label=label, max_length=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            seconds = spans.parse(text)
        except spans.NotASpan:
            raise forms.ValidationError(_("Write a length of time, such as 1 h 30 min.")) from None
        if seconds > policy.LONGEST:
            raise forms.ValidationError(_("3650 d at most: only a person stops a number for ever."))
        return seconds


class PolicyForm(forms.Form):
    """One line for each code."""

    def __init__(self, data: Any = None, *, rules: Mapping[int, Rule]) -> None:
        initial: dict[str, Any] = {}
        for rule in rules.values():
            initial |= {
                f"seconds_{rule.code}": spans.show(rule.seconds),
                f"scope_{rule.code}": rule.scope or "",
                f"delete_{rule.code}": rule.user_may_delete,
                f"step_{rule.code}": rule.step_up,
                f"longest_{rule.code}": "" if rule.longest is None else spans.show(rule.longest),
            }
        super().__init__(data, initial=initial)
        self.rules = rules
        for rule in rules.values():
            self.add_line(rule)

    def add_line(self, rule: Rule) -> None:
        name = {"reason": rule.reason, "code": rule.code}
        scopes = [("", _("nobody")), (Scope.GLOBAL.value, _("all accounts")), (Scope.ACCOUNT.value, _("its account"))]
        self.fields |= {
            f"seconds_{rule.code}": SpanField(_("Stop for, %(reason)s (%(code)s)") % name),
            f"scope_{rule.code}": forms.ChoiceField(
                choices=scopes,
                required=False,
                widget=forms.Select(attrs={"aria-label": _("Holds for, %(reason)s") % name}),
            ),
            f"delete_{rule.code}": box(_("Users may lift it, %(reason)s") % name),
            f"step_{rule.code}": box(_("Twice as long for each repeat, %(reason)s") % name),
            f"longest_{rule.code}": SpanField(_("At most, %(reason)s") % name, required=False),
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for code in self.rules:
            seconds, longest = values.get(f"seconds_{code}"), values.get(f"longest_{code}")
            if seconds and not values.get(f"scope_{code}"):
                self.add_error(f"scope_{code}", _("Say whom it holds for."))
            if seconds is not None and longest is not None and longest < seconds:
                self.add_error(f"longest_{code}", _("No less than the stop itself."))
        return values

    def wanted(self) -> dict[int, Rule]:
        """Of a valid form."""
        values = self.cleaned_data
        return {
            code: replace(
                rule,
                seconds=values[f"seconds_{code}"],
                scope=Scope(values[f"scope_{code}"]) if values[f"scope_{code}"] else None,
                user_may_delete=values[f"delete_{code}"],
                step_up=values[f"step_{code}"],
                longest=values[f"longest_{code}"],
            )
            for code, rule in self.rules.items()
        }

    def lines(self) -> Iterable[dict[str, Any]]:
        for code, rule in self.rules.items():
            names = ("seconds", "scope", "delete", "step", "longest")
            yield {"rule": rule, **{name: self[f"{name}_{code}"] for name in names}}


def box(label: Any) -> forms.BooleanField:
    return forms.BooleanField(required=False, label=label, widget=forms.CheckboxInput(attrs={"aria-label": label}))
