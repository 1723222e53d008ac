"""The list's default period, as the product itself understands it."""

from datetime import datetime

from django.http import QueryDict
from django.utils import timezone

from smsadmin.accounts.models import Account
from smsadmin.listing.period import PeriodForm


def default_start(account: int) -> datetime:
    zone = Account.objects.get(pk=account).zone
    with timezone.override(zone):
        start = PeriodForm(QueryDict(), zone=zone, today=timezone.localdate()).period.start
    assert start is not None
    return start
