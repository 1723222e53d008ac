"""What events would change, before they are recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal
from uuid import UUID

from consent import current, kept
from consent.ledger import Happening
from consent.replay import Standing, status_after
from consent.vocabulary import Event, Purpose, Status
from smsadmin.accounts.models import Account

Effect = Literal["new", "changed", "nothing"]
NOT_YET = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Change:
    """Of one purpose: how it stands, and how it would."""

    purpose: Purpose
    before: Standing | None
    after: Standing | None

    @property
    def changes(self) -> bool:
        return (self.before and self.before.status) != (self.after and self.after.status)


class Course:
    """The histories of some numbers, as they would go on: two queries, then nothing but the rule."""

    def __init__(self, account: Account, phones: Collection[str]) -> None:
        self._events: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)
        for key, events in current.by_key(current.history(account, phones)).items():
            self._events[key].extend(events)
        unknown = set(phones) - {phone for phone, _purpose in self._events}
        for phone, rows in kept.refusals(account=account, phones=unknown).items():
            for row in rows:
                event = Event.DENIED if row.status == Status.DENIED else Event.OPTED_OUT
                self._events[phone, row.purpose].append(thing(event, row.source, row.since))

    def changes(self, item: Happening) -> list[Change]:
        """Of each purpose that the item counts for; the item is part of the history from now on."""
        purposes = Purpose if item.purpose is None else [Purpose(item.purpose)]
        return [self._change(item, purpose) for purpose in purposes]

    def _change(self, item: Happening, purpose: Purpose) -> Change:
        events = self._events[item.phone, purpose]
        before = status_after(events)
        events.append(thing(item.event, item.source, item.at))
        return Change(purpose, before, status_after(events))

    def take(self, item: Happening) -> Effect:
        """What the item does, taken after all before it."""
        changing = [change for change in self.changes(item) if change.changes]
        if not changing:
            return "nothing"
        return "new" if all(change.before is None for change in changing) else "changed"


def thing(event: int, source: int, at: Any) -> Any:
    return SimpleNamespace(id=NOT_YET, event=event, source=source, at=at)


def foresee(*, account: Account, happening: Happening) -> list[Change]:
    """Of each purpose that the event counts for."""
    return Course(account, [happening.phone]).changes(happening)
