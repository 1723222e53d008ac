"""A test SMS to the number of a removal request: the one kind of message that the block list lets by.

It passes the entry that the request is about, while the request is open, and nothing else: other entries, an opt-out,
a missing opt-in, credit and quiet hours hold for it as for every message. That it is a test stands in the request,
written before the message is judged; eligibility looks it up there, both times (logs.eligibility.facts).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from blocklist import requests
from blocklist.models import RemovalRequest
from logs.accepting import Accepted
from logs.accepting.entering import enter, new_ids
from logs.accepting.resolving import Item, segments_of
from logs.models import Kind, Message, Source
from smsadmin.accounts.models import User

LONGEST_TEXT = 160


@transaction.atomic
def send_test(*, request: RemovalRequest, text: str, by: User, at: datetime) -> Accepted:
    """One operational SMS in the name of the account that asked, paid from its credit. Raises requests.NotOperator,
    requests.NotOpen."""
    (pk,) = new_ids(1, at)
    found = requests.tried(pk=request.pk, message_id=pk, by=by, at=at)
    item = Item(
        index=0,
        phone=found.entry.phone,
        kind=int(Kind.OPERATIONAL),
        source=int(Source.AUTOMATION),
        body=text,
        segments=segments_of(text),
        notes={"removal_request": str(found.pk)},
    )
    (answer,) = enter(account=found.account, items=[(pk, item)], sms_user_id=None, by=by, at=at)
    return answer


def message_of(request: RemovalRequest) -> Message | None:
    """The latest test; None where there was none."""
    if request.test_message is None:
        return None
    return Message.objects.of(request.account).filter(pk=request.test_message).first()


def default_text() -> str:
    return _("A test: we check whether this number receives SMS. Please ignore it.")
