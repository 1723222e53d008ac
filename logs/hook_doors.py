"""Which provider account a callback's address belongs to, and what is needed to judge and read what comes there."""

import time
from collections.abc import Collection
from dataclasses import dataclass

from logs.credentials import Unreadable, contract_of
from logs.models import ProviderAccount
from logs.providers import registry
from logs.providers.base import Adapter, Contract

SECONDS = 5.0  # that an answer is believed, in each process: a new secret holds so soon
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Door:
    """``contract`` is None where the account's secrets cannot be read any more."""

    account_id: int
    provider_account_id: int
    adapter: Adapter
    contract: Contract | None


_known: dict[str, tuple[float, Door]] = {}


def find(provider: str, token: str) -> Door | None:
    """The door with that token, if it is that provider's."""
    if not (token.isascii() and token.isprintable()):  # PostgreSQL cannot look for a NUL
        return None
    until, door = _known.get(token, (0.0, None))
    if door is None or until < time.monotonic():
        account = ProviderAccount.objects.filter(hook_token=token).first()
        door = opened(account) if account else None
        if door is None:
            return None
        if len(_known) >= MOST:
            _known.clear()
        _known[token] = (time.monotonic() + SECONDS, door)
    return door if door.adapter.name == provider else None


def of(provider_accounts: Collection[int]) -> dict[int, Door]:
    """By primary key. One whose provider has no adapter has no door."""
    found = ProviderAccount.objects.filter(pk__in=provider_accounts)
    doors = {account.pk: opened(account) for account in found}
    return {pk: door for pk, door in doors.items() if door}


def opened(account: ProviderAccount) -> Door | None:
    adapter = registry.adapter(account.provider)
    if adapter is None:
        return None
    try:
        contract = contract_of(account)
    except Unreadable:
        contract = None
    return Door(account.account_id, account.pk, adapter, contract)
