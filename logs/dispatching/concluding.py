"""Writing down what providers answered: all of a batch in one transaction."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from logs import appending, failing
from logs.appending import Addition
from logs.dispatching import deciding, following, health, queue, routing, telling
from logs.dispatching.claiming import Claimed
from logs.dispatching.deciding import Decision, Next
from logs.dispatching.health import Answered
from logs.dispatching.queue import Waiting
from logs.dispatching.routing import Way
from logs.dispatching.trying import Tried
from logs.providers.base import Refused, Taken, Unsure
from logs.providers.http import Lost, NotSent


@dataclass(slots=True)
class Concluded:
    taken: int = 0
    again: int = 0
    unsure: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class _Case:
    tried: Tried
    decision: Decision


@transaction.atomic
def conclude(batch: Sequence[Tried], *, at: datetime) -> Concluded:
    """Write the answers into the log, the queue, the provider's ids, the credit and the circuits.

    What a provider took is written whatever became of the row meanwhile; of a try that somebody else has taken over
    since, nothing else is.
    """
    under_way = queue.still_under_way((tried.claimed.message_id, tried.number) for tried in batch)
    current = [tried for tried in batch if tried.claimed.message_id in under_way or isinstance(tried.answer, Taken)]
    cases = list(_cases(current, at))
    appended = appending.append([addition for case in cases for addition in _additions(case, at)], at=at)
    failing.record(appended.changes, at=at)
    following.keep([case.tried for case in cases if case.decision.next is Next.DONE], at)
    _move([case for case in cases if case.tried.claimed.message_id in under_way], at)
    health.note([_answered(case) for case in cases], at=at)
    return _counted(cases)


def _cases(batch: Sequence[Tried], at: datetime) -> Iterator[_Case]:
    ways: dict[int, list[Way]] = {}
    for tried in batch:
        row = tried.claimed
        if row.account_id not in ways:
            ways[row.account_id] = health.ways_of(row.account_id)
        refused_by = {*row.refused_by, row.provider_account_id}
        this = deciding.Try(
            attempt=tried.number,
            at=at,
            expires_at=row.expires_at,
            another=not row.pinned and routing.another(ways[row.account_id], refused_by, at) is not None,
            hope=routing.hope(row.refused_by) or (not row.pinned and routing.left(ways[row.account_id], refused_by)),
            pinned=row.pinned,
            roll=random.random(),  # it spreads what failed together
        )
        yield _Case(tried, deciding.decide(tried.answer, this))


def _additions(case: _Case, at: datetime) -> Iterator[Addition]:
    tried, row = case.tried, case.tried.claimed
    match tried.answer:
        case Taken(heard, parts):
            for number, one in enumerate(heard or (telling.acknowledged(parts),)):
                said = telling.of_provider(
                    one,
                    message_id=row.message_id,
                    provider_account_id=row.provider_account_id,
                    attempt=tried.number,
                    at=at,
                    source=tried.source,
                    number=number,
                )
                yield Addition(
                    row.account_id, row.message_id, said, row.provider_account_id, one.provider_message_id,
                    one.price, one.currency,
                )  # fmt: skip
        case Refused(heard):
            said = telling.of_provider(
                heard,
                message_id=row.message_id,
                provider_account_id=row.provider_account_id,
                attempt=tried.number,
                at=at,
                state=case.decision.state,
                source=tried.source,
            )
            yield Addition(row.account_id, row.message_id, said)
        case NotSent(why) | Lost(why):
            yield _ours(case, at, why)
        case Unsure(why, raw):
            yield _ours(case, at, why, raw)


def _ours(case: _Case, at: datetime, why: str, raw: str = "") -> Addition:
    tried, row = case.tried, case.tried.claimed
    assert case.decision.state is not None
    said = telling.of_us(
        case.decision.state,
        message_id=row.message_id,
        what=f"try {tried.number}",
        at=at,
        text=why,
        attempt=tried.number,
        provider_account_id=row.provider_account_id,
        source=tried.source,
        raw=raw,
    )
    return Addition(row.account_id, row.message_id, said)


def _move(cases: Sequence[_Case], at: datetime) -> None:
    """What becomes of the rows of the queue."""
    by_next: dict[Next, list[_Case]] = {step: [] for step in Next}
    for case in cases:
        by_next[case.decision.next].append(case)
    ended = [case.tried.claimed for case in by_next[Next.END]]
    queue.remove([*ended, *(case.tried.claimed for case in by_next[Next.DONE])], unsent=ended, at=at)
    queue.wait([_waiting(case.tried.claimed, case.decision, at) for case in by_next[Next.AGAIN]])
    queue.doubt([(case.tried.claimed.message_id, case.decision.due_at or at) for case in by_next[Next.ASK]])


def _waiting(row: Claimed, decision: Decision, at: datetime) -> Waiting:
    due_at = decision.due_at or at
    whom = routing.marked(row.refused_by, row.provider_account_id, decision.mark, waits=due_at > at)
    return Waiting(row.message_id, due_at, whom)


def _answered(case: _Case) -> Answered:
    tried, decision = case.tried, case.decision
    return Answered(
        tried.claimed.provider_account_id,
        decision.sign,
        tried.started_at,
        error=_error(tried),
        slower=decision.slower,
        took=decision.next is Next.DONE,
    )


def _error(tried: Tried) -> str:
    """For the operator, where the provider account and not the message is what failed."""
    match tried.answer:
        case NotSent(why) | Lost(why) | Unsure(why, _):
            return why
        case Refused(heard) if heard.state.reason.family in deciding.SIGNS:
            words = (heard.state.reason.slug, heard.raw_status, heard.raw_error, heard.raw_text)
            return " · ".join(word for word in words if word)
        case _:
            return ""


def _counted(cases: Iterable[_Case]) -> Concluded:
    counted = Concluded()
    for case in cases:
        match case.decision.next:
            case Next.DONE:
                counted.taken += 1
            case Next.AGAIN:
                counted.again += 1
            case Next.ASK:
                counted.unsure += 1
            case Next.END:
                counted.ended += 1
    return counted
