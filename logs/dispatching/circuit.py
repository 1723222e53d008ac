"""The circuit of a provider account: five faults of the provider in a row open it, a wrong key opens it at once. While
it is open nothing goes that way; then one message tries. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

FAULTS = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)
TRIAL = timedelta(minutes=1)  # how long the one message has
MOST_FAULTS = 30_000  # what the column holds, rather less


class Gate(Enum):
    CLOSED = auto()  # messages pass
    TRIAL = auto()  # one may pass
    OPEN = auto()  # none


class Sign(Enum):
    """What an answer says about the provider."""

    WORKS = auto()
    SILENT = auto()  # nothing: it asked us to be slower
    FAULT = auto()
    BREAKDOWN = auto()  # no message can pass before somebody mends it: a wrong key, a closed contract


@dataclass(frozen=True, slots=True)
class Circuit:
    """``faults`` in a row; ``open_since`` and ``open_until`` both None while it is closed."""

    faults: int = 0
    open_since: datetime | None = None
    open_until: datetime | None = None

    def gate(self, at: datetime) -> Gate:
        if self.open_until is None:
            return Gate.CLOSED
        return Gate.OPEN if at < self.open_until else Gate.TRIAL

    def tried(self, at: datetime) -> Circuit:
        """The one message is on its way: nobody else tries meanwhile."""
        return Circuit(self.faults, self.open_since, at + TRIAL)

    def after(self, sign: Sign, *, started_at: datetime, at: datetime) -> Circuit:
        """After an answer to a try that began at ``started_at``."""
        if sign is Sign.SILENT:
            return self
        if sign is Sign.WORKS:
            return Circuit()
        if self.open_since and started_at <= self.open_since:
            return self  # it left before the circuit opened, and says nothing new
        return self._worse(at, at_least=FAULTS if sign is Sign.BREAKDOWN else 1)

    def _worse(self, at: datetime, at_least: int) -> Circuit:
        faults = min(max(self.faults + 1, at_least), MOST_FAULTS)
        if faults < FAULTS:
            return Circuit(faults)
        return Circuit(faults, self.open_since or at, at + pause(faults))


def pause(faults: int) -> timedelta:
    """How long it stays open: doubled with each fault, up to ten minutes."""
    return min(FIRST_PAUSE * 2 ** min(faults - FAULTS, 10), LONGEST_PAUSE)
