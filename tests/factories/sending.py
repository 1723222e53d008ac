"""What sending needs, in a line each: templates, rules, consent, asks."""

from datetime import UTC, datetime, time
from typing import Any

from logs.accepting import Ask
from logs.models import Kind, SendingRules, Source, Template
from smsadmin.accounts import sms_users
from smsadmin.accounts.models import Account, SmsUser

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PHONE = "+447700900142"


def make_template(account: Account, name: str = "Points", body: str = "Hi {name}!", **fields: Any) -> Template:
    return Template.objects.create(account=account, name=name, body=body, **fields)


def make_rules(account: Account, **fields: Any) -> SendingRules:
    return SendingRules.objects.create(account=account, **fields)


def night(account: Account, **fields: Any) -> SendingRules:
    """Quiet from 21:00 to 08:00."""
    return make_rules(account, quiet_from=time(21), quiet_until=time(8), **fields)


def make_ask(**fields: Any) -> Ask:
    """Something operational that may go at once."""
    content = {} if {"text", "template", "template_id"} & fields.keys() else {"text": "Your table is booked."}
    recipient = {} if {"to", "member", "external_id"} & fields.keys() else {"to": PHONE}
    return Ask(**{"source": Source.AUTOMATION, "kind": Kind.OPERATIONAL, **content, **recipient, **fields})


def make_sms_user(account: Account, name: str = "app", **fields: Any) -> SmsUser:
    return SmsUser.objects.create(account=account, name=name, **fields)


def make_key(sms_user: SmsUser) -> str:
    return sms_users.make_key(sms_user=sms_user, by=None, at=NOON)
