"""What a message waits for, in a sentence: a place in the queue, a later try, the end of quiet hours, a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from logs import telling
from logs.canceling import may_cancel
from logs.dispatching import health
from logs.models import Message, QueuedMessage, StatusQuery
from logs.statuses import Reason

if TYPE_CHECKING:
    from smsadmin.accounts.models import Account

Step = QueuedMessage.Step


@dataclass(frozen=True, slots=True)
class Waiting:
    """``sentence`` tells what it waits for, ``due_at`` when something is done about it next; ``can_cancel``: nothing
    of it can have left us. ``mark`` changes with what the sentence is made of, but not with the time of day."""

    sentence: str
    due_at: datetime
    mark: str
    can_cancel: bool = False


def of(message: Message, account: Account, names: Mapping[int, str], *, at: datetime) -> Waiting | None:
    """None for a message that waits for nothing here. ``names`` are the account's provider accounts."""
    if message.state.outcome.is_final and not message.soft:
        return None
    queued = QueuedMessage.objects.filter(account=account, message_id=message.pk).first()
    if queued is not None:
        mark = f"{queued.step}-{queued.attempt}-{queued.due_at.timestamp():.0f}"
        if is_due(queued, at) and not health.can_send(account.pk):
            return Waiting(no_way(queued, at), queued.due_at, f"{mark}-no-way", may_cancel(queued, at))
        return Waiting(in_queue(queued, message, names, at), queued.due_at, mark, may_cancel(queued, at))
    asked = StatusQuery.objects.filter(account=account, message_id=message.pk).first()
    return Waiting(in_doubt(asked, names, at), asked.due_at, f"asked-{asked.asked}") if asked is not None else None


def in_queue(queued: QueuedMessage, message: Message, names: Mapping[int, str], at: datetime) -> str:
    provider = names.get(queued.provider_account_id or 0, _("a provider"))
    match queued.step:
        case Step.CLAIMED:
            return _("Checked again, and about to be handed to %(provider)s.") % {"provider": provider}
        case Step.SUBMITTING:
            return _("Being handed to %(provider)s now.") % {"provider": provider}
        case Step.UNSURE:
            return _(
                "%(provider)s did not answer clearly. It is asked at %(when)s whether it has the message, which is not "
                "sent again before that is known."
            ) % {"provider": provider, "when": when(queued.due_at, at)}
    return waits(queued, message, at)


def is_due(queued: QueuedMessage, at: datetime) -> bool:
    """Whether it would go by any provider account now."""
    return queued.step == Step.WAITING and queued.due_at <= at and queued.pinned_provider_account_id is None


def no_way(queued: QueuedMessage, at: datetime) -> str:
    return _(
        "No provider account is switched on to send through. It waits until an admin switches one on (Settings, "
        "Provider accounts), and fails at %(end)s if nobody does."
    ) % {"end": when(queued.expires_at, at)}


def waits(queued: QueuedMessage, message: Message, at: datetime) -> str:
    end = when(queued.expires_at, at)
    if queued.due_at <= at:
        return _("In the queue: it goes as soon as a provider account is free for it, until %(end)s.") % {"end": end}
    facts = {"when": when(queued.due_at, at), "n": queued.attempt + 1, "end": end}
    if queued.attempt and message.state.reason is not Reason.SCHEDULED:
        return _("Next try at %(when)s, try %(n)d, until %(end)s.") % facts
    return _("Held until %(when)s. It is tried until %(end)s.") % facts


def in_doubt(asked: StatusQuery, names: Mapping[int, str], at: datetime) -> str:
    provider = names.get(asked.provider_account_id, _("The provider"))
    facts = {"provider": provider, "when": when(asked.due_at, at), "n": asked.asked}
    if not asked.asked:
        return _("%(provider)s has it. If no receipt comes, it is asked at %(when)s.") % facts
    return _("No receipt yet. %(provider)s was asked (times: %(n)d), and is asked again at %(when)s.") % facts


def when(moment: datetime, at: datetime) -> str:
    return telling.stamp(moment, at, seconds=False)
