"""How provider accounts fare, kept in their rows of ProviderHealth: the throughput and the circuit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from logs.dispatching.circuit import Circuit, Sign
from logs.dispatching.routing import Way
from logs.models import ProviderAccount, ProviderHealth
from logs.providers import registry

LONGEST_ERROR = 500  # characters


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer said about the provider account. ``error`` is '' where it works; ``slower`` where it asked us to
    wait; ``took``: it took a message."""

    provider_account_id: int
    sign: Sign
    started_at: datetime
    error: str = ""
    slower: timedelta | None = None
    took: bool = False


def ways_of(account_id: int) -> list[Way]:
    """The enabled provider accounts that can send, by rank."""
    rows = (
        ProviderAccount.objects.filter(account_id=account_id, enabled=True)
        .select_related("health")
        .order_by("rank", "pk")
    )
    return [_way(row, getattr(row, "health", None)) for row in rows if registry.adapter(row.provider)]


def can_send(account_id: int) -> bool:
    """Whether any provider account is enabled that can send, however it fares just now."""
    return bool(ways_of(account_id))


def _way(row: ProviderAccount, health: ProviderHealth | None) -> Way:
    if health is None:
        return Way(row.pk, row.rate, Circuit())
    circuit = Circuit(health.faults, health.open_since, health.open_until)
    return Way(row.pk, row.rate, circuit, health.free_at)


def hold(account_id: int, ids: Collection[int]) -> dict[int, Way]:
    """Lock these for the transaction, without those that somebody else holds; as they are now."""
    _provide(account_id, ids)
    rows = (
        ProviderHealth.objects.filter(account_id=account_id, pk__in=ids)
        .select_related("provider_account")
        .order_by("pk")
        .select_for_update(skip_locked=True, of=("self",))
    )
    return {row.pk: _way(row.provider_account, row) for row in rows}


def _provide(account_id: int, ids: Collection[int]) -> None:
    """Make the rows of those that nothing was ever sent by."""
    there = ProviderHealth.objects.filter(account_id=account_id, pk__in=ids).values_list("pk", flat=True)
    missing = sorted(set(ids) - set(there))
    if missing:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO logs_providerhealth "
                "(provider_account_id, account_id, free_at, faults, last_error, refused) "
                "SELECT id, account_id, '1970-01-01', 0, '', 0 FROM logs_provideraccount "
                "WHERE account_id = %s AND id = ANY(%s) ORDER BY id ON CONFLICT DO NOTHING",
                [account_id, missing],
            )


def book(way: Way, free_at: datetime | None, *, tried_at: datetime | None) -> None:
    """What was claimed counts on the throughput; a claim while the circuit is half open is its one message."""
    changes: dict[str, object] = {"free_at": free_at}
    if tried_at:
        changes["open_until"] = way.circuit.tried(tried_at).open_until
    ProviderHealth.objects.filter(pk=way.id).update(**changes)


def note(answers: Iterable[Answered], *, at: datetime) -> None:
    """Write down what the answers of a batch say, in their order, in the caller's transaction."""
    by_account: dict[int, list[Answered]] = {}
    for answer in answers:
        by_account.setdefault(answer.provider_account_id, []).append(answer)
    for row in ProviderHealth.objects.filter(pk__in=by_account).order_by("pk").select_for_update():
        _apply(row, by_account[row.pk], at)


def _apply(row: ProviderHealth, answers: Sequence[Answered], at: datetime) -> None:
    circuit = Circuit(row.faults, row.open_since, row.open_until)
    for answer in answers:
        circuit = circuit.after(answer.sign, started_at=answer.started_at, at=at)
        if answer.error:
            row.last_error, row.last_error_at = answer.error[:LONGEST_ERROR], at
        if answer.took:
            row.last_sent_at = at
        if answer.slower:
            row.free_at = max(row.free_at, at + answer.slower)
    row.faults, row.open_since, row.open_until = circuit.faults, circuit.open_since, circuit.open_until
    row.save(
        update_fields=[
            "faults", "open_since", "open_until", "last_error", "last_error_at", "last_sent_at", "free_at"
        ]
    )  # fmt: skip
