"""From claimed to being submitted: what may go is asked once more, and committed before anything leaves us."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from logs import appending
from logs.appending import Addition
from logs.dispatching import outgoing, queue, telling
from logs.dispatching.claiming import Claimed
from logs.dispatching.outgoing import PLATFORM_ERROR, Route, refused_by_us
from logs.dispatching.queue import Waiting
from logs.dispatching.trying import Tried, Try
from logs.eligibility import facts, pipeline
from logs.eligibility.verdict import Candidate, Verdict
from logs.models import Message
from logs.providers.base import Refused
from logs.statuses import Outcome, Reason, Stage, State
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member

logger = logging.getLogger(__name__)

BEGINS_WITHIN = 20.0  # seconds from the commit to the beginning of the call, or it is not made
SPARE = timedelta(seconds=30)
# While pending the fold goes by the stage: told from the queue, it would stand behind the try that failed.
HELD_AFTER_A_TRY = State.of(Stage.SUBMITTING, Outcome.PENDING, Reason.SCHEDULED)


@dataclass(slots=True)
class Prepared:
    """``answered``: tries that no call could be made for. The rest was refused by our rules, or held."""

    tries: list[Try] = field(default_factory=list)
    answered: list[Tried] = field(default_factory=list)
    refused: int = 0
    held: int = 0


@transaction.atomic
def prepare(claimed: Sequence[Claimed], *, at: datetime) -> Prepared:
    """Check claimed messages of one account again and mark those that go as being submitted."""
    account = Account.objects.get(pk=claimed[0].account_id)
    messages = outgoing.messages_of(account.pk, [one.message_id for one in claimed])
    by_id = {one.id: one for one in candidates(account, messages)}
    facts.hold(account=account, candidates=by_id.values())
    ours = queue.still_claimed(claimed)
    going = [one for one in ours if one.message_id in by_id]
    _drop([one for one in ours if one.message_id not in by_id], messages, at)
    asked = [by_id[one.message_id] for one in going]
    verdicts = pipeline.judge(account=account, candidates=asked, at=at, again=True)
    prepared = Prepared()
    prepared.refused = _refuse([one for one in going if verdicts[one.message_id].refused], verdicts, at)
    prepared.held = _hold([one for one in going if verdicts[one.message_id].held_until], messages, verdicts, at)
    free = [one for one in going if not (verdicts[one.message_id].refused or verdicts[one.message_id].held_until)]
    return _submitting(prepared, account, free, messages, at)


def candidates(account: Account, messages: Mapping[UUID, Message]) -> list[Candidate]:
    """Those that still wait: not one that was ended meanwhile, or that a provider turned out to have."""
    waiting = [message for message in messages.values() if outgoing.is_unsent(message)]
    members = {message.member_id for message in waiting if message.member_id}
    known = Member.objects.of(account).filter(pk__in=members).only("time_zone", "number_validity").in_bulk()
    return [_candidate(message, known.get(message.member_id or 0)) for message in waiting]


def _candidate(message: Message, member: Member | None) -> Candidate:
    return Candidate(
        id=message.pk,
        phone=message.phone,
        kind=message.kind,
        source=message.source,
        body=message.body,
        segments=message.segments if message.body else 0,
        campaign_id=message.campaign_id,
        zone=member.time_zone if member else "",
        number_invalid=member is not None and member.number_validity == Member.NumberValidity.INVALID,
    )


def _drop(rows: Sequence[Claimed], messages: Mapping[UUID, Message], at: datetime) -> None:
    """Messages that were ended while they waited, that a provider has after all, or that are gone."""
    unsent = [row for row in rows if row.message_id in messages and messages[row.message_id].stage <= Stage.SUBMITTING]
    queue.remove(rows, unsent=unsent, at=at)


def _refuse(rows: Sequence[Claimed], verdicts: Mapping[UUID, Verdict], at: datetime) -> int:
    appending.append([_told(row, verdicts[row.message_id], at) for row in rows], at=at)
    queue.remove(rows, unsent=rows, at=at)
    return len(rows)


def _hold(
    rows: Sequence[Claimed], messages: Mapping[UUID, Message], verdicts: Mapping[UUID, Verdict], at: datetime
) -> int:
    """Each hold is told, also that of a message that was held or tried before: it has another end, or another why."""
    tried = {row for row in rows if messages[row.message_id].stage == Stage.SUBMITTING}
    appending.append(
        [_told(row, verdicts[row.message_id], at, HELD_AFTER_A_TRY if row in tried else None) for row in rows], at=at
    )
    waiting = []
    for row in rows:
        until = verdicts[row.message_id].held_until or at
        waiting.append(Waiting(row.message_id, until, row.refused_by, held=max(until - at, timedelta())))
    queue.wait(waiting)
    return len(rows)


def _told(row: Claimed, verdict: Verdict, at: datetime, state: State | None = None) -> Addition:
    """``state``: where it is not the verdict's own."""
    said = telling.of_us(
        state or verdict.event_state,
        message_id=row.message_id,
        what=f"{verdict.rule} {row.attempt} {at.isoformat()}",
        at=at,
        text=verdict.sentence,
        facts=verdict.facts,
        attempt=max(row.attempt, 1),
    )
    return Addition(row.account_id, row.message_id, said)


def _submitting(
    prepared: Prepared, account: Account, rows: Sequence[Claimed], messages: Mapping[UUID, Message], at: datetime
) -> Prepared:
    if not rows:
        return prepared
    routes = outgoing.routes(account.pk, {row.provider_account_id for row in rows})
    names = outgoing.template_names([messages[row.message_id] for row in rows])
    for row in rows:
        message = messages[row.message_id]
        made = _try(row, message, routes[row.provider_account_id], names.get(message.template_id or 0, ""), at)
        if isinstance(made, Try):
            prepared.tries.append(made)
        else:
            prepared.answered.append(Tried(row, row.attempt + 1, at, made))
    longest = max((this.call.timeout for this in prepared.tries), default=0.0)
    queue.submitting([row.message_id for row in rows], lease_until=at + lease(longest))
    return prepared


def lease(timeout: float) -> timedelta:
    """Longer than a call can take: its beginning, a place in the pool, the connection, writing, and reading twice."""
    return timedelta(seconds=BEGINS_WITHIN + 5 * timeout) + SPARE


def _try(row: Claimed, message: Message, route: Route | Refused, template: str, at: datetime) -> Try | Refused:
    if isinstance(route, Refused):
        return route
    number = row.attempt + 1
    made = outgoing.outgoing(message, route, attempt=number, expires_at=row.expires_at, at=at, template=template)
    if refused := outgoing.too_long(made, route):
        return refused
    try:
        call = route.adapter.submit(made, route.contract)
    except Exception as error:
        logger.exception("the adapter %s could not write a submission", route.adapter.name)
        return refused_by_us(PLATFORM_ERROR, f"the submission could not be written: {type(error).__name__}")
    return Try(row, number, at, route, made, call, until=time.monotonic() + BEGINS_WITHIN)
