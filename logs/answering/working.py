"""Acting on replies that were not looked at yet. The row is the queue: its effect is written in the transaction that
does what it says, so that a worker killed at any line does nothing twice and leaves nothing undone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from consent import answers, desk, ledger
from consent.desk import Doubt
from consent.keywords import Found, classify
from consent.vocabulary import Event, Purpose, Source
from logs import accepting, models, provider_opt_outs
from logs.accepting import Accepted, Ask
from logs.answering import facts
from logs.answering.deciding import Deed, decide, moment
from logs.answering.facts import Facts
from logs.dispatching import turns
from logs.models import Kind, Reply, ReplyEffect
from smsadmin.accounts.models import Account

logger = logging.getLogger(__name__)

BATCH = 200
EVENTS = {"opted_out": Event.OPTED_OUT, "opted_in": Event.OPTED_IN}


@dataclass(frozen=True, slots=True)
class Answered:
    """How many replies were looked at, and how many of them could not be dealt with."""

    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """A reply with what it says and what it does."""

    reply: Reply
    found: Found
    deed: Deed


def answer_all(
    *, now: Callable[[], datetime], budget: timedelta = timedelta(seconds=20), limit: int = BATCH
) -> Answered:
    """Act on all that waits, the oldest first, until nothing does or the time is over."""
    begun, done, failed = now(), 0, 0
    while now() - begun < budget:
        taken, wrong = answer_some(at=now(), limit=limit)
        done, failed = done + taken, failed + wrong
        if not taken:
            break
    return Answered(done, failed)


def work() -> None:
    """Act on what waits, where nobody else does: what one person writes is taken in its order."""
    with turns.taken("answer replies", 1) as ours:
        if ours:
            answer_all(now=timezone.now)


def answer_some(*, at: datetime, limit: int = BATCH) -> tuple[int, int]:
    """One account's batch in one transaction; apart where that fails. How many replies, and how many failed."""
    ids: list[UUID] = []
    try:
        with transaction.atomic():
            replies = waiting(limit)
            ids += [reply.pk for reply in replies]
            act(replies, at)
        return len(ids), 0
    except Exception as error:
        if passes(error) or not ids:
            raise
    return len(ids), sum(not answer_one(pk, at) for pk in ids)


def waiting(limit: int) -> list[Reply]:
    """The oldest that wait, of the account of the very oldest; another worker takes others."""
    queue = Reply.objects.filter(effect=ReplyEffect.WAITING).order_by("received_at", "pk")
    locked = queue.select_for_update(skip_locked=True)
    first = locked.first()
    if first is None:
        return []
    return list(locked.filter(account_id=first.account_id).defer("raw")[:limit])


def answer_one(pk: UUID, at: datetime) -> bool:
    """False where it cannot be dealt with: then a person has to."""
    try:
        with transaction.atomic():
            one = Reply.objects.select_for_update().filter(pk=pk, effect=ReplyEffect.WAITING)
            act(list(one), at)
        return True
    except Exception as error:
        if passes(error):
            raise
        logger.exception("the reply %s cannot be dealt with", pk)
    give_up(pk, at)
    return False


@transaction.atomic
def give_up(pk: UUID, at: datetime) -> None:
    reply = Reply.objects.select_for_update().get(pk=pk)
    if facts.is_number(reply.phone):
        account = reply.account
        doubt = Doubt(reply.phone, reply.pk, reply.body, reply.received_at)
        desk.put(account=account, doubts=[doubt], rules=desk.rules_of(account))
    Reply.objects.filter(pk=pk, effect=ReplyEffect.WAITING).update(effect=ReplyEffect.FAILED)


def passes(error: Exception) -> bool:
    """Faults that are not the reply's: they are over by the next time."""
    return isinstance(error, OperationalError | InterfaceError)


# ---- one account's replies, in the caller's transaction


def act(replies: Sequence[Reply], at: datetime) -> None:
    if not replies:
        return
    account = Account.objects.get(pk=replies[0].account_id)
    known = facts.load(account, replies, at=at)
    cases = [case_of(reply, known) for reply in replies]
    record(cases, known, at)
    provider_opt_outs.lift(account, [case.reply for case in cases if case.deed.event == "opted_in"], at=at)
    doubts = [doubt_of(case.reply) for case in cases if case.deed.to_desk]
    if doubts:
        desk.put(account=account, doubts=doubts, rules=known.rules)
    answered = send([case for case in cases if case.deed.answer], known, at)
    for case in cases:
        case.reply.effect = ReplyEffect[case.deed.effect]
        case.reply.answer_id = answered.get(case.reply.pk)
    Reply.objects.bulk_update([case.reply for case in cases], ["effect", "answer_id"])


def case_of(reply: Reply, known: Facts) -> Case:
    found = classify(reply.body, known.words)
    deed = decide(found, known.situation(reply))
    known.note(reply.phone, purpose_of(deed, known), deed.event, deed.answer)
    return Case(reply, found, deed)


def purpose_of(deed: Deed, known: Facts) -> Purpose | None:
    """START lifts whatever was stopped; STOP stops all, unless the account says otherwise."""
    return Purpose.MARKETING if deed.event == "opted_out" and not known.rules.stop_is_for_all else None


def doubt_of(reply: Reply) -> Doubt:
    return Doubt(reply.phone, reply.pk, reply.body, reply.received_at)


def record(cases: Collection[Case], known: Facts, at: datetime) -> None:
    happened = [
        ledger.Happening(
            case.reply.phone,
            purpose_of(case.deed, known),
            EVENTS[case.deed.event],
            Source.REPLY,
            moment(case.found, case.reply.occurred_at, case.reply.received_at),
            text=case.reply.body,
            evidence=case.reply.pk,
        )
        for case in cases
        if case.deed.event
    ]
    ledger.record_many(account=known.account, items=happened, by=None, recorded_at=at)


def send(cases: Sequence[Case], known: Facts, at: datetime) -> dict[UUID, UUID]:
    """Ask for the answers; the message of each reply that is answered. What is refused stands in the log, with why.
    Whatever goes wrong with an answer, a STOP holds."""
    if not cases:
        return {}
    try:
        with transaction.atomic():
            return sent(cases, known, at)
    except Exception as error:
        if passes(error):
            raise
        logger.exception("replies of account %s cannot be answered", known.account.pk)
        return {}


def sent(cases: Sequence[Case], known: Facts, at: datetime) -> dict[UUID, UUID]:
    asks = [
        Ask(
            source=models.Source.KEYWORD_ANSWER,
            kind=Kind.OPERATIONAL,
            to=case.reply.phone,
            text=text_of(case, known),
            reference=f"reply {case.reply.pk}",
        )
        for case in cases
    ]
    told = accepting.accept(account=known.account, asks=asks, sms_user=None, by=None, at=at)
    return {cases[one.index].reply.pk: one.id for one in told if isinstance(one, Accepted)}


def text_of(case: Case, known: Facts) -> str:
    spoken = known.languages.get(case.reply.member_id or 0, "")
    language = answers.language_of(spoken, case.found.languages, known.rules.language, known.texts)
    return answers.text_of(case.deed.answer, language, name=known.name, own=known.texts)
