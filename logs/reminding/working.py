"""Sending the reminders of a run. The rows are the queue: whoever dies, the next worker goes on with what is unclaimed.

A worker holds the run by a lease, which it renews before it claims anything; what it has claimed no other one sends. So
a worker that was thought dead and wakes up again finds its lease gone, and sends nothing more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.models import Reminder, ReminderRun
from logs.reminding import mailing, texting
from logs.reminding.holding import Held, LostRun, PutOff
from logs.reminding.starting import State, tell

LEASE = timedelta(minutes=5)
PAUSE = timedelta(minutes=1)  # until a mail server that is away is tried again
MOST_AT_ONCE = 20  # runs that one sweep wakes

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
SENDERS: dict[str, Callable[[Held], bool]] = {
    ReminderRun.Channel.EMAIL: mailing.send_next,
    ReminderRun.Channel.SMS: texting.send_next,
}


def waiting(at: datetime) -> list[tuple[int, int]]:
    """(account, run) of the runs that nobody works at."""
    free = ReminderRun.objects.filter(Q(lease_until=None) | Q(lease_until__lt=at), state=State.RUNNING)
    return list(free.order_by("pk").values_list("account_id", "pk")[:MOST_AT_ONCE])


def advance(*, account_id: int, run_id: int, now: Clock = timezone.now) -> None:
    """Work at this run until it is done. Does nothing where somebody else does, or it has ended."""
    held = claim(account_id, run_id, now)
    if held is None:
        return
    try:
        with held:
            while SENDERS[held.run.channel](held):
                pass
            finish(held)
    except LostRun:
        return
    except PutOff as error:
        put_off(held, str(error))


def claim(account_id: int, run_id: int, now: Clock) -> Held | None:
    at = now()
    runs = ReminderRun.objects.filter(account_id=account_id, pk=run_id, state=State.RUNNING)
    if not runs.filter(Q(lease_until=None) | Q(lease_until__lt=at)).update(lease_until=at + LEASE):
        return None
    run = runs.select_related("account").filter(lease_until=at + LEASE).first()
    return Held(run, now, LEASE) if run else None


def put_off(held: Held, why: str) -> None:
    """Later, and the page says why."""
    logger.warning("reminders %s of account %s wait: %s", held.run.pk, held.run.account_id, why)
    held.mine().update(lease_until=held.now() + PAUSE, error=why[:200])


@transaction.atomic
def finish(held: Held) -> None:
    run = held.renew()
    interrupted = Reminder.objects.filter(account=run.account_id, run=run, sent_at=None, error="").update(
        error=_("Interrupted: it may have been sent or not.")
    )
    at = held.now()
    ReminderRun.objects.filter(pk=run.pk).update(
        state=State.DONE, done_at=at, lease_until=None, error="", failed=F("failed") + interrupted
    )
    tell(run, "reminders.done", None, at, sent=run.sent, failed=run.failed + interrupted)
