"""How provider accounts fare, in words: for the settings and for the overview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Self

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from logs import telling
from logs.models import ProviderAccount, ProviderHealth, QueuedMessage
from logs.provider_accounts import problem_of
from logs.providers import registry
from logs.story import provider_name
from smsadmin.accounts.models import Account

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SHORTEST = 160  # characters of an error that a list shows


class Fares(IntEnum):
    """The word, its tone and its shape, as a badge wants them."""

    label: StrPromise
    tone: str
    symbol: str

    WORKING = 1, pgettext_lazy("provider account", "Working"), "good", "delivered"
    READY = 2, pgettext_lazy("provider account", "Ready"), "good", "sent"
    FALTERING = 3, pgettext_lazy("provider account", "Faltering"), "late", "partial"
    WAITING = 4, pgettext_lazy("provider account", "Waiting"), "late", "expired"
    NOT_SET_UP = 5, pgettext_lazy("provider account", "Not set up"), "bad", "failed"
    OFF = 6, pgettext_lazy("provider account", "Off"), "wait", "canceled"
    LOG_ONLY = 7, pgettext_lazy("provider account", "Log only"), "wait", "unknown"

    def __new__(cls, value: int, label: StrPromise, tone: str, symbol: str) -> Self:
        member = int.__new__(cls, value)
        member._value_ = value
        member.label, member.tone, member.symbol = label, tone, symbol
        return member


@dataclass(frozen=True, slots=True)
class Shown:
    """One provider account as pages show it."""

    account: ProviderAccount
    provider: str
    fares: Fares
    why: str
    health: ProviderHealth | None
    queued: int  # messages that are being handed to it

    @property
    def last_error(self) -> str:
        """'' where ``why`` tells it already."""
        error = self.health.last_error[:SHORTEST] if self.health else ""
        return "" if error and error in self.why else error

    @property
    def refused(self) -> int:
        return self.health.refused if self.health else 0

    @property
    def can_send(self) -> bool:
        return self.fares not in (Fares.LOG_ONLY, Fares.NOT_SET_UP)

    @property
    def is_log_only(self) -> bool:
        return self.fares is Fares.LOG_ONLY

    @property
    def is_troubled(self) -> bool:
        """Enabled, and not sending as it should."""
        return self.account.enabled and self.fares not in (Fares.WORKING, Fares.READY)


@dataclass(frozen=True, slots=True)
class Queue:
    """What an account has waiting: in all, since when the oldest was due, and by provider account of the try that is
    under way."""

    waiting: int
    due_since: datetime | None
    by_provider: Mapping[int, int]


def all_of(account: Account, *, at: datetime) -> list[Shown]:
    """The provider accounts in the order they are tried; those that only stand in the log come last."""
    found = ProviderAccount.objects.filter(account=account).select_related("health").order_by("rank", "pk")
    queue = queue_of(account, at=at)
    shown = [show(one, at=at, queued=queue.by_provider.get(one.pk, 0)) for one in found]
    return sorted(shown, key=lambda one: (one.fares is Fares.LOG_ONLY, not one.account.enabled))


def show(provider_account: ProviderAccount, *, at: datetime, queued: int = 0) -> Shown:
    health = getattr(provider_account, "health", None)
    fares, why = fare(provider_account, health, at)
    return Shown(provider_account, provider_label(provider_account.provider), fares, why, health, queued)


def fare(provider_account: ProviderAccount, health: ProviderHealth | None, at: datetime) -> tuple[Fares, str]:
    """The word and the sentence below it."""
    if is_log_only(provider_account):
        return Fares.LOG_ONLY, _("Named by an import. Nothing is sent through it.")
    if problem := problem_of(provider_account):
        return Fares.NOT_SET_UP, problem
    if not provider_account.enabled:
        return Fares.OFF, _("Nothing is sent through it. Receipts are still taken.")
    if health is None:
        return Fares.READY, _("Nothing was sent through it yet.")
    if health.open_until and health.open_until > at:
        return Fares.WAITING, waits(health, at)
    if health.open_until:
        return Fares.WAITING, _("The next message tries it again.")
    if health.faults:
        return Fares.FALTERING, _("Faults in a row: %(n)d.") % {"n": health.faults}
    return (Fares.WORKING, "") if health.last_sent_at else (Fares.READY, _("Nothing was sent through it yet."))


def is_log_only(provider_account: ProviderAccount) -> bool:
    """An import makes provider accounts to be read about; nobody has entered anything there."""
    bare = not (provider_account.enabled or provider_account.options or provider_account.secrets)
    return registry.adapter(provider_account.provider) is None or (bare and bool(problem_of(provider_account)))


def waits(health: ProviderHealth, at: datetime) -> str:
    until = telling.stamp(health.open_until, at, seconds=False) if health.open_until else ""
    if not health.last_error:
        return _("Circuit open until %(time)s.") % {"time": until}
    return _("Circuit open until %(time)s, because: %(error)s") % {
        "time": until,
        "error": health.last_error[:SHORTEST],
    }


def provider_label(name: str) -> str:
    adapter = registry.adapter(name)
    return adapter.label if adapter else provider_name(name)


def queue_of(account: Account, *, at: datetime) -> Queue:
    """One pass over what waits: the queue holds only what is still to be sent."""
    rows = (
        QueuedMessage.objects.filter(account=account)
        .values_list("provider_account_id")
        .annotate(n=Count("pk"), due=Min("due_at", filter=Q(due_at__lte=at)))
        .order_by()
    )
    counted = [(key, n, due) for key, n, due in rows]
    return Queue(
        sum(n for _key, n, _due in counted),
        min((due for _key, _n, due in counted if due), default=None),
        {key: n for key, n, _due in counted if key},
    )


def nothing_sends(shown: list[Shown]) -> bool:
    """No provider account is enabled that could send."""
    return not any(one.account.enabled and one.can_send for one in shown)
