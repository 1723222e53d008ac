"""All that is known of one number: where it stands, where it stood, every event, and whether the chain holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent import ledger
from consent.models import ConsentEvent
from consent.proof import BrokenLink
from consent.replay import Standing, in_order, status_after
from consent.vocabulary import Purpose
from smsadmin.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Known:
    """Of one purpose: how it stands (None: nothing is known), and the event that brought it there."""

    purpose: Purpose
    standing: Standing | None
    event: ConsentEvent | None


@dataclass(frozen=True, slots=True)
class History:
    """``events`` are in the order of the chain, as they were recorded."""

    account: Account
    phone: str
    events: Sequence[ConsentEvent]
    broken: Sequence[BrokenLink]

    @property
    def as_happened(self) -> list[ConsentEvent]:
        return in_order(self.events)

    @property
    def last_digest(self) -> str:
        """The chain's end, in hexadecimal: kept elsewhere it proves the whole chain; '' where there is none."""
        return bytes(self.events[-1].digest).hex() if self.events else ""

    def known(self) -> list[Known]:
        """Where it stands for each purpose."""
        return [self.known_at(purpose, None) for purpose in Purpose]

    def known_at(self, purpose: Purpose, at: datetime | None) -> Known:
        """Where it stood at a moment, by all that is known today; None: now."""
        events = [e for e in self.events if e.purpose in (None, purpose) and (at is None or e.at <= at)]
        standing = status_after(events)
        found = next((e for e in events if standing and e.pk == standing.event_id), None)
        return Known(purpose, standing, found)


def of(*, account: Account, phone: str) -> History:
    return History(account, phone, events(account, phone), list(ledger.verify(account, phone)))


def known(*, account: Account, phone: str) -> list[Known]:
    """Where it stands for each purpose: one query, and no look at the chain."""
    return History(account, phone, events(account, phone), ()).known()


def events(account: Account, phone: str) -> list[ConsentEvent]:
    return list(ConsentEvent.objects.filter(account=account, phone=phone).order_by("sequence"))
