"""The verb `accept`: a batch of asks becomes messages, in one transaction and a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from logs.accepting import keys
from logs.accepting.asks import Accepted, Ask, Rejected
from logs.accepting.entering import enter, new_ids
from logs.accepting.linking import with_links
from logs.accepting.resolving import Item, resolve
from logs.advice import explain
from logs.models import EventSource, Message, QueuedMessage, StatusEvent
from logs.statuses import Reason
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, SmsUser, User

Answer = Accepted | Rejected


@transaction.atomic
def accept(
    *, account: Account, asks: Sequence[Ask], sms_user: SmsUser | None, by: User | None, at: datetime
) -> list[Answer]:
    """Take a batch in: every ask becomes a message (queued, held, or refused with its reason) or a `Rejected`.

    The answers stand in the order of the asks. An ask whose idempotency key the SMS_USER has used before gets the
    first message's answer, or is rejected where it is not the same ask. ``by`` is a person who asks by a page.
    """
    holder = sms_user.pk if sms_user else keys.NOBODY
    unknown, earlier, clashing = answered_before(account, holder, list(enumerate(asks)))
    resolved, rejected = resolve(account, unknown, at)
    fresh, repeats, clashes = sort_out(account, holder, resolved, at)
    fresh = with_links(account, fresh, at)
    entered = enter(account=account, items=fresh, sms_user_id=sms_user.pk if sms_user else None, by=by, at=at)
    again, gone = first_answers(account, earlier | repeats)
    if by is not None and fresh:
        audit.record(account=account, by=by, at=at, verb="messages.asked", object_type="message", n=len(fresh))
    return sorted([*entered, *again, *gone, *rejected, *clashing, *clashes], key=lambda answer: answer.index)


Fresh = list[tuple[UUID, Item]]
Repeats = dict[int, UUID]


def answered_before(
    account: Account, holder: int, asks: Sequence[tuple[int, Ask]]
) -> tuple[list[tuple[int, Ask]], Repeats, list[Rejected]]:
    """Which of them have a key that is not known, which repeat a message, and which use a key for something else.

    Before anything that they name is looked up: a repeat gets its answer also where that has changed meanwhile.
    """
    given = {ask.idempotency_key for _index, ask in asks if ask.idempotency_key}
    holders = keys.known(account=account, sms_user_id=holder, keys=given)
    unknown: list[tuple[int, Ask]] = []
    repeats: Repeats = {}
    clashes = []
    for index, ask in asks:
        kept = holders.get(ask.idempotency_key)
        if kept is None:
            unknown.append((index, ask))
        elif kept.digest == ask.digest():
            repeats[index] = kept.message_id
        else:
            clashes.append(clash(index))
    return unknown, repeats, clashes


def clash(index: int) -> Rejected:
    reason = _("This key was used for another message. Use a new key for each message.")
    return Rejected(index, "idempotency_key", reason)


def sort_out(
    account: Account, holder: int, resolved: Sequence[tuple[Item, Ask]], at: datetime
) -> tuple[Fresh, Repeats, list[Rejected]]:
    """The same once more, now that their keys are claimed: of one batch, or of two at once, the first has a key."""
    given = list(zip(new_ids(len(resolved), at), resolved, strict=True))
    first: dict[str, keys.Kept] = {}
    for pk, (_item, ask) in given:
        if ask.idempotency_key:
            first.setdefault(ask.idempotency_key, keys.Kept(pk, ask.digest()))
    holders = first | keys.claim(account=account, sms_user_id=holder, wanted=first, at=at)
    fresh: Fresh = []
    repeats: Repeats = {}
    clashes = []
    for pk, (item, ask) in given:
        kept = holders.get(ask.idempotency_key)
        if kept is None or kept.message_id == pk:
            fresh.append((pk, item))
        elif kept.digest == ask.digest():
            repeats[item.index] = kept.message_id
        else:
            clashes.append(clash(item.index))
    return fresh, repeats, clashes


def first_answers(account: Account, repeats: Repeats) -> tuple[list[Accepted], list[Rejected]]:
    """What the messages of these keys have become."""
    if not repeats:
        return [], []
    ids = sorted(set(repeats.values()))
    found = Message.objects.of(account).filter(pk__in=ids).defer("body")
    messages = {message.pk: message for message in found}
    ours = StatusEvent.objects.filter(account=account, message_id__in=ids, source=EventSource.PLATFORM)
    sentences = {(message, pk): text for message, pk, text in ours.values_list("message_id", "id", "raw_text")}
    held = held_until(account, [message for message in found if message.reason == Reason.SCHEDULED])
    answers, gone = [], []
    for index, pk in repeats.items():
        if (message := messages.get(pk)) is None:
            gone.append(Rejected(index, "idempotency_key", _("The message of this key is no longer kept.")))
        else:
            answers.append(repeated(index, message, sentences, held))
    return answers, gone


def held_until(account: Account, messages: Sequence[Message]) -> dict[UUID, datetime]:
    """Of those that our rules hold."""
    if not messages:
        return {}
    waiting = QueuedMessage.objects.filter(
        account=account, message_id__in=[message.pk for message in messages], step=QueuedMessage.Step.WAITING
    )
    return dict(waiting.values_list("message_id", "due_at"))


def repeated(
    index: int, message: Message, sentences: dict[tuple[UUID, UUID], str], held: dict[UUID, datetime]
) -> Accepted:
    sentence = sentences.get((message.pk, message.state_event_id))
    if sentence is None:
        sentence = str(explain(message.state).sentence)
    return Accepted(index, message.pk, message.state, sentence, held.get(message.pk), repeated=True)
