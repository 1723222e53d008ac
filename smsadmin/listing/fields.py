"""Filter fields that several lists share."""

from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError

from smsadmin import phones


class PhoneField(forms.CharField):
    """A phone filter, understood when the form is validated, so that what is wrong stands at the field.

    ``region`` is the country of numbers without a calling code; the FilterSet sets it to the account's. Cleans to a
    phones.PhoneSearch.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)
        self.region = ""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return phones.search(text, self.region) if text else None
        except phones.BadPhoneSearch as error:
            raise ValidationError(str(error)) from None


class PhoneFilter(filters.Filter):
    field_class = PhoneField
