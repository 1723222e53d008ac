"""Which provider account a message goes by: the first by rank that has not refused it and whose circuit lets it pass.
Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from logs.dispatching.circuit import Circuit, Gate

LONG = timedelta(minutes=1)  # a limit that lasts as long is no matter of pace


class Mark(Enum):
    """How a provider account stands to a message after a try."""

    NONE = auto()
    DOWN = auto()  # not now: another one first
    REFUSED = auto()  # it will not take it


@dataclass(frozen=True, slots=True)
class Way:
    """A provider account that messages go by. ``id`` is its primary key; ``rate`` messages a second; ``free_at`` as in
    `throughput`."""

    id: int
    rate: int
    circuit: Circuit
    free_at: datetime | None = None

    def rests(self, at: datetime) -> bool:
        """Whether it told us to leave it alone for so long that others should take its messages."""
        return self.free_at is not None and self.free_at - at >= LONG


@dataclass(frozen=True, slots=True)
class Leg:
    """Who goes by ``way`` now: those that everything in ``ahead`` has refused, and ``way`` has not. ``trial``: one."""

    way: Way
    ahead: tuple[int, ...]
    trial: bool


def legs(ways: Sequence[Way], at: datetime) -> Iterator[Leg]:
    """Of an account's enabled ways, by rank. A way that only one message may try does not stand ahead of the others:
    the rest goes round it."""
    ahead: tuple[int, ...] = ()
    for way in ways:
        gate = way.circuit.gate(at)
        if gate is Gate.OPEN or way.rests(at):
            continue
        yield Leg(way, ahead, gate is Gate.TRIAL)
        if gate is Gate.CLOSED:
            ahead = (*ahead, way.id)


def another(ways: Sequence[Way], refused_by: Collection[int], at: datetime) -> Way | None:
    """Where a message goes now that these have refused."""
    others = (way for way in ways if way.id not in refused_by and not way.rests(at))
    return next((way for way in others if way.circuit.gate(at) is Gate.CLOSED), None)


def left(ways: Sequence[Way], refused_by: Collection[int]) -> bool:
    """Whether one of them has not refused, though nothing may go by it now."""
    return any(way.id not in refused_by for way in ways)


# ``refused_by`` of a queue row lists the provider accounts that a message goes round. One that was only down stands
# there with its negative beside it, and is forgotten when the message has waited.


def marked(refused_by: Sequence[int], way: int, mark: Mark, *, waits: bool) -> tuple[int, ...]:
    """The list after a try by ``way``. ``waits``: the message comes back later, not at once."""
    kept = tuple(pk for pk in refused_by if pk > 0 and -pk not in refused_by) if waits else tuple(refused_by)
    if mark is Mark.REFUSED:
        return (*kept, way)
    return (*kept, way, -way) if mark is Mark.DOWN and not waits else kept


def hope(refused_by: Sequence[int]) -> bool:
    """Whether one of them was only down."""
    return any(pk < 0 for pk in refused_by)
