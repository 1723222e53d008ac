"""Addresses of lists behind figures: one place that knows how a filter is written in the address."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from smsadmin.accounts.models import Account
from smsadmin.listing.period import Period


def messages_url(account: Account, period: Period | None = None, **filters: Any) -> str:
    """The SMS list of a period (None: the list's own) with these filters; a value may be a list."""
    query = {**(period.query() if period else {}), **{name: value for name, value in filters.items() if value}}
    return reverse("messages", args=[account.slug]) + (f"?{urlencode(query, doseq=True)}" if query else "")


def members_url(account: Account, **filters: Any) -> str:
    query = {name: value for name, value in filters.items() if value}
    return reverse("members", args=[account.slug]) + (f"?{urlencode(query, doseq=True)}" if query else "")
