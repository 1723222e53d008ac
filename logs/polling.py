"""Asking providers what became of messages that they took and said nothing final about, at the times of
`polling_times` (R4); and giving up in the end, softly: a receipt still corrects it.

A row that is asked for is put off by a lease first, so that a worker that is killed loses nothing. Calls are made in
threads, the database is touched by the calling one only.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from logs import appending, polling_times, receipts
from logs.appending import Addition
from logs.dispatching import outgoing, telling, trying, turns
from logs.dispatching.outgoing import Route
from logs.models import EventSource, Message, Signed, StatusQuery
from logs.orphans import Receipt
from logs.providers.base import Answer, Call, CannotSay, Finding, Found, Outgoing
from logs.statuses import Outcome, Reason, Stage, State

logger = logging.getLogger(__name__)

BATCH = 64
AT_ONCE = 32
LEASE = timedelta(minutes=5)
NO_REPORT = State.of(Stage.PROVIDER_ACCEPTED, Outcome.UNKNOWN, Reason.NO_REPORT)
NOTHING_CAME = "No report came in the time that the provider had."

DUE = """
    UPDATE status_query q SET due_at = %(lease)s FROM (
        SELECT message_id, due_at AS was FROM status_query WHERE due_at <= %(at)s
        ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) due
    WHERE q.message_id = due.message_id
    RETURNING q.message_id
"""


@dataclass(slots=True)
class Polled:
    """How many were due; ``over``: had ended before; ``told``: got an answer; ``given_up``: ended without a report."""

    due: int = 0
    over: int = 0
    told: int = 0
    given_up: int = 0


@dataclass(frozen=True, slots=True)
class _Question:
    query: StatusQuery
    route: Route
    outgoing: Outgoing
    call: Call


def poll(*, now: Callable[[], datetime] = timezone.now, limit: int = BATCH) -> Polled:
    """One batch of what is due."""
    at = now()
    rows = _claim(at, limit)
    done = Polled(due=len(rows))
    if not rows:
        return done
    messages = _messages(rows)
    waiting = [row for row in rows if _is_open(messages.get(row.message_id))]
    done.over = _forget([row for row in rows if not _is_open(messages.get(row.message_id))])
    questions = list(_questions(waiting, messages, at))
    with trying.threads(AT_ONCE) as pool:
        findings = list(pool.map(_ask, questions))
    _write(waiting, list(zip(questions, findings, strict=True)), messages, done, now())
    return done


@transaction.atomic
def _claim(at: datetime, limit: int) -> list[StatusQuery]:
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"at": at, "lease": at + LEASE, "limit": limit})
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(StatusQuery.objects.filter(message_id__in=ids))


def _messages(rows: Collection[StatusQuery]) -> dict[UUID, Message]:
    accounts: dict[int, list[UUID]] = {}
    for row in rows:
        accounts.setdefault(row.account_id, []).append(row.message_id)
    found: dict[UUID, Message] = {}
    for account_id, ids in accounts.items():
        found |= outgoing.messages_of(account_id, ids)
    return found


def _is_open(message: Message | None) -> bool:
    """A final answer of a provider stops the questions; what is final only for want of a better one does not."""
    return message is not None and (message.soft or not message.state.outcome.is_final)


def _forget(rows: Collection[StatusQuery]) -> int:
    if rows:
        StatusQuery.objects.filter(message_id__in=[row.message_id for row in rows]).delete()
    return len(rows)


def _questions(rows: Iterable[StatusQuery], messages: dict[UUID, Message], at: datetime) -> Iterable[_Question]:
    by_account: dict[int, list[StatusQuery]] = {}
    for row in rows:
        by_account.setdefault(row.account_id, []).append(row)
    for account_id, of_one in by_account.items():
        routes = outgoing.routes(account_id, {row.provider_account_id for row in of_one})
        for row in of_one:
            route = routes[row.provider_account_id]
            if isinstance(route, Route) and (question := _question(row, messages[row.message_id], route, at)):
                yield question


def _question(row: StatusQuery, message: Message, route: Route, at: datetime) -> _Question | None:
    made = outgoing.outgoing(message, route, attempt=row.attempt, expires_at=max(row.ends_at, at), at=at, template="")
    try:
        call = route.adapter.query(row.provider_message_id, made, route.contract)
    except Exception:
        logger.exception("the adapter %s could not write a question", route.adapter.name)
        return None
    return _Question(row, route, made, call) if call and route.adapter.can_query else None


def _ask(question: _Question) -> Finding:
    """Never raises."""
    answer = trying.exchange(question.call)
    if not isinstance(answer, Answer):
        return CannotSay(answer.why)
    route, name = question.route, question.query.provider_message_id
    try:
        return route.adapter.queried(answer, name, question.outgoing, route.contract)
    except Exception as error:
        logger.exception("the adapter %s could not read an answer to a question", route.adapter.name)
        return CannotSay(f"the answer could not be read: {type(error).__name__}")


# ---- what follows


@transaction.atomic
def _write(
    rows: Sequence[StatusQuery],
    answers: Sequence[tuple[_Question, Finding]],
    messages: dict[UUID, Message],
    done: Polled,
    at: datetime,
) -> None:
    heard = [receipt for question, finding in answers for receipt in _receipts(question, finding, at)]
    taken = receipts.take(heard, at=at)
    ended = {change.message_id for change in taken.changes if change.after.outcome.is_final and not change.soft}
    done.told = len(taken.changes)
    left = [row for row in rows if row.message_id not in ended]
    over = [row for row in left if row.ends_at <= at]
    _give_up([row for row in over if not messages[row.message_id].state.outcome.is_final], at)
    _forget([*over, *(row for row in rows if row.message_id in ended)])
    _put_off([row for row in left if row.ends_at > at], at)
    done.given_up = len(over)


def _receipts(question: _Question, finding: Finding, at: datetime) -> list[Receipt]:
    """As if the provider had said it by itself; our own id makes sure of whom it speaks."""
    if not isinstance(finding, Found):
        return []
    query = question.query
    return [
        Receipt(
            query.account_id,
            query.provider_account_id,
            heard._replace(reference=str(query.message_id)),
            EventSource.POLL,
            Signed.NONE,
            at,
        )
        for heard in finding.heard
    ]


def _give_up(rows: Sequence[StatusQuery], at: datetime) -> None:
    additions = [
        Addition(
            row.account_id,
            row.message_id,
            telling.of_us(
                NO_REPORT,
                message_id=row.message_id,
                what=f"no report {row.attempt}",
                at=at,
                text=NOTHING_CAME,
                attempt=row.attempt,
                provider_account_id=row.provider_account_id,
                source=EventSource.TIMEOUT,
                soft=True,
            ),
        )
        for row in rows
    ]
    appending.append(additions, at=at)


def _put_off(rows: Sequence[StatusQuery], at: datetime) -> None:
    """To the next time that lies ahead: after a standstill nothing is asked twice in a row."""
    for row in rows:
        row.asked += 1
        while (due := polling_times.due(sent_at=row.sent_at, asked=row.asked, end=row.ends_at)) <= at < row.ends_at:
            row.asked += 1
        row.due_at = due
    StatusQuery.objects.bulk_update(rows, ["asked", "due_at"])


def work(*, seconds: float = 20.0) -> None:
    """As long as there is more, where nobody else polls."""
    until = time.monotonic() + seconds
    with turns.taken("poll", 1) as ours:
        while ours and time.monotonic() < until and poll().due == BATCH:
            pass
