"""The form that begins a run of reminders: a GET form, so that the count has an address and needs no script."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consent.models import ReminderRun
from logs.reminding.starting import hindrance
from smsadmin.accounts.models import Account


class ChannelForm(forms.Form):
    channel = forms.ChoiceField(
        label=_("How"), choices=ReminderRun.Channel.choices, widget=forms.RadioSelect, initial=ReminderRun.Channel.EMAIL
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_channel(self) -> str:
        channel = str(self.cleaned_data["channel"])
        if why := hindrance(self.account, channel):
            raise forms.ValidationError(why)
        return channel
