"""What was understood of a row, in words: for the mapping page. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format

from logs.models import Kind, Source
from smsadmin import phones

if TYPE_CHECKING:
    from logs.imports.states import Told
    from smsadmin.accounts.models import Account


def shown(account: Account, values: dict[str, Any], told: Told | None) -> dict[str, str]:
    """Field → text, in the account's time zone."""
    found = {name: text_of(account, name, value) for name, value in values.items()}
    if told is not None:
        found["status"] = str(told.state.status.label)
    return found


def text_of(account: Account, name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return date_format(account.local(value), "j M Y H:i:s")
    if isinstance(value, (Source, Kind)):
        return str(value.label)
    if isinstance(value, tuple):
        return ", ".join(value)
    return phones.show(value) if name == "phone" else str(value)
