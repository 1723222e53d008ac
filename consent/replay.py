"""How what happened to consent adds up to where it stands. Pure: the one rule, for the current status, for any past
moment and for the proof that the two agree.

Events are taken in the order in which they happened, whenever we heard of them, and each moves the status or leaves it:

- *opted in* and *confirmed* opt in, unless an import says so of a number that is opted out or denied: a file is no
  word of the person's own.
- *opted out* and *revoked by the carrier* opt out, always.
- *denied* denies, but where somebody is opted out already that stays: it forbids more.
- *requested* is pending where nothing was known. To be asked is no answer.
- *expired* takes an opt-in back to pending: it must be given again. No opt-out expires.

Of things that happened at the same moment, the one that forbids more counts last. An event that changes nothing leaves
since when, and by what, the status holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from consent.vocabulary import Event, Source, Status

REFUSED = frozenset({Status.OPTED_OUT, Status.DENIED})
OF_ONE_MOMENT = (
    Event.REQUESTED, Event.OPTED_IN, Event.CONFIRMED, Event.EXPIRED, Event.DENIED, Event.REVOKED, Event.OPTED_OUT,
)  # fmt: skip
RANK = {event: rank for rank, event in enumerate(OF_ONE_MOMENT)}


class Happened(Protocol):
    """What the rule needs to know of an event for the purpose in question."""

    @property
    def id(self) -> UUID: ...
    @property
    def event(self) -> int: ...
    @property
    def source(self) -> int: ...
    @property
    def at(self) -> datetime: ...


AnyHappened = TypeVar("AnyHappened", bound=Happened)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where consent stands, since when, and through what it came to stand there."""

    status: Status
    since: datetime
    source: int
    event_id: UUID | None = field(default=None, compare=False)


def in_order(events: Iterable[AnyHappened]) -> list[AnyHappened]:
    """As they happened. Only what is the same in every respect keeps the order in which it is given."""
    return sorted(events, key=lambda happened: (happened.at, RANK[Event(happened.event)], happened.source))


def status_after(events: Iterable[Happened], before: Standing | None = None) -> Standing | None:
    """Where consent stands after all these events of one number for one purpose; None where nothing is known.

    ``before`` is where it stood, if every one of the events happened later than what led there.
    """
    standing = before
    for happened in in_order(events):
        status = moved(standing.status if standing else None, Event(happened.event), happened.source)
        if status is not None and (standing is None or status is not standing.status):
            standing = Standing(status, happened.at, happened.source, happened.id)
    return standing


def moved(status: Status | None, event: Event, source: int) -> Status | None:
    """The status after one event."""
    match event:
        case Event.OPTED_OUT | Event.REVOKED:
            return Status.OPTED_OUT
        case Event.DENIED:
            return status if status is Status.OPTED_OUT else Status.DENIED
        case Event.OPTED_IN | Event.CONFIRMED:
            return status if source == Source.IMPORT and status in REFUSED else Status.OPTED_IN
        case Event.EXPIRED:
            return Status.PENDING if status is Status.OPTED_IN else status
        case Event.REQUESTED:
            return status or Status.PENDING
