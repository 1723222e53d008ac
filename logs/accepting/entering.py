"""Writing what was judged: the messages with their first event, the queue's rows, and what they take of the credit."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from logs import credit, recording
from logs.accepting.asks import Accepted
from logs.accepting.resolving import Item
from logs.copying import NULL, copy, number
from logs.drafts import Draft, Said
from logs.eligibility import facts, pipeline
from logs.eligibility.verdict import Candidate, Verdict
from logs.models import EventSource, Kind, QueuedMessage
from logs.statuses import event_id
from smsadmin import uuid7
from smsadmin.accounts.models import Account, User

# Only we speak of our own queue, and a message is accepted once.
FIRST_EVENT = event_id(provider="smsadmin", provider_event_id="accepted")
QUEUE_COLUMNS = (
    "message_id", "account_id", "step", "priority", "due_at", "expires_at", "attempt", "refused_by", "held_credit",
    "pinned_provider_account_id",
)  # fmt: skip
URGENT, NORMAL, PATIENT = 1, 5, 9


def new_ids(n: int, at: datetime) -> Iterator[UUID]:
    """Ids of this moment that stand in the order of the batch, as far as the next 4,096."""
    noise = os.urandom(9 * n)
    for place in range(n):
        rest = int.from_bytes(noise[9 * place : 9 * place + 9], "big") & (1 << 68) - 1
        yield uuid7.make(at, ((place & 0xFFF) << 68 | rest).to_bytes(10, "big"))


def enter(
    *,
    account: Account,
    items: Sequence[tuple[UUID, Item]],
    sms_user_id: int | None,
    by: User | None,
    at: datetime,
) -> list[Accepted]:
    """Judge these messages and write them, in the caller's transaction. A fixed number of queries."""
    if not items:
        return []
    candidates = [candidate_of(pk, item) for pk, item in items]
    facts.hold(account=account, candidates=candidates)
    verdicts = pipeline.judge(account=account, candidates=candidates, at=at)
    drafts = [draft_of(pk, item, verdicts[pk], sms_user_id, at) for pk, item in items]
    recording.record(account=account, drafts=drafts, at=at)
    going = [(pk, item, verdicts[pk]) for pk, item in items if not verdicts[pk].refused]
    limited = any("balance" in verdict.facts for _pk, _item, verdict in going)
    queue(account, going, at, limited=limited)
    if limited:
        segments = sum(item.segments for _pk, item, _verdict in going)
        credit.take(account=account, segments=segments, messages=len(going), by=by, at=at)
    return [answer(pk, item, verdicts[pk]) for pk, item in items]


def candidate_of(pk: UUID, item: Item) -> Candidate:
    return Candidate(
        pk,
        item.phone,
        item.kind,
        item.source,
        item.body,
        item.segments,
        campaign_id=item.campaign_id,
        zone=item.zone,
        missing=item.missing,
        number_invalid=item.number_invalid,
        due_at=item.due_at,
        asks_consent=item.asks_consent,
    )


def draft_of(pk: UUID, item: Item, verdict: Verdict, sms_user_id: int | None, at: datetime) -> Draft:
    evidence: Mapping[str, object] = {**verdict.facts, **item.notes}
    said = Said(
        FIRST_EVENT,
        verdict.event_state,
        at,
        at,
        int(EventSource.PLATFORM),
        raw_text=verdict.sentence,
        raw=json.dumps(evidence, ensure_ascii=False, separators=(",", ":")),
    )
    return Draft(
        id=pk,
        requested_at=at,
        phone=item.phone,
        kind=item.kind,
        said=(said,),
        source=item.source,
        body=item.body,
        segments=item.segments,
        sender=item.sender,
        reference=item.reference,
        member_id=item.member_id,
        template_id=item.template_id,
        sms_user_id=sms_user_id,
        campaign_id=item.campaign_id,
        labels=item.labels,
    )


def queue(account: Account, going: Iterable[tuple[UUID, Item, Verdict]], at: datetime, *, limited: bool) -> None:
    """A row of the queue for each message that goes, now or later."""
    usual = timedelta(hours=facts.sending_rules(account).validity_hours)
    copy(
        "send_queue",
        QUEUE_COLUMNS,
        (queue_line(account.pk, pk, item, verdict.held_until or at, usual, limited) for pk, item, verdict in going),
    )


def queue_line(account: int, pk: UUID, item: Item, due: datetime, usual: timedelta, limited: bool) -> str:
    """The validity begins when the message may leave: what is held over night must not expire by it."""
    expires = due + (item.validity or usual)
    pinned = NULL if item.provider_account_id is None else number(item.provider_account_id)
    return (
        f"{pk}\t{account}\t{QueuedMessage.Step.WAITING:d}\t{priority(item)}\t{due.isoformat()}\t{expires.isoformat()}\t"
        f"0\t{{}}\t{item.segments if limited else 0}\t{pinned}\n"
    )


def priority(item: Item) -> int:
    """Codes before what people must know before marketing."""
    if item.source in facts.CODES:
        return URGENT
    return PATIENT if item.kind == Kind.MARKETING else NORMAL


def answer(pk: UUID, item: Item, verdict: Verdict) -> Accepted:
    return Accepted(item.index, pk, verdict.event_state, verdict.sentence, verdict.held_until)
