"""Forgetting a person, as the law asks (GDPR, article 17), without losing what the law also asks: proof, and that who
said no is not texted again.

Of the number's events everything personal goes: the number itself, the words, the address, the browser, the notes.
What stays is what happened, when, through what, and the chain of digests, which holds as before (consent.chain). The
number is kept as a keyed hash only, and beside it that it must not be texted (consent.kept).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from consent import ledger, pseudonyms, totals
from consent.models import ConsentChain, ConsentStatus, DeskItem, Erasure, KeptRefusal, Reminder, UnsubscribeLink
from consent.replay import REFUSED
from consent.vocabulary import Event, Purpose, Source, Status
from smsadmin import uuid7
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User

ASKED = "The person asked to be erased."

EMPTY = """
UPDATE consent_event SET phone = %s, text = '', ip = NULL, user_agent = '', note = '', salt = ''
WHERE account_id = %s AND phone = %s
"""
UNCOUNT = """
WITH gone AS (DELETE FROM consent_status WHERE account_id = %s AND phone = %s RETURNING account_id, purpose, status)
INSERT INTO consent_total (account_id, purpose, status, day, n, squashed)
SELECT account_id, purpose, status, %s, -1, false FROM gone
"""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """``refused``: for which purposes it stays known that the number must not be texted."""

    erasure: Erasure
    refused: tuple[Purpose, ...]


def erase(*, account: Account, phone: str, by: User | None, at: datetime) -> Forgotten:
    """Forget one number (E.164). Whoever did not refuse marketing before does so by asking.

    Safe to call for a number of which nothing is known, and again for one that came back since.
    """
    with transaction.atomic():
        withdraw(account, phone, at)
        chain = ConsentChain.objects.select_for_update().get(account=account, phone=phone)
        erasure = begin(account, phone, chain.length, by, at)
        refused = keep(account, phone, erasure)
        empty(account, phone, erasure.name, at)
        forget_the_rest(account, phone)
        audit.record(
            account=account,
            by=by,
            at=at,
            verb="consent.erased",
            object_type="consent_erasure",
            object_id=erasure.pk,
            events=chain.length,
        )
    return Forgotten(erasure, refused)


def withdraw(account: Account, phone: str, at: datetime) -> None:
    """Who asks to be forgotten wants no offers either; it also gives each number a chain to be emptied."""
    standing = ledger.standings(account=account, phones=[phone], purpose=Purpose.MARKETING).get(phone)
    chained = ConsentChain.objects.filter(account=account, phone=phone).exists()
    if not chained or standing is None or standing.status not in REFUSED:
        withdrawal = ledger.Happening(phone, Purpose.MARKETING, Event.OPTED_OUT, Source.SUPPORT, at, note=ASKED)
        ledger.record_many(account=account, items=[withdrawal], by=None, recorded_at=at)


def begin(account: Account, phone: str, events: int, by: User | None, at: datetime) -> Erasure:
    return Erasure.objects.create(
        id=uuid7.make(at),
        account=account,
        name=f"#{secrets.token_hex(8)[:15]}",
        number_key=pseudonyms.key_of(account.pk, phone),
        at=at,
        by_id=by.pk if by else None,
        by_name=by.email if by else "",
        events=events,
    )


def keep(account: Account, phone: str, erasure: Erasure) -> tuple[Purpose, ...]:
    """What refuses stays; what was given is forgotten, and so is an older refusal that a later opt-in took back."""
    keys = list(pseudonyms.keys_of(account.pk, [phone]))
    KeptRefusal.objects.filter(account=account, number_key__in=keys).delete()
    refusing = ConsentStatus.objects.filter(account=account, phone=phone, status__in=REFUSED).order_by("purpose")
    rows = [
        KeptRefusal(
            account=account,
            number_key=erasure.number_key,
            purpose=row.purpose,
            status=Status(row.status),
            since=row.since,
            source=row.source,
            erasure_id=erasure.pk,
        )
        for row in refusing
    ]
    KeptRefusal.objects.bulk_create(rows)
    return tuple(Purpose(row.purpose) for row in rows)


def empty(account: Account, phone: str, name: str, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(EMPTY, [name, account.pk, phone])
        cursor.execute(UNCOUNT, [account.pk, phone, totals.day_of(at, account, at)])
        cursor.execute(
            "UPDATE consent_chain SET phone = %s WHERE account_id = %s AND phone = %s", [name, account.pk, phone]
        )


def forget_the_rest(account: Account, phone: str) -> None:
    """What else consent keeps of the number: decided replies, links that were sent, reminders."""
    for model in (DeskItem, UnsubscribeLink, Reminder):
        model.objects.filter(account=account, phone=phone).delete()
