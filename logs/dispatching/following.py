"""What is kept of a message that a provider took, so that its end becomes known: the provider's ids, which receipts
name, and when to ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from logs import polling_times
from logs.dispatching.trying import Tried
from logs.models import ProviderAccount
from logs.providers import registry
from logs.providers.base import Taken


def keep(taken: Sequence[Tried], at: datetime) -> None:
    """In the caller's transaction."""
    refs, queries = [], []
    can_query = _can_query({tried.claimed.provider_account_id for tried in taken})
    for tried in taken:
        assert isinstance(tried.answer, Taken)
        row, parts = tried.claimed, tried.answer.parts
        refs += [
            (row.provider_account_id, part.provider_message_id, row.account_id, row.message_id, tried.number, part.part,
             len(parts), at)
            for part in parts if part.provider_message_id
        ]  # fmt: skip
        asked = row.provider_account_id in can_query
        end = polling_times.end(sent_at=at, expires_at=row.expires_at, can_query=asked)
        first = polling_times.due(sent_at=at, asked=0, end=end) if asked else end
        name = parts[0].provider_message_id if parts else ""
        queries.append((row.message_id, row.account_id, row.provider_account_id, name, tried.number, at, 0, end, first))
    _insert(
        "provider_ref (provider_account_id, provider_message_id, account_id, message_id, attempt, part, parts, "
        "created_at)",
        ("bigint", "text", "bigint", "uuid", "smallint", "smallint", "smallint", "timestamptz"),
        refs,
    )
    _insert(
        "status_query (message_id, account_id, provider_account_id, provider_message_id, attempt, sent_at, asked, "
        "ends_at, due_at)",
        ("uuid", "bigint", "bigint", "text", "smallint", "timestamptz", "smallint", "timestamptz", "timestamptz"),
        queries,
    )


def _can_query(ids: Iterable[int]) -> set[int]:
    rows = ProviderAccount.objects.filter(pk__in=ids).values_list("pk", "provider")
    adapters = {pk: registry.adapter(provider) for pk, provider in rows}
    return {pk for pk, adapter in adapters.items() if adapter and adapter.can_query}


def _insert(into: str, types: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    if not rows:
        return
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {into} SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING",
            [list(column) for column in zip(*rows, strict=True)],
        )
