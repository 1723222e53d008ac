"""Adding and changing the provider accounts that messages go out by. Each change leaves an audit line, which names the
secrets that were entered and holds none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from logs.credentials import Unreadable, seal, unseal
from logs.models import ProviderAccount, ProviderHealth
from logs.models.provider_account import new_token
from logs.providers import registry
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User

PLAIN = ("name", "sender", "rate", "rank")  # what every provider account tells, besides what its provider asks for


class NameTaken(ValueError):
    """Another provider account of the account has the name."""


class NotReady(ValueError):
    """It cannot be sent through; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person entered. ``secrets`` holds the new ones alone: what is not in it stays as it is."""

    name: str
    sender: str = ""
    rate: int = 10  # messages a second
    rank: int = 100  # the lowest is tried first
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


def create(*, account: Account, provider: str, entered: Entered, by: User | None, at: datetime) -> ProviderAccount:
    """Add one, switched off. Raises NameTaken."""
    made = ProviderAccount(account=account, provider=provider, created_at=at)
    for name in PLAIN:
        setattr(made, name, getattr(entered, name))
    made.options, made.secrets = dict(entered.options), seal(entered.secrets)
    with transaction.atomic():
        save(made)
        facts = {"provider": provider, "name": made.name, "options": made.options, "secrets": sorted(entered.secrets)}
        write_line(made, "created", by, at, **facts)
    return made


@transaction.atomic
def change(*, provider_account: ProviderAccount, entered: Entered, by: User | None, at: datetime) -> dict[str, Any]:
    """Set what differs; returns and audits it as ``{field: [before, after]}``, of secrets their names alone. What may
    have opened the circuit is mended, so it closes. Raises NameTaken."""
    kept = ProviderAccount.objects.select_for_update().get(
        pk=provider_account.pk, account_id=provider_account.account_id
    )
    changes: dict[str, Any] = {
        name: [getattr(kept, name), getattr(entered, name)]
        for name in (*PLAIN, "options")
        if getattr(kept, name) != getattr(entered, name)
    }
    for name, (_before, after) in changes.items():
        setattr(kept, name, dict(after) if name == "options" else after)
    if entered.secrets:
        kept.secrets = seal({**readable(kept), **entered.secrets})
        changes["secrets"] = sorted(entered.secrets)
    if changes:
        save(kept)
        write_line(kept, "changed", by, at, changes=changes)
    if changes.keys() & {"options", "secrets"}:
        close_circuit(kept)
    return changes


@transaction.atomic
def switch(*, provider_account: ProviderAccount, enabled: bool, by: User | None, at: datetime) -> None:
    """Send through it, or no longer. Raises NotReady where it cannot be sent through."""
    if enabled and (problem := problem_of(provider_account)):
        raise NotReady(problem)
    changed = ProviderAccount.objects.filter(
        pk=provider_account.pk, account_id=provider_account.account_id, enabled=not enabled
    ).update(enabled=enabled)
    if changed:
        provider_account.enabled = enabled
        write_line(provider_account, "enabled" if enabled else "disabled", by, at)


@transaction.atomic
def rotate(*, provider_account: ProviderAccount, by: User | None, at: datetime) -> None:
    """Give it another callback address. The old one is answered with 404 from now on."""
    provider_account.hook_token = new_token()
    provider_account.save(update_fields=["hook_token"])
    write_line(provider_account, "address_rotated", by, at)


def problem_of(provider_account: ProviderAccount) -> str:
    """Why nothing can be sent through it, as a sentence, or ''."""
    adapter = registry.adapter(provider_account.provider)
    if adapter is None:
        return _("Nothing can be sent through it: it was named by an import.")
    try:
        secrets = unseal(provider_account.secrets)
    except Unreadable:
        return _("Its secrets cannot be read: the key that they were kept under is gone. Enter them again.")
    given = {**provider_account.options, **secrets}
    missing = [str(wanted.label) for wanted in adapter.fields if wanted.required and not given.get(wanted.name)]
    return _("Still missing: %(fields)s.") % {"fields": ", ".join(missing)} if missing else ""


def readable(provider_account: ProviderAccount) -> dict[str, str]:
    """Its secrets; those under a key that is gone are gone too."""
    try:
        return unseal(provider_account.secrets)
    except Unreadable:
        return {}


def close_circuit(provider_account: ProviderAccount) -> None:
    ProviderHealth.objects.filter(provider_account=provider_account, account_id=provider_account.account_id).update(
        faults=0, open_since=None, open_until=None
    )


def save(provider_account: ProviderAccount) -> None:
    try:
        with transaction.atomic():
            provider_account.save()
    except IntegrityError as error:
        if "provider_account_name_unique_in_account" in str(error):
            raise NameTaken(_("Another provider account is called that.")) from None
        raise


def write_line(provider_account: ProviderAccount, what: str, by: User | None, at: datetime, **facts: Any) -> None:
    audit.record(
        account=provider_account.account,
        by=by,
        at=at,
        verb=f"provider.{what}",
        object_type="provider_account",
        object_id=provider_account.pk,
        **{"name": provider_account.name, **facts},
    )
