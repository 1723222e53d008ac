"""Messages that perhaps were taken (ADR 0007): asked for before anything else, and never sent again blindly.

the message was heard of meanwhile       the provider has it
the provider finds it                    as if it had answered so to the submission, unless what it finds is known as
                                         another message's
it surely does not know it               waits again
a repeat counts as the same message      submitted again at once, where our own rules still allow it; a refusal of
                                         the repeat says nothing of the first try
it cannot say, or does not answer        asked again with growing pauses until the validity ends
it cannot be asked, or the validity ends unknown, ambiguous submit: soft, so that a receipt still corrects it
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from logs import appending
from logs.appending import Addition
from logs.dispatching import concluding, following, leases, outgoing, preparing, queue, retrying, telling, trying
from logs.dispatching.claiming import Claimed
from logs.dispatching.deciding import NOT_SENT
from logs.dispatching.outgoing import Route
from logs.dispatching.queue import Waiting
from logs.dispatching.trying import Learned, Question, Tried
from logs.eligibility import pipeline
from logs.models import EventSource, Message
from logs.providers.base import Call, Found, NotFound, Outgoing, Part, Refused, Taken
from logs.statuses import Outcome, Reason, Stage, State
from smsadmin.accounts.models import Account

logger = logging.getLogger(__name__)

AT_ONCE = 32
LEASE = timedelta(minutes=3)  # longer than any question takes
NOBODY_KNOWS = State.of(Stage.SUBMITTING, Outcome.UNKNOWN, Reason.AMBIGUOUS_SUBMIT)
CANNOT_BE_ASKED = "The provider did not answer clearly, and cannot be asked whether it has the message."
IN_VAIN = "The provider did not answer clearly, and nobody could find out whether it has the message."
NOT_THERE = "The provider does not know the message: it was not taken."

UNSURE = """
    UPDATE send_queue q SET lease_until = %(lease)s FROM (
        SELECT message_id FROM send_queue
        WHERE step > 1 AND step = 4 AND due_at <= %(at)s AND (lease_until IS NULL OR lease_until < %(at)s)
        ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) due
    WHERE q.message_id = due.message_id
    RETURNING q.account_id, q.message_id, q.provider_account_id, q.attempt, q.expires_at, q.held_credit, q.refused_by,
              q.pinned_provider_account_id IS NOT NULL, q.lease_until
"""


@dataclass(slots=True)
class Reconciled:
    taken: int = 0
    again: int = 0
    asked: int = 0  # without an answer: later once more
    unknown: int = 0


@dataclass(slots=True)
class _Sorted:
    """The unsure ones of an account by what can be done about them."""

    questions: list[Question] = field(default_factory=list)
    has_it: list[tuple[Claimed, Message]] = field(default_factory=list)
    later: list[Claimed] = field(default_factory=list)  # what must not be repeated now, and cannot be asked for else
    hopeless: list[Claimed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A message that is still in doubt, as its adapter is given it. ``repeat`` is the call that submits it once more,
    where the provider takes that for the same message."""

    claimed: Claimed
    route: Route
    outgoing: Outgoing
    repeat: Call | None


def reconcile(*, now: Callable[[], datetime] = timezone.now, limit: int = AT_ONCE) -> Reconciled:
    """One batch: take over what lost its worker, ask, write down."""
    leases.end(at=now())
    done = Reconciled()
    by_account: dict[int, list[Claimed]] = {}
    for row in _claim(now(), limit):
        by_account.setdefault(row.account_id, []).append(row)
    questions = []
    for account_id, rows in by_account.items():
        sorted_out = _sort_out(account_id, rows, now())
        _settle(sorted_out, done, now())
        _ask_again(sorted_out.later, done, now())
        questions += sorted_out.questions
    if questions:
        with trying.threads(len(questions)) as pool:
            learned = list(pool.map(trying.ask, questions))
        _write(learned, done, now())
    return done


@transaction.atomic
def _claim(at: datetime, limit: int) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute(UNSURE, {"at": at, "lease": at + LEASE, "limit": limit})
        return [
            Claimed(account, message, way, attempt, end, credit, tuple(refused), pinned, lease)
            for account, message, way, attempt, end, credit, refused, pinned, lease in cursor.fetchall()
        ]


def _sort_out(account_id: int, rows: Sequence[Claimed], at: datetime) -> _Sorted:
    messages = outgoing.messages_of(account_id, [row.message_id for row in rows])
    routes = outgoing.routes(account_id, {row.provider_account_id for row in rows})
    names = outgoing.template_names(list(messages.values()))
    found, doubts = _Sorted(), []
    for row in rows:
        message, route = messages.get(row.message_id), routes[row.provider_account_id]
        if message is not None and not outgoing.is_unsent(message):
            found.has_it.append((row, message))
        elif message is not None and isinstance(route, Route):
            doubts.append(_doubt(row, message, route, names.get(message.template_id or 0, ""), at))
        else:
            found.hopeless.append(row)
    repeated = {doubt.claimed.message_id: messages[doubt.claimed.message_id] for doubt in doubts if doubt.repeat}
    allowed = _allowed(account_id, repeated, at)
    for doubt in doubts:
        row = doubt.claimed
        if question := _question(doubt, may_repeat=row.message_id in allowed, at=at):
            found.questions.append(question)
        elif doubt.repeat:
            found.later.append(row)
        else:
            found.hopeless.append(row)
    return found


def _doubt(row: Claimed, message: Message, route: Route, template: str, at: datetime) -> _Doubt:
    made = outgoing.outgoing(
        message, route, attempt=row.attempt, expires_at=max(row.expires_at, at), at=at, template=template
    )
    return _Doubt(row, route, made, _repeat(route, made) if row.expires_at > at else None)


def _repeat(route: Route, made: Outgoing) -> Call | None:
    try:
        submission = route.adapter.submit(made, route.contract)
    except Exception:
        logger.exception("the adapter %s could not write a submission", route.adapter.name)
        return None
    return submission if submission.idempotent else None


def _allowed(account_id: int, messages: Mapping[UUID, Message], at: datetime) -> set[UUID]:
    """Those that our own rules would let leave now. Where the first try did not arrive, its repeat is what sends the
    message: nobody who has written STOP meanwhile gets it, and nobody is woken by it."""
    if not messages:
        return set()
    account = Account.objects.get(pk=account_id)
    asked = preparing.candidates(account, messages)
    verdicts = pipeline.judge(account=account, candidates=asked, at=at, again=True)
    return {pk for pk, verdict in verdicts.items() if not (verdict.refused or verdict.held_until)}


def _question(doubt: _Doubt, *, may_repeat: bool, at: datetime) -> Question | None:
    row, route, made = doubt.claimed, doubt.route, doubt.outgoing
    if doubt.repeat and may_repeat:
        return Question(row, at, route, made, doubt.repeat, repeats=True)
    try:
        call = route.adapter.query("", made, route.contract)
    except Exception:
        logger.exception("the adapter %s could not write a question", route.adapter.name)
        return None
    return Question(row, at, route, made, call, repeats=False) if call else None


# ---- what follows


@transaction.atomic
def _settle(found: _Sorted, done: Reconciled, at: datetime) -> None:
    """Those for which no question helps."""
    ours = queue.still_under_way((row.message_id, row.attempt) for row in found.hopeless)
    hopeless = [row for row in found.hopeless if row.message_id in ours]
    _give_up(hopeless, CANNOT_BE_ASKED, at)
    has_it = [(row, message) for row, message in found.has_it if message.stage > Stage.SUBMITTING]
    queue.remove([row for row, _message in found.has_it], at=at)
    following.keep([_heard_of(row, message, at) for row, message in has_it], at)
    done.unknown += len(hopeless)
    done.taken += len(has_it)


def _heard_of(row: Claimed, message: Message, at: datetime) -> Tried:
    """A receipt, or a status query, has told of it."""
    parts = (Part(message.provider_message_id),) if message.provider_message_id else ()
    return Tried(row, row.attempt, message.sent_at or at, Taken((), parts))


def _write(learned: Iterable[Learned], done: Reconciled, at: datetime) -> None:
    answered, absent, silent = [], [], []
    learned = list(learned)
    doubtful = _of_others(learned)
    for one in learned:
        row = one.asked.claimed
        match one.answer:
            case Found() if row.message_id in doubtful:
                silent.append(row)
            case Refused(heard) if one.asked.repeats and heard.state.reason is Reason.DUPLICATE_MESSAGE:
                answered.append(Tried(row, row.attempt, one.asked.started_at, Taken(())))
            case Taken():
                answered.append(Tried(row, row.attempt, one.asked.started_at, one.answer))
            case Found(heard, parts):
                taken = Taken(heard, parts)
                answered.append(Tried(row, row.attempt, one.asked.started_at, taken, EventSource.POLL))
            case NotFound(certain=True):
                absent.append(row)
            case _:
                # Among them other refusals of a repeat: a wrong key, a limit or a closed contract now is no word about
                # the first try, and even a number that is refused now may have been taken then.
                silent.append(row)
    if answered:
        done.taken += concluding.conclude(answered, at=at).taken
    _send_again(absent, done, at)
    _ask_again(silent, done, at)


def _of_others(learned: Iterable[Learned]) -> set[UUID]:
    """The messages for which one was found that is another message's, by the provider's ids: a provider that is asked
    by number and text shows the one of two alike that it has. So they were not found, and nobody knows more."""
    found = [
        following.Claim(row.provider_account_id, part.provider_message_id, row.message_id)
        for row, parts in ((one.asked.claimed, one.answer.parts) for one in learned if isinstance(one.answer, Found))
        for part in parts
    ]
    return following.contested(found)


@transaction.atomic
def _send_again(rows: Sequence[Claimed], done: Reconciled, at: datetime) -> None:
    """What was surely not taken waits again; where its validity is over, `expiring` ends it."""
    ours = queue.still_under_way((row.message_id, row.attempt) for row in rows)
    rows = [row for row in rows if row.message_id in ours]
    appending.append(
        [_told(row, NOT_SENT, NOT_THERE, f"not there {row.attempt}", at, EventSource.PLATFORM) for row in rows], at=at
    )
    queue.wait([Waiting(row.message_id, at, row.refused_by) for row in rows])
    done.again += len(rows)


@transaction.atomic
def _ask_again(rows: Sequence[Claimed], done: Reconciled, at: datetime) -> None:
    ours = queue.still_under_way((row.message_id, row.attempt) for row in rows)
    rows = [row for row in rows if row.message_id in ours]
    over = [row for row in rows if row.expires_at <= at]
    _give_up(over, IN_VAIN, at)
    later = [row for row in rows if row.expires_at > at]
    since = _unsure_since(later)
    queue.doubt(
        [(row.message_id, retrying.next_question(since.get(row.message_id, at), at, row.expires_at)) for row in later]
    )
    done.unknown += len(over)
    done.asked += len(later)


def _unsure_since(rows: Sequence[Claimed]) -> dict[UUID, datetime]:
    """When their state was last heard of: nothing was written since."""
    ids = [row.message_id for row in rows]
    accounts = {row.account_id for row in rows}
    found = Message.objects.filter(account_id__in=accounts).extra(where=["message.id = ANY(%s::uuid[])"], params=[ids])
    return dict(found.values_list("pk", "state_received_at"))


def _give_up(rows: Sequence[Claimed], why: str, at: datetime) -> None:
    """Nobody knows. The credit stays spent: it may have been sent."""
    appending.append(
        [_told(row, NOBODY_KNOWS, why, "unknown", at, EventSource.TIMEOUT, soft=True) for row in rows], at=at
    )
    queue.remove(rows, at=at)


def _told(
    row: Claimed, state: State, text: str, what: str, at: datetime, source: EventSource, *, soft: bool = False
) -> Addition:
    said = telling.of_us(
        state,
        message_id=row.message_id,
        what=what,
        at=at,
        text=text,
        attempt=row.attempt,
        provider_account_id=row.provider_account_id,
        source=source,
        soft=soft,
    )
    return Addition(row.account_id, row.message_id, said)
