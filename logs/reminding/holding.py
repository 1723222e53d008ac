"""A run that one worker holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import cached_property
from types import TracebackType

from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import QuerySet

from consent import ledger
from consent.models import Reminder, ReminderRun
from consent.vocabulary import Event, Purpose, Source, Status
from consent.wording import Wording, wording_of
from smsadmin.accounts.models import User
from smsadmin.members.models import Member


class LostRun(Exception):
    """Somebody stopped it, or another worker has it."""


class PutOff(Exception):
    """Nothing can be sent now; what was not sent is to be tried again."""


class Held:
    """``kept`` is what is open as long as the run is held: the ``connection`` to the mail server. ``flyers`` are those
    that were drawn, by language."""

    def __init__(self, run: ReminderRun, now: Callable[[], datetime], lease: timedelta) -> None:
        self.run, self.now, self.lease = run, now, lease
        self.kept = ExitStack()
        self.connection: BaseEmailBackend | None = None
        self.flyers: dict[str, bytes] = {}

    def __enter__(self) -> Held:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kept.close()

    def mine(self) -> QuerySet[ReminderRun]:
        run = self.run
        return ReminderRun.objects.filter(
            account=run.account_id, pk=run.pk, state=ReminderRun.State.RUNNING, lease_until=run.lease_until
        )

    def renew(self) -> ReminderRun:
        """The run, locked until the transaction ends, and held for a lease more. Raises LostRun."""
        held = self.mine().select_for_update().first()
        if held is None:
            raise LostRun
        held.account, held.lease_until = self.run.account, self.now() + self.lease
        held.save(update_fields=["lease_until"])
        self.run = held
        return held

    def claim(self, n: int) -> list[Reminder]:
        """The next reminders, which are this worker's from now on. In the transaction of `renew`."""
        todo = Reminder.objects.filter(account=self.run.account_id, run=self.run, claimed_at=None).order_by("pk")
        rows = list(todo.select_for_update(skip_locked=True)[:n])
        at = self.now()
        for row in rows:
            row.claimed_at = at
        Reminder.objects.bulk_update(rows, ["claimed_at"])
        return rows

    @cached_property
    def wording(self) -> Wording:
        return wording_of(self.run.account)

    @cached_property
    def by(self) -> User | None:
        return User.objects.filter(pk=self.run.by_id).first() if self.run.by_id else None

    def sort_out(self, rows: Sequence[Reminder]) -> list[tuple[Reminder, Member]]:
        """Those who are still to be reminded, with the member; of the others it is noted why not."""
        account = self.run.account
        phones = [row.phone for row in rows]
        marketing = ledger.standings(account=account, phones=phones, purpose=Purpose.MARKETING)
        service = ledger.standings(account=account, phones=phones, purpose=Purpose.OPERATIONAL)
        members = Member.objects.of(account).in_bulk([row.member_id for row in rows])
        going, why = [], Counter[str]()
        for row in rows:
            member = members.get(row.member_id)
            standing, other = marketing.get(row.phone), service.get(row.phone)
            if standing is None or standing.status != Status.PENDING:
                row.error = "answered"
            elif other is not None and other.status in (Status.OPTED_OUT, Status.DENIED):
                row.error = "opted_out"
            elif member is None or member.phone != row.phone:
                row.error = "changed"
            elif self.run.channel == ReminderRun.Channel.EMAIL and not member.email:
                row.error = "no_email"
            else:
                going.append((row, member))
                continue
            why[row.error] += 1
        self.exclude([row for row in rows if row.error], why)
        return going

    def exclude(self, rows: Sequence[Reminder], why: Counter[str]) -> None:
        """They were not reminded. In the transaction of `renew`."""
        if not rows:
            return
        Reminder.objects.bulk_update(rows, ["error", "message_id"])
        self.run.excluded = dict(Counter(self.run.excluded) + why)
        self.run.total -= len(rows)
        self.run.save(update_fields=["excluded", "total"])

    def asked(self, row: Reminder, text: str, note: str) -> ledger.Happening:
        """That this person was asked, for the ledger."""
        return ledger.Happening(
            row.phone,
            Purpose.MARKETING,
            Event.REQUESTED,
            Source.HUB,
            row.sent_at or self.now(),
            text=text,
            evidence=row.message_id,
            note=note,
        )
