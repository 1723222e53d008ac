"""How fast messages are accepted, and how fast they are claimed and judged again before they leave.

Over the default connection's filled database, for the account with half of its messages: marketing to its members,
with a frequency cap, an opt-in for each of its numbers and 200,000 block entries beside them.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from django.db import connection, transaction

from logs import rollups
from logs.accepting import Accepted, Ask, accept
from logs.dispatching import claiming, preparing
from logs.models import Kind, ProviderAccount, QueuedMessage, SendingRules, Source
from smsadmin import uuid7
from smsadmin.accounts.models import Account, SmsUser
from tests.benchmarks.cases import BIG

BATCH = 1000
ROUNDS = 20
BLOCKED = 200_000
MARK = "bench-sending"
GOAL = 2_500

OPT_INS = """
    INSERT INTO consent_status (account_id, phone, purpose, status, since, source, event_id, last_at, updated_at)
    SELECT account_id, phone, 1, 2, now() - interval '1 year', 2, gen_random_uuid(), now(), now()
    FROM members_member WHERE account_id = %s ON CONFLICT DO NOTHING
"""
BLOCKS = """
    INSERT INTO block_entry
           (phone, scope, account_id, source_account_id, origin, code, note, by_name, intercepted_at, expires_at,
            seen_at, times, step, lifted_by_name, lift_reason)
    SELECT '+3370' || lpad(n::text, 7, '0'), 'account', %s, %s, 1, 500, '', '', now(), now() + interval '30 days',
           now(), 1, 0, '', ''
    FROM generate_series(1, %s) n ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class Sent:
    """Messages a second, a figure for each batch. ``claimed`` is in batches as large as those that were accepted,
    ``in_rounds`` in those of a round of dispatch, which claims no more than it may call at once."""

    messages: int
    accepted: list[float] = field(default_factory=list)
    claimed: list[float] = field(default_factory=list)
    in_rounds: list[float] = field(default_factory=list)


def sending(messages: int = 20_000) -> Sent:
    """Accept and claim so many messages in batches of 1,000; leaves the database as it was."""
    account = Account.objects.get(pk=BIG)
    found = Sent(messages)
    with prepared(account) as (caller, phones):
        for start in range(0, messages, BATCH):
            asks = [ask(phone) for phone in phones[start : start + BATCH]]
            found.accepted.append(rate(lambda asks=asks: taken(account, caller, asks)))
        for _round in range(ROUNDS):
            found.in_rounds.append(rate(lambda: claimed(account)))
        with large_rounds():
            while QueuedMessage.objects.filter(account=account, step=QueuedMessage.Step.WAITING).exists():
                found.claimed.append(rate(lambda: claimed(account)))
    return found


@contextmanager
def large_rounds() -> Iterator[None]:
    """Claim as many at once as were accepted at once, whatever may be called at once."""
    usual, claiming.CALLS_OF_ONE = claiming.CALLS_OF_ONE, BATCH
    try:
        yield
    finally:
        claiming.CALLS_OF_ONE = usual


def rate(work: Callable[[], int]) -> float:
    begun = time.perf_counter()
    return work() / (time.perf_counter() - begun)


def ask(phone: str) -> Ask:
    return Ask(
        source=Source.AUTOMATION,
        to=phone,
        text="Spring beans are here. Come in this week and the second bag is on us. Reply STOP to opt out.",
        kind=Kind.MARKETING,
        campaign="Bench sending",
        reference=MARK,
    )


def taken(account: Account, caller: SmsUser, asks: list[Ask]) -> int:
    answers = accept(account=account, asks=asks, sms_user=caller, by=None, at=datetime.now(UTC))
    if refused := [answer for answer in answers if not isinstance(answer, Accepted) or answer.state.outcome.is_final]:
        raise RuntimeError(f"{len(refused)} were not accepted, the first: {refused[0]}")
    return len(answers)


def claimed(account: Account) -> int:
    """What a round of dispatch does before it calls."""
    at = datetime.now(UTC)
    claim = claiming.claim(account_id=account.pk, priorities=[9], room=BATCH, busy={}, at=at)
    ready = preparing.prepare(claim.rows, at=at)
    if not claim.rows or len(ready.tries) != len(claim.rows):
        raise RuntimeError(f"of {len(claim.rows)} claimed only {len(ready.tries)} may go")
    return len(ready.tries)


@contextmanager
def prepared(account: Account) -> Iterator[tuple[SmsUser, list[str]]]:
    begun = uuid7.floor(datetime.now(UTC))
    clear(account, begun)  # of a run that was cut short
    try:
        yield set_up(account)
    finally:
        clear(account, begun)


def set_up(account: Account) -> tuple[SmsUser, list[str]]:
    """Who submits, and the numbers to text in no order."""
    caller = SmsUser.objects.create(account=account, name=MARK)
    SendingRules.objects.create(account=account, cap_messages=100, cap_hours=24)
    ProviderAccount.objects.create(account=account, provider="simulator", name=MARK, enabled=True, rate=30_000)
    with connection.cursor() as cursor:
        cursor.execute(OPT_INS, [account.pk])
        cursor.execute(BLOCKS, [account.pk, account.pk, BLOCKED])
        cursor.execute("ANALYZE consent_status, block_entry")
        cursor.execute("SELECT phone FROM members_member WHERE account_id = %s ORDER BY md5(phone)", [account.pk])
        return caller, [phone for (phone,) in cursor.fetchall()]


def clear(account: Account, begun: object) -> None:
    """The status log refuses DELETE, so its guard sleeps meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "SELECT id FROM message WHERE id >= %s AND account_id = %s AND reference = %s", [begun, account.pk, MARK]
        )
        ids = [pk for (pk,) in cursor.fetchall()]
        for table, column in (("status_event", "message_id"), ("message", "id"), ("send_queue", "message_id")):
            cursor.execute(f"DELETE FROM {table} WHERE {column} = ANY(%s::uuid[])", [ids])
        for table in rollups.TABLES:
            cursor.execute(f"DELETE FROM {table} WHERE account_id = %s AND NOT squashed", [account.pk])
        for table in ("consent_status", "block_entry", "logs_sendingrules", "logs_providerhealth"):
            cursor.execute(f"DELETE FROM {table} WHERE account_id = %s", [account.pk])
        cursor.execute("DELETE FROM logs_provideraccount WHERE account_id = %s AND name = %s", [account.pk, MARK])
        cursor.execute("DELETE FROM logs_campaign WHERE account_id = %s AND name = %s", [account.pk, "Bench sending"])
        cursor.execute("DELETE FROM accounts_smsuser WHERE account_id = %s AND name = %s", [account.pk, MARK])


def table(found: Sent) -> str:
    rows = (
        (f"accepted: resolved, judged, written, {BATCH:,} at once", found.accepted, f"{GOAL:,}"),
        (f"claimed, judged again and marked, {BATCH:,} at once", found.claimed, f"{GOAL:,}"),
        ("the same in rounds of dispatch, one worker", found.in_rounds, ""),
    )
    lines = [f"| {name} | {median(rates):,.0f} | {goal} |" for name, rates, goal in rows]
    return "\n".join(["| way | messages a second | at least |", "|---|---:|---:|", *lines]) + "\n"
