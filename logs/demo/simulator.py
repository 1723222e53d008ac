"""The demo's way out: each of its accounts sends through the embedded simulator.

The provider accounts of the told month stay as they are, off: they are there to be read about.
"""

from datetime import datetime

from django.db.models import Q

from logs.demo.catalogue import BUSINESSES, MARKETING, Business
from logs.models import ProviderAccount
from logs.providers.simulator.adapter import ADAPTER
from smsadmin.accounts.models import Account

NAME = "Simulator"


def connect(*, at: datetime) -> int:
    """Give each demo account that has none a provider account with the simulator; how many that were.

    Without address, key and secret it means the simulator that runs beside us, wherever that listens today.
    """
    there = dict(Account.objects.filter(slug__in=[business.slug for business in BUSINESSES]).values_list("slug", "pk"))
    mine = ProviderAccount.objects.filter(Q(provider=ADAPTER.name) | Q(name__iexact=NAME), account__in=there.values())
    have = set(mine.values_list("account_id", flat=True))
    rows = [
        _contract(there[business.slug], business, at)
        for business in BUSINESSES
        if business.slug in there and there[business.slug] not in have
    ]
    return len(ProviderAccount.objects.bulk_create(rows, ignore_conflicts=True))


def _contract(account_id: int, business: Business, at: datetime) -> ProviderAccount:
    return ProviderAccount(
        account_id=account_id,
        provider=ADAPTER.name,
        name=NAME,
        created_at=at,
        enabled=True,
        rank=10,
        sender=business.senders.get(MARKETING) or business.senders[""],
        rate=100,
    )
