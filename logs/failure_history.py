"""The sends of numbers that failed lately, for the policy page: what `logs.simulating` replays.

Bounded: of very many numbers a sample, always the same numbers for the same days (by their hash), all of whose sends
are read. Installation-wide for operators; an account's people see their own account's alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection

from logs.failing import E4_TABLES, INTERCEPTED, code_of
from logs.simulating import Sent
from logs.statuses import Outcome, Reason, Stage, State
from smsadmin import uuid7
from smsadmin.listing.patience import TooSlow, time_limit

DAYS = 30  # that a policy is tried over
RECOVERY_DAYS = 60  # so that those of a month ago have had their month
NUMBERS = 4_000
SENDS = 60_000
SMALLER = 8  # times, where the sample has too many sends
# What can have a code at all, once a carrier says it: the index of reasons finds the rest of the year never.
REASONS = [
    int(r)
    for r in Reason
    if code_of(State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, r), intercepted=True) is not None
]
FILTERED = int(Reason.CONTENT_FILTERED)
# Whether the event that a message stands on says so (logs.failing).
SAYS_INTERCEPTED = (
    "EXISTS (SELECT 1 FROM status_event e WHERE e.message_id = message.id AND e.id = message.state_event_id "
    "AND e.account_id = message.account_id AND e.provider = ANY(%s) AND e.raw_error = %s)"
)
NEGATIVE = [int(outcome) for outcome in Outcome if outcome.is_negative]


@dataclass(frozen=True, slots=True)
class History:
    """``numbers`` failed, of which ``looked_at`` were read, with all their ``sends``."""

    numbers: int
    looked_at: int
    sends: list[Sent]

    @property
    def is_sample(self) -> bool:
        return self.looked_at < self.numbers


def load(accounts: Collection[int], *, now: datetime, days: int = RECOVERY_DAYS) -> History:
    """Raises smsadmin.listing.patience.TooSlow."""
    since = now - timedelta(days=days)
    size = NUMBERS
    with time_limit():
        while True:
            numbers, phones = failed_numbers(accounts, since, size)
            sends = sends_to(accounts, phones, since)
            if len(sends) <= SENDS:
                return History(numbers, len(phones), sends)
            if size < SMALLER:
                raise TooSlow
            size //= SMALLER


def failed_numbers(accounts: Collection[int], since: datetime, size: int) -> tuple[int, list[str]]:
    """How many, and a sample of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH failed AS (
                SELECT DISTINCT phone FROM message
                WHERE account_id = ANY(%s::bigint[]) AND reason = ANY(%s::smallint[]) AND reason <> 0 AND id >= %s
                    AND outcome = ANY(%s::smallint[]) AND stage > 10 AND NOT soft AND phone <> ''
                    AND (reason <> {FILTERED} OR {SAYS_INTERCEPTED})
            )
            SELECT phone, count(*) OVER () FROM failed ORDER BY hashtext(phone), phone LIMIT %s
            """,
            [list(accounts), REASONS, uuid7.floor(since), NEGATIVE, list(E4_TABLES), str(INTERCEPTED), size],
        )
        rows = cursor.fetchall()
    return (rows[0][1] if rows else 0), [phone for phone, _n in rows]


def sends_to(accounts: Collection[int], phones: Collection[str], since: datetime) -> list[Sent]:
    """All that left us to these numbers since then; one more than SENDS at most."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT id, account_id, phone, coalesce(sent_at, requested_at), coalesce(state_at, state_received_at),
                   stage, outcome, reason, number_valid, retry, soft, reason = {FILTERED} AND {SAYS_INTERCEPTED}
            FROM message
            WHERE account_id = ANY(%s::bigint[]) AND phone = ANY(%s::text[]) AND id >= %s AND stage > 10
            LIMIT %s
            """,
            [list(E4_TABLES), str(INTERCEPTED), list(accounts), list(phones), uuid7.floor(since), SENDS + 1],
        )
        return [
            Sent(pk, account, phone, at, ended, code_of_row(*state), state[1] == Outcome.DELIVERED)
            for pk, account, phone, at, ended, *state in cursor.fetchall()
        ]


@lru_cache(maxsize=1_000)
def code_of_row(
    stage: int, outcome: int, reason: int, number_valid: int, retry: bool, soft: bool, intercepted: bool
) -> int | None:
    return code_of(State.stored(stage, outcome, reason, number_valid, retry), soft=soft, intercepted=intercepted)
