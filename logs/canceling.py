"""Taking a message back before it has left us."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from logs import credit
from logs.appending import Addition, append
from logs.drafts import Said
from logs.models import EventSource, Message, QueuedMessage
from logs.statuses import Outcome, Reason, Stage, State, event_id
from smsadmin.accounts import audit
from smsadmin.accounts.models import User

CANCELED = State.of(Stage.QUEUED, Outcome.CANCELED, Reason.CANCELED)
EVENT = event_id(provider="smsadmin", provider_event_id="canceled")  # once in a message's life
Step = QueuedMessage.Step


class TooLate(Exception):
    """The message has ended, or may have left us already."""


def may_cancel(row: QueuedMessage | None, at: datetime) -> bool:
    """Whether nothing of it can have left us, and no worker has it in its hands."""
    if row is None:
        return False
    return row.step == Step.WAITING or (
        row.step == Step.CLAIMED and row.lease_until is not None and row.lease_until < at
    )


@transaction.atomic
def cancel(*, message: Message, by: User | None, at: datetime) -> None:
    """End it as canceled, and give back the credit that was held for it. Raises TooLate."""
    row = QueuedMessage.objects.select_for_update().filter(account_id=message.account_id, message_id=message.pk).first()
    if row is None or not may_cancel(row, at):
        raise TooLate(_("It is too late: the message has left, or has ended."))
    row.delete()
    who = by.email if by else "smsadmin"
    said = Said(EVENT, CANCELED, at, at, int(EventSource.OPERATOR), raw_text=_("Canceled by %(who)s.") % {"who": who})
    append([Addition(message.account_id, message.pk, said)], at=at)
    credit.give_back(account=message.account, segments=row.held_credit, by=by, at=at, note="canceled")
    audit.record(
        account=message.account, by=by, at=at, verb="message.canceled", object_type="message", object_id=message.pk
    )
