"""What people do with an export: ask for a file, take it, cancel it."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from smsadmin.accounts import audit
from smsadmin.accounts.access import Access
from smsadmin.accounts.models import Account, User
from smsadmin.exports import statements
from smsadmin.exports.access import access_of
from smsadmin.exports.kinds import CSV, BadParams, ExportKind, Params, all_kinds, kind_of
from smsadmin.exports.models import Export
from smsadmin.listing.counts import Count
from smsadmin.listing.patience import TooSlow, time_limit

SMALL_ROWS = 20_000  # so many CSV rows are written while the person waits
MAX_WORKING = 10  # files of one account that are waited for
MAX_PARAMS = 10_000  # characters
NUMBER = re.compile(r"[+*]?\d[\d ()-]{4,}\d|[+*]\d+\*?")

State = Export.State


class NotNow(ValueError):
    """The state does not allow this; the message says why, for people."""


def start(
    *,
    account: Account,
    kind: str,
    params: Params,
    format: str,  # noqa: A002
    by: User | None,
    at: datetime,
) -> Export:
    """Ask for a file of what a list shows now. The caller has asked whether they may, and wakes a worker.

    Raises BadParams where the filters are not understood, NotNow while too many files are waited for.
    """
    wanted = kind_of(kind)
    if format not in wanted.formats:
        raise BadParams(_("There is no such format."))
    if len(json.dumps(params)) > MAX_PARAMS:
        raise BadParams(_("These are too many filters."))
    access = access_of(account, by, wanted)
    frozen = wanted.freeze(account, params, account.local(at).date())
    total = expected(wanted, account, access, frozen)
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)  # two who ask at once are counted both
        if Export.objects.of(account).filter(state__in=Export.WORKING).count() >= MAX_WORKING:
            raise NotNow(_("Ten files are being written already. Wait until one is ready, or cancel one."))
        export = Export.objects.create(
            account=account,
            kind=kind,
            format=format,
            title=wanted.title(account, access, frozen)[:200],
            filters=[list(pair) for pair in wanted.filters(account, access, frozen)],
            params=frozen,
            reveals=[name for name in wanted.reveals if name in access],
            total=total.n if total else None,
            total_is_exact=bool(total and total.is_exact),
            by=by,
            made_at=at,
        )
        note(export, by, at, "export.started", filters=told(export))
    return export


def expected(kind: ExportKind, account: Account, access: Access, params: Params) -> Count | None:
    """How many rows to expect: counted while they are few, else as the planner thinks; None where even that takes too
    long."""
    statement = bound_query(kind, account, access, params)
    try:
        with time_limit():
            found = kind.count(account, access, params, SMALL_ROWS)
            found = count_of(statement) if found is None else found
            return found if found.is_exact else max(found, planned(statement), key=lambda count: count.n)
    except TooSlow:
        return None


def bound_query(kind: ExportKind, account: Account, access: Access, params: Params) -> str:
    """The kind's query with its values in it: COPY takes no parameters."""
    sql, values = kind.query(account, access, params)
    with connection.cursor() as cursor:
        return cursor.mogrify(sql, list(values))


def count_of(statement: str) -> Count:
    with connection.cursor() as cursor:
        cursor.execute(statements.bounded_count(statement, SMALL_ROWS))
        n = cursor.fetchone()[0]
    return Count(n) if n <= SMALL_ROWS else Count(SMALL_ROWS, "at least")


def planned(statement: str) -> Count:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        found = cursor.fetchone()[0]
    plan = json.loads(found) if isinstance(found, str) else found
    return Count(int(plan[0]["Plan"]["Plan Rows"]), "about")


def is_small(export: Export) -> bool:
    """Whether the person may wait for it."""
    return export.format == CSV and export.total_is_exact and (export.total or 0) <= SMALL_ROWS


@transaction.atomic
def cancel(*, export: Export, by: User | None, at: datetime) -> Export:
    """Nobody wants the file any more; what is written of it goes. Raises NotNow."""
    held = hold(export)
    if not held.is_working:
        raise NotNow(_("This file is not being written any more."))
    held.state, held.finished_at, held.worker, held.heartbeat = State.CANCELED, at, None, None
    held.save(update_fields=["state", "finished_at", "worker", "heartbeat"])
    note(held, by, at, "export.canceled", rows=held.rows)
    return held


@transaction.atomic
def note_download(*, export: Export, by: User | None, at: datetime) -> None:
    """Somebody takes the file."""
    note(export, by, at, "export.downloaded", rows=export.rows, bytes=export.bytes, filters=told(export))


def hold(export: Export) -> Export:
    """The row as it is now, locked to the end of the transaction."""
    return (
        Export.objects.select_for_update(of=("self",))
        .select_related("account")
        .get(account_id=export.account_id, pk=export.pk)
    )


def told(export: Export) -> list[list[str]]:
    """The filters for the audit log, which outlives people: without phone numbers."""
    return [[field, NUMBER.sub("…", value)] for field, value in export.filters]


def note(export: Export, by: User | None, at: datetime, verb: str, **facts: Any) -> None:
    kind = all_kinds().get(export.kind)
    audit.record(
        account=None if kind and kind.of_all_accounts else export.account,
        by=by,
        at=at,
        verb=verb,
        object_type="export",
        object_id=export.pk,
        kind=export.kind,
        format=export.format,
        **facts,
    )
