"""Events that other systems tell us, each once: a request that is sent again answers what it answered before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from consent import ledger, repeats
from consent.ledger import Happening
from consent.models import ConsentEvent
from consent.replay import Standing
from consent.vocabulary import Purpose
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account

KEYS = uuid5(NAMESPACE_URL, "smsadmin:consent-api")


@dataclass(frozen=True, slots=True)
class Submitted:
    """An event that is in the ledger, and how its number stands now; ``repeated``: it was there before."""

    id: UUID
    phone: str
    event: int
    at: datetime
    standings: Mapping[int, Standing | None]
    repeated: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """The field and the sentence."""

    field: str
    reason: str


def submit(
    *, account: Account, items: Sequence[tuple[Happening, str]], caller: str, at: datetime
) -> list[Submitted | Refused]:
    """Record these, each with an idempotency key or ''; answers in their order. ``caller`` is the SMS_USER's name."""
    if not items:
        return []
    asked = [replace(item, evidence=evidence_of(account, key)) for item, key in items]
    with transaction.atomic():
        repeats.hold(account)
        before = repeats.seen(account=account, evidence=[item.evidence for item in asked if item.evidence])
        new = repeats.unseen(account=account, items=asked)
        written = ledger.record_many(account=account, items=new, by=None, by_name=caller, recorded_at=at)
        if written:
            audit.record(account=account, by=None, at=at, verb="consent.submitted", caller=caller, events=len(written))
    rows = dict(zip(map(id, new), written, strict=True))
    by_key = {row.evidence: row for row in (*before.values(), *written) if row.evidence}
    stand = standing_now(account, {item.phone for item in asked})
    return [answer(item, rows.get(id(item)), by_key, stand) for item in asked]


def evidence_of(account: Account, key: str) -> UUID | None:
    return uuid5(KEYS, f"{account.pk}\x1f{key}") if key else None


def standing_now(account: Account, phones: set[str]) -> dict[int, dict[str, Standing]]:
    return {purpose.value: ledger.standings(account=account, phones=phones, purpose=purpose) for purpose in Purpose}


def answer(
    item: Happening,
    written: ConsentEvent | None,
    by_key: Mapping[UUID, ConsentEvent],
    stand: Mapping[int, Mapping[str, Standing]],
) -> Submitted | Refused:
    row = written or by_key[item.evidence]  # type: ignore[index]  # what was not written has a key
    if (row.phone, row.purpose, row.event) != (item.phone, item.purpose, item.event):
        return Refused("idempotency_key", _("This key was used before, for another event."))
    standings = {purpose: found.get(item.phone) for purpose, found in stand.items()}
    return Submitted(row.pk, row.phone, row.event, row.at, standings, repeated=written is None)
