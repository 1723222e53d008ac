"""Beginning and stopping a run of reminders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from consent.models import Reminder, ReminderRun
from consent.wording import rules_of
from logs.reminding.choosing import Channel, Choice, Chooser
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User
from smsadmin.members.models import MemberQuerySet

State = ReminderRun.State
LOCK = 0x52454D49 << 32


class NotNow(Exception):
    """The account's settings do not let it, or nobody would be reminded."""


class OtherNumber(Exception):
    """Those who would be reminded are no longer as many as were confirmed."""

    def __init__(self, choice: Choice) -> None:
        super().__init__(choice)
        self.choice = choice


def hindrance(account: Account, channel: str) -> str:
    """Why this account cannot remind so; '' where it can."""
    rules = rules_of(account)
    if channel == Channel.SMS and not rules.request_by_sms:
        return _("This account does not ask for consent by SMS. An admin can allow it in the consent settings.")
    if channel == Channel.EMAIL and not rules.short_code:
        return _("The flyer needs the number that people text to. An admin can give it in the consent settings.")
    return ""


@transaction.atomic
def begin(
    *,
    account: Account,
    channel: str,
    members: MemberQuerySet,
    filters: Mapping[str, Sequence[str]],
    expected: int,
    by: User | None,
    at: datetime,
) -> ReminderRun:
    """Write a run with a reminder for each of those who are chosen now: exactly as many as were confirmed.

    ``filters`` is the query of the list, to be shown. Of two runs at once the second waits, and finds reminded what the
    first one took. Raises OtherNumber, NotNow.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK | account.pk & 0xFFFF_FFFF])
    if why := hindrance(account, channel):
        raise NotNow(why)
    chooser = Chooser(account, members, channel, at)
    choice = chooser.count()
    if choice.going != expected:
        raise OtherNumber(choice)
    if not expected:
        raise NotNow(_("Nobody would be reminded."))
    run = ReminderRun.objects.create(
        account=account,
        channel=channel,
        filters={name: list(values) for name, values in filters.items()},
        total=expected,
        excluded=choice.excluded,
        by_id=by.pk if by else None,
        by_name=by.email if by else "",
        made_at=at,
    )
    if chooser.write(run) != expected:
        raise OtherNumber(chooser.count())  # somebody answered in this very moment
    tell(run, "reminders.begun", by, at, channel=channel, n=expected)
    return run


@transaction.atomic
def stop(*, run: ReminderRun, by: User | None, at: datetime) -> bool:
    """Send no more; those who were not reminded count as not reminded. False where it has ended already."""
    held = ReminderRun.objects.select_for_update().get(account=run.account_id, pk=run.pk)
    if held.state != State.RUNNING:
        return False
    left, _by_model = Reminder.objects.filter(account=run.account_id, run=held, claimed_at=None).delete()
    held.state, held.done_at, held.lease_until = State.STOPPED, at, None
    held.save(update_fields=["state", "done_at", "lease_until"])
    tell(run, "reminders.stopped", by, at, n=left)
    return True


def tell(run: ReminderRun, verb: str, by: User | None, at: datetime, **facts: object) -> None:
    audit.record(account=run.account, by=by, at=at, verb=verb, object_type="reminder_run", object_id=run.pk, **facts)
