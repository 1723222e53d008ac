"""Members whose opt-in is pending, and runs of reminders, in a line each."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from consent import ledger
from consent.models import ConsentRules, ReminderRun
from consent.vocabulary import Event, Purpose, Source
from logs.reminding import starting
from logs.reminding.choosing import Chooser
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member
from tests.factories.members import make_member
from tests.factories.sending import NOON

numbers = count(1)


def allow_reminders(account: Account, **fields: Any) -> ConsentRules:
    return ConsentRules.objects.create(account=account, **{"short_code": "60777", "request_by_sms": True, **fields})


def make_pending(account: Account, **fields: Any) -> Member:
    n = next(numbers)
    member = make_member(account, **{"phone": f"+4477001{n:05d}", "email": f"member{n}@post.example", **fields})
    said(account, member.phone, Event.REQUESTED, at=NOON - timedelta(days=60))
    return member


def said(account: Account, phone: str, event: Event, *, at: datetime = NOON, purpose: int | None = 1) -> None:
    ledger.record(
        account=account, phone=phone, purpose=purpose, event=event, source=Source.APP, by=None, at=at, recorded_at=at
    )


def begin(account: Account, channel: str = "email", *, at: datetime = NOON, **fields: Any) -> ReminderRun:
    """A run for all members of the account who can be reminded."""
    members = Member.objects.of(account)
    expected = Chooser(account, members, channel, at).count().going
    return starting.begin(
        **{
            "account": account,
            "channel": channel,
            "members": members,
            "filters": {},
            "expected": expected,
            "by": None,
            "at": at,
            **fields,
        }
    )


def status_of(account: Account, phone: str) -> int | None:
    found = ledger.standings(account=account, phones=[phone], purpose=Purpose.MARKETING).get(phone)
    return found.status if found else None
