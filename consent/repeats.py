"""Recognising what was recorded before, by its evidence id: a file read twice, a request sent twice."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection

from consent.ledger import Happening
from consent.models import ConsentEvent
from smsadmin.accounts.models import Account

LOCK = 0x434F_4E52


def hold(account: Account) -> None:
    """Until the transaction ends nobody else looks for repeats in this account: two that say the same at once are
    one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, account.pk & 0x7FFF_FFFF])


def seen(*, account: Account, evidence: Collection[UUID]) -> dict[UUID, ConsentEvent]:
    """The events with these evidence ids: one query."""
    rows = ConsentEvent.objects.filter(account=account).extra(where=["evidence = ANY(%s)"], params=[list(evidence)])
    return {row.evidence: row for row in rows if row.evidence}


def unseen(*, account: Account, items: Sequence[Happening]) -> list[Happening]:
    """Those that are not in the ledger, each once."""
    known = set(seen(account=account, evidence=[item.evidence for item in items if item.evidence]))
    new = []
    for item in items:
        if item.evidence not in known:
            new.append(item)
            if item.evidence:
                known.add(item.evidence)
    return new
