"""Reminders by SMS, in batches: reminders, messages and what the ledger says of them in one transaction each."""

from __future__ import annotations

from collections import Counter

from django.db import transaction
from django.utils.translation import gettext as _

from consent import asking, ledger
from consent.models import Reminder
from logs.accepting import Accepted, Ask, accept
from logs.models import Kind, Source
from logs.models.label import CONSENT
from logs.reminding.holding import Held
from smsadmin.members.models import Member

BATCH = 200


@transaction.atomic
def send_next(held: Held) -> bool:
    """One batch more; False where none is left."""
    run = held.renew()
    rows = held.claim(BATCH)
    going = held.sort_out(rows)
    if not going:
        return bool(rows)
    at = held.now()
    asks = [ask_of(held, row, member) for row, member in going]
    answers = accept(account=run.account, asks=asks, sms_user=None, by=None, at=at)
    refused = []
    for (row, _member), answer in zip(going, answers, strict=True):
        if isinstance(answer, Accepted):
            row.message_id = answer.id
        if isinstance(answer, Accepted) and not answer.state.outcome.is_final:
            row.sent_at = at
        else:
            row.error = "refused"
            refused.append(row)
    done = [(row, ask) for (row, _member), ask in zip(going, asks, strict=True) if row.sent_at]
    Reminder.objects.bulk_update([row for row, _ask in done], ["sent_at", "message_id"])
    held.exclude(refused, Counter(refused=len(refused)))
    run.sent += len(done)
    run.save(update_fields=["sent"])
    said = [held.asked(row, ask.text, _("Consent request by SMS")) for row, ask in done]
    ledger.record_many(account=run.account, items=said, by=held.by)
    return True


def ask_of(held: Held, row: Reminder, member: Member) -> Ask:
    """To the number that was chosen, whoever has it besides."""
    return Ask(
        source=Source.FILTER_MEMBERS,
        to=row.phone,
        text=held.wording.text(asking.REQUEST, held.wording.language_of(member.language)),
        kind=Kind.OPERATIONAL,
        labels=(CONSENT,),
        asks_consent=True,
    )
