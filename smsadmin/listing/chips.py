"""Active filters as chips: each says its field and value, and can be taken off by a link."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

# What is not a filter: cursors and their kin, which a changed filter makes meaningless.
PLACE = ("before", "after", "row", "filters", "count")


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    value: str
    remove_url: str
    bad: bool = False


def chips(form: forms.Form, query: QueryDict) -> Iterator[Chip]:
    """A chip for each filter of ``form`` that the address sets; a value that was not understood is shown as it
    was written."""
    for name, field in form.fields.items():
        raw = [value for value in query.getlist(name) if value.strip()]
        if raw:
            bad = name in form.errors
            value = ", ".join(raw) if bad else ", ".join(words(field, form.cleaned_data.get(name)))
            yield Chip(str(field.label), value, without(query, name), bad)


def words(field: forms.Field, value: Any) -> list[str]:
    """A cleaned value as people read it."""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return [str(item) for item in value]
    if isinstance(field, forms.MultipleChoiceField):
        labels = flat(field.choices)
        return [str(labels.get(item, item)) for item in value]
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return [str(flat(field.choices).get(str(value), value))]
    return [str(value)]


def flat(choices: Any) -> dict[str, Any]:
    """Choices without their groups."""
    labels: dict[str, Any] = {}
    for key, label in choices:
        if isinstance(label, list | tuple):
            labels.update({str(k): v for k, v in label})
        else:
            labels[str(key)] = label
    return labels


def filled(query: QueryDict) -> QueryDict:
    """The query without empty values: ``?status=`` asks for nothing."""
    found = query.copy()
    for name, values in query.lists():
        found.setlist(name, [value for value in values if value.strip()])
    return found


def without(query: QueryDict, *names: str) -> str:
    """The address's query without these, and at the top of the list."""
    return changed(query, dict.fromkeys(names))


def changed(query: QueryDict, values: dict[str, Any]) -> str:
    """The query with these values set (None: taken off), and at the top of the list. Always begins with ``?``."""
    query = query.copy()
    for name in (*PLACE, *values):
        query.pop(name, None)
    for name, value in values.items():
        if value is not None:
            query[name] = str(value)
    return "?" + query.urlencode()
