"""What the rules look at, loaded for a whole batch: one query for each kind of fact, however many messages."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import connection

from blocklist import entries, requests
from blocklist.entries import Block
from consent import ledger
from consent.models import Reminder
from logs import credit
from logs.eligibility.quiet import quiet_until, zone_of
from logs.eligibility.verdict import BlockedBy, Candidate, Case, Consent
from logs.eligibility.words import Blocked
from logs.models import OURS, BlockedWord, Campaign, Kind, SendingRules, Source
from logs.models.message import CODE_SOURCES
from logs.statuses import Outcome
from smsadmin import uuid7
from smsadmin.accounts.models import Account
from smsadmin.partitions import Month

CODES = frozenset(int(source) for source in CODE_SOURCES)
# What somebody is waiting for: their code, or the consent request or the answer that follows what they did just now.
ASKED_FOR = CODES | {int(Source.CONSENT_REGISTRATION), int(Source.CONSENT_POS), *map(int, OURS)}
NOT_SENT = sorted(int(outcome) for outcome in Outcome if outcome.is_negative)
BUCKETS = 64
SOON = timedelta(days=7)  # sent later than that after it was asked for: message_sent_late
# From the request to the sending of what the cap counts: as far as one may plan ahead (logs.accepting), the longest
# validity, and nights of quiet hours between.
LONGEST_WAIT = timedelta(days=180 + 3 + 7)
LOCK = 0x454C_4947 << 32


@dataclass(slots=True)
class Facts:
    """Everything known for a batch; `case` puts together what concerns one message."""

    account: Account
    at: datetime
    again: bool
    rules: SendingRules
    words: Blocked
    balance: int | None = None
    marketing: dict[str, Consent] = field(default_factory=dict)
    operational: dict[str, Consent] = field(default_factory=dict)
    blocks: dict[int, dict[str, BlockedBy]] = field(default_factory=dict)
    tests: dict[UUID, BlockedBy | None] = field(default_factory=dict)  # what stops these besides what they test
    twins: dict[tuple[int, str], UUID] = field(default_factory=dict)
    recent: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))  # marketing, when
    asking: frozenset[UUID] = frozenset()

    def case(self, candidate: Candidate) -> Case:
        rules, source, phone = self.rules, candidate.source, candidate.phone
        marketing, asks = candidate.kind == Kind.MARKETING, candidate.id in self.asking
        twin = None if self.again else self.twins.get((candidate.campaign_id or 0, phone))
        return Case(
            at=self.at,
            marketing=marketing,
            asked_for=source in ASKED_FOR,
            is_code=source in CODES,
            is_answer=source in OURS,
            asks_consent=asks,
            source=source,
            has_number=bool(phone),
            number_invalid=candidate.number_invalid,
            block=self.block(candidate),
            marketing_consent=self.marketing.get(phone) if marketing or asks else None,
            operational_consent=self.operational.get(phone),
            without_opt_in=not marketing and source in rules.without_opt_in,
            twin=str(twin or ""),
            words=self.words.found_in(candidate.body),
            missing=candidate.missing,
            segments=candidate.segments,
            max_segments=rules.max_segments,
            cap=rules.cap_messages if marketing else None,
            cap_hours=rules.cap_hours,
            recent=self.recent_for(candidate) if marketing and rules.cap_messages is not None else 0,
            due_at=candidate.due_at,
            quiet_from=clock(rules.quiet_from),
            quiet_until=clock(rules.quiet_until),
            zone=candidate.zone or self.account.time_zone,
            balance=self.balance,
        )

    def block(self, candidate: Candidate) -> BlockedBy | None:
        if candidate.id in self.tests:
            return self.tests[candidate.id]
        return self.blocks.get(candidate.kind, {}).get(candidate.phone)

    def recent_for(self, candidate: Candidate) -> int:
        """How many marketing messages its number has got, or will have got, in the cap's hours before it leaves."""
        moment = self.leaving(candidate)
        since = moment - timedelta(hours=self.rules.cap_hours)
        return sum(since <= each <= moment for each in self.recent.get(candidate.phone, ()))

    def leaving(self, candidate: Candidate) -> datetime:
        """When it goes, if it goes: now or as planned, after quiet hours."""
        moment = max(self.at, candidate.due_at or self.at)
        start, end = self.rules.quiet_from, self.rules.quiet_until
        if start is None or end is None:
            return moment
        return quiet_until(moment, zone_of(candidate.zone or self.account.time_zone), start, end) or moment

    def count(self, candidate: Candidate) -> None:
        """It goes: those after it have it before them."""
        if self.balance is not None:
            self.balance -= candidate.segments
        if candidate.campaign_id and candidate.phone:
            self.twins.setdefault((candidate.campaign_id, candidate.phone), candidate.id)
        if candidate.kind == Kind.MARKETING and self.rules.cap_messages is not None:
            self.recent[candidate.phone].append(self.leaving(candidate))


def load(*, account: Account, candidates: Sequence[Candidate], at: datetime, again: bool) -> Facts:
    """The facts for these messages as they are now."""
    known = Facts(account, at, again, sending_rules(account), blocked_words(account))
    if not again:
        known.balance = credit.balance(account)
    numbers = {kind: sorted({c.phone for c in candidates if c.kind == kind and c.phone}) for kind in Kind}
    everybody = sorted({c.phone for c in candidates if c.phone})
    if not everybody:
        return known
    known.operational = standings(account, everybody, Kind.OPERATIONAL)
    known.asking = consent_requests(account, candidates, again=again)
    asked = {c.phone for c in candidates if c.id in known.asking and c.phone}
    if numbers[Kind.MARKETING] or asked:
        known.marketing = standings(account, sorted({*numbers[Kind.MARKETING], *asked}), Kind.MARKETING)
    for kind, phones in numbers.items():
        if phones:
            found = entries.active_for(account=account, phones=phones, kind=kind, at=at)
            known.blocks[kind] = {phone: blocked_by(block) for phone, block in found.items()}
    known.tests = tests(known, candidates)
    if numbers[Kind.MARKETING] and known.rules.cap_messages is not None:
        hours = timedelta(hours=known.rules.cap_hours)
        own = [candidate.id for candidate in candidates] if again else []
        known.recent = recent_marketing(account, numbers[Kind.MARKETING], hours, at, own=own, only_left=again)
    if not again and (campaigns := {c.campaign_id for c in candidates if c.campaign_id}):
        known.twins = campaign_messages(account, campaigns, {c.phone for c in candidates if c.campaign_id and c.phone})
    return known


def hold(*, account: Account, candidates: Iterable[Candidate]) -> None:
    """Let no other batch decide about the same numbers, or about the credit, before this transaction ends.

    Numbers share 64 locks an account, taken in order; only what is counted (a campaign, marketing) takes any.
    """
    counted = {c.phone for c in candidates if c.phone and (c.campaign_id or c.kind == Kind.MARKETING)}
    if counted:
        keys = sorted(
            {LOCK | (account.pk << 6 & 0xFFFF_FFFF) | zlib.crc32(phone.encode()) % BUCKETS for phone in counted}
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS k (key)", [keys])
    credit.lock(account)


# ---- the queries


def sending_rules(account: Account) -> SendingRules:
    return SendingRules.objects.filter(account=account).first() or SendingRules(account=account)


def blocked_words(account: Account) -> Blocked:
    """The account's own and those of the installation."""
    of_both = BlockedWord.objects.filter(account=account) | BlockedWord.objects.filter(account=None)
    return Blocked(of_both.order_by("pk").values_list("word", flat=True))


def standings(account: Account, phones: Collection[str], purpose: int) -> dict[str, Consent]:
    found = ledger.standings(account=account, phones=phones, purpose=purpose)
    return {phone: Consent(s.status.name.lower(), s.since, int(s.source)) for phone, s in found.items()}


def consent_requests(account: Account, candidates: Iterable[Candidate], *, again: bool) -> frozenset[UUID]:
    """Those that ask for consent. Of one that is about to leave its reminder says so: nothing else makes one."""
    if not again:
        return frozenset(c.id for c in candidates if c.asks_consent)
    likely = [c.id for c in candidates if c.source == Source.FILTER_MEMBERS and c.kind == Kind.OPERATIONAL]
    if not likely:
        return frozenset()
    made = Reminder.objects.filter(account=account).extra(where=["message_id = ANY(%s)"], params=[likely])
    return frozenset(made.values_list("message_id", flat=True))


def blocked_by(block: Block) -> BlockedBy:
    return BlockedBy(str(block.id), block.scope, str(block.reason), block.since, block.until, block.code)


def tests(known: Facts, candidates: Iterable[Candidate]) -> dict[UUID, BlockedBy | None]:
    """The one way past the block list: an operator's test of the number of an open removal request passes the entry
    that it is about, and no other (logs.removal_tests). Asks only where something is stopped."""
    stopped = {one.id: one for one in candidates if known.block(one) is not None}
    if not stopped:
        return {}
    found: dict[UUID, BlockedBy | None] = {}
    for message, (phone, entry) in requests.passed_by(account=known.account, messages=stopped).items():
        if stopped[message].phone == phone:
            kind = stopped[message].kind
            others = entries.active_for(account=known.account, phones=[phone], kind=kind, at=known.at, without=entry)
            found[message] = blocked_by(others[phone]) if phone in others else None
    return found


# Where a message's moment is that of its sending; one that may be with a provider already counts as sent now, one that
# waits as sent when it is due, and what is not, or too late, in our queue when it was asked for.
MOMENT = """
    coalesce(
        CASE WHEN m.sent_at > %(at)s THEN %(at)s ELSE m.sent_at END,
        (
            SELECT CASE
                WHEN q.step IN (3, 4) THEN %(at)s
                WHEN q.expires_at > %(at)s THEN greatest(q.due_at, %(at)s)
            END
            FROM send_queue q WHERE q.message_id = m.id
        ),
        m.requested_at
    )
"""
# And where only that counts which has left us, or may have.
LEFT = """
    coalesce(
        CASE WHEN m.sent_at > %(at)s THEN %(at)s ELSE m.sent_at END,
        (SELECT %(at)s FROM send_queue q WHERE q.message_id = m.id AND q.step IN (3, 4))
    )
"""
# For each number two walks: message_by_phone for what was asked for lately, message_sent_late for what was planned long
# before. OFFSET 0 keeps the planner from taking the whole period instead.
RECENT = """
    SELECT r.phone, r.moment FROM (
        SELECT p.phone, {moment} AS moment
        FROM unnest(%(phones)s::text[]) AS p (phone)
        CROSS JOIN LATERAL (
            (
                SELECT id, kind, outcome, sent_at, requested_at FROM message
                WHERE account_id = %(account)s AND phone = p.phone AND id >= %(lately)s OFFSET 0
            )
            UNION ALL
            (
                SELECT id, kind, outcome, sent_at, requested_at FROM message
                WHERE account_id = %(account)s AND phone = p.phone AND id >= %(first)s AND id < %(lately)s AND kind = 1
                AND (sent_at IS NULL AND outcome = 1 OR sent_at - requested_at > interval '7 days') OFFSET 0
            )
        ) m
        WHERE m.kind = 1 AND m.outcome <> ALL(%(not_sent)s) AND m.id <> ALL(%(own)s::uuid[]) OFFSET 0
    ) r
    WHERE r.moment >= %(since)s
"""


def recent_marketing(
    account: Account, phones: Collection[str], hours: timedelta, at: datetime, *, own: list[UUID], only_left: bool
) -> defaultdict[str, list[datetime]]:
    """When each number got, or still is to get, marketing messages in the ``hours`` before ``at`` and later.

    ``only_left``: without those that still wait. A message that is about to leave must not be stopped by one that
    waits behind it. ``own``: those that are judged; one that may have left is no reason against its own repeat.
    """
    since = at - hours
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            RECENT.format(moment=LEFT if only_left else MOMENT),
            {
                "phones": sorted(phones),
                "account": account.pk,
                "at": at,
                "since": since,
                "lately": first_of_month(since - SOON),
                "first": first_of_month(since - LONGEST_WAIT),
                "not_sent": NOT_SENT,
                "own": own,
            },
        )
        for phone, moment in cursor.fetchall():
            found[phone].append(moment)
    return found


# For each number its own walk of message_by_phone from ``since`` on: OFFSET 0 keeps the planner from taking the whole
# campaign, or the whole period, instead.
OF_CAMPAIGNS = """
    SELECT p.phone, m.id, m.campaign_id
    FROM unnest(%s::text[]) AS p (phone)
    CROSS JOIN LATERAL (
        SELECT id, campaign_id, outcome FROM message
        WHERE account_id = %s AND phone = p.phone AND id >= %s OFFSET 0
    ) m
    WHERE m.campaign_id = ANY(%s) AND m.outcome <> ALL(%s) ORDER BY m.id
"""


def campaign_messages(
    account: Account, campaigns: Collection[int], phones: Collection[str]
) -> dict[tuple[int, str], UUID]:
    """The first message of each campaign to each number that was not refused: none is older than its campaign."""
    begun = Campaign.objects.filter(account=account, pk__in=campaigns).values_list("created_at", flat=True)
    since = min(begun, default=None)
    if since is None or not phones:
        return {}
    found: dict[tuple[int, str], UUID] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            OF_CAMPAIGNS,
            [sorted(phones), account.pk, first_of_month(since), sorted(campaigns), NOT_SENT],
        )
        for phone, pk, campaign in cursor.fetchall():
            found.setdefault((campaign, phone), pk)
    return found


def first_of_month(at: datetime) -> UUID:
    """The least id of that month. From the moment itself on there would be next to nothing for the planner, whose
    statistics do not know the newest rows: it would read all of them for each number."""
    return uuid7.floor(Month.of(at).start)


def clock(moment: time | None) -> str:
    return f"{moment:%H:%M}" if moment else ""
