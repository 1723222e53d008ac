"""Sending a message again: a new one with the same content, judged anew."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from logs.accepting import keys
from logs.accepting.asks import Accepted
from logs.accepting.batch import first_answers
from logs.accepting.entering import enter, new_ids
from logs.accepting.linking import linked_again
from logs.accepting.resolving import Item, segments_of
from logs.models import CODE_SOURCES, OURS, Message, QueuedMessage, Template
from logs.rendering import variables
from logs.statuses import Reason
from smsadmin.accounts import audit
from smsadmin.accounts.models import User
from smsadmin.members.models import Member


class CannotResend(Exception):
    """It is still under way, nobody knows its text or all of it, or it is no message that one asks for twice."""


@transaction.atomic
def resend(*, message: Message, by: User | None, at: datetime, once: UUID | None = None) -> Accepted:
    """The answer to a new message with the text of an old one; its facts name the old one as ``resend_of``.

    To the number that the member has now, which may be the corrected one. Not a part of the campaign again: its report
    is about the first try. ``once`` is the act's own mark: with the same, the same message is answered once more.
    Raises CannotResend.
    """
    if why := hindrance(message, template_of(message)):
        raise CannotResend(why)
    if still_under_way(message):
        raise CannotResend(_("This message is still waiting to be sent."))
    (pk,) = new_ids(1, at)
    if once and (earlier := claimed(message, pk, once, at)):
        return earlier
    (answer,) = enter(
        account=message.account,
        items=[(pk, linked_again(message, again(message), pk, at))],
        sms_user_id=message.sms_user_id,
        by=by,
        at=at,
    )
    audit.record(
        account=message.account,
        by=by,
        at=at,
        verb="message.resent",
        object_type="message",
        object_id=message.pk,
        new=str(answer.id),
    )
    return answer


def claimed(message: Message, pk: UUID, once: UUID, at: datetime) -> Accepted | None:
    """The answer to the act that was done before, None where it is now done by the message ``pk``."""
    key = f"again {message.pk} {once.hex}"
    wanted = {key: keys.Kept(pk, once.hex)}
    holders = keys.claim(account=message.account, sms_user_id=keys.NOBODY, wanted=wanted, at=at)
    if key not in holders:
        return None
    answers, _gone = first_answers(message.account, {0: holders[key].message_id})
    if not answers:
        raise CannotResend(_("It was sent again already, and that message is no longer kept."))
    return answers[0]


def template_of(message: Message) -> Template | None:
    if message.template_id is None:
        return None
    return Template.objects.filter(account=message.account, pk=message.template_id).first()


def hindrance(message: Message, template: Template | None) -> str:
    """Why its text is not to be sent once more, whatever became of it; '' where it is. ``template``: its own."""
    if message.source in OURS:
        return _("An answer to a keyword is sent once.")
    if message.source in CODE_SOURCES:
        return _("A code is not sent again: it is over by now.")
    if not message.body:
        return _("The text of this message was not recorded.")
    unfilled = template is not None and not set(variables(template.body)).isdisjoint(variables(message.body))
    if message.reason == Reason.VARIABLE_ERROR or unfilled:
        return _("The text of this message has variables without a value. Send a new message.")
    return ""


def still_under_way(message: Message) -> bool:
    return QueuedMessage.objects.filter(account=message.account, message_id=message.pk).exists()


def again(message: Message) -> Item:
    member = None
    if message.member_id is not None:
        member = Member.objects.of(message.account).filter(pk=message.member_id).first()
    return Item(
        index=0,
        phone=(member.phone if member else "") or message.phone,
        kind=message.kind,
        source=message.source,
        body=message.body,
        segments=segments_of(message.body),
        zone=member.time_zone if member else "",
        number_invalid=member is not None and member.number_validity == Member.NumberValidity.INVALID,
        member_id=message.member_id,
        template_id=message.template_id,
        labels=tuple(message.labels),
        sender=message.sender,
        reference=message.reference,
        notes={"resend_of": str(message.pk)},
    )
