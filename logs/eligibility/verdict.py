"""What eligibility is asked, what its rules look at, and what they answer. Plain data: no ORM.

A `Case` is one message with every fact that a rule looks at; it goes to JSON and back without a loss, so that a
decision can be told, and made again, years later. It holds no text and no number: the message has those.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from logs.statuses import Outcome, Reason, Stage, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

ALLOWED = "allowed"
GO = State.of(Stage.QUEUED, Outcome.PENDING)
WAIT = State.of(Stage.QUEUED, Outcome.PENDING, Reason.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that wants to go out. ``kind`` and ``source`` are values of logs.models.Kind and Source; ``zone`` is
    the member's, '' for the account's; ``missing`` names variables without a value; ``segments`` is 0 for an empty
    text; ``due_at`` is when it may go at the earliest (None: now); ``asks_consent``: a reminder of a pending opt-in."""

    id: UUID
    phone: str
    kind: int
    source: int | None
    body: str
    segments: int
    campaign_id: int | None = None
    zone: str = ""
    missing: tuple[str, ...] = ()
    number_invalid: bool = False
    due_at: datetime | None = None
    asks_consent: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """A number's standing: ``status`` is pending, opted_in, opted_out or denied."""

    status: str
    since: datetime
    source: int = 0


@dataclass(frozen=True, slots=True)
class BlockedBy:
    """The block entry that stops a number; ``scope`` is global or account."""

    id: str
    scope: str
    reason: str
    since: datetime
    until: datetime | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One message as the rules see it. A fact that is not there has its default."""

    at: datetime
    marketing: bool
    asked_for: bool = False  # the person is waiting for it: a code, a consent request at the till, an answer
    is_code: bool = False
    is_answer: bool = False  # to the keyword that the person has just written
    asks_consent: bool = False  # for marketing, of somebody who has not answered yet
    source: int | None = None
    has_number: bool = True
    number_invalid: bool = False
    block: BlockedBy | None = None
    marketing_consent: Consent | None = None
    operational_consent: Consent | None = None
    without_opt_in: bool = False  # the account lets this source text without an opt-in
    twin: str = ""  # the message of the same campaign to the same number
    words: tuple[str, ...] = ()  # blocked words that the text holds
    missing: tuple[str, ...] = ()
    segments: int = 1
    max_segments: int = 10
    cap: int | None = None
    cap_hours: int = 24
    recent: int = 0  # marketing messages to this number within those hours
    due_at: datetime | None = None
    quiet_from: str = ""  # HH:MM
    quiet_until: str = ""
    zone: str = "UTC"
    balance: int | None = None  # segments left before this message; None: no limit

    @property
    def moment(self) -> datetime:
        """When it would leave."""
        return max(self.at, self.due_at) if self.due_at else self.at


@dataclass(frozen=True, slots=True)
class Refused:
    outcome: Outcome
    reason: Reason
    sentence: str


@dataclass(frozen=True, slots=True)
class Held:
    until: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a candidate. ``state`` is a final one where it was refused, else None; ``held_until`` is when
    what is held may go; ``facts`` is the case as JSON, with the rule that decided."""

    rule: str
    state: State | None
    held_until: datetime | None
    sentence: str
    facts: Mapping[str, Any] = field(compare=False)

    @property
    def refused(self) -> bool:
        return self.state is not None

    @property
    def event_state(self) -> State:
        """The state of the event that tells of it."""
        return self.state or (WAIT if self.held_until else GO)


# ---- to JSON and back

NESTED = {"block": BlockedBy, "marketing_consent": Consent, "operational_consent": Consent}
MOMENTS = frozenset({"at", "due_at", "since", "until"})
DEFAULTS = {
    of: [(f.name, ... if f.default is MISSING else f.default) for f in fields(of)] for of in (Case, Consent, BlockedBy)
}


def to_json(value: Case | Consent | BlockedBy) -> dict[str, Any]:
    """What differs from the defaults, in types that JSON has."""
    found = {}
    for name, default in DEFAULTS[type(value)]:
        given = getattr(value, name)
        if given == default:
            continue
        if name in NESTED:
            given = to_json(given)
        elif name in MOMENTS and given is not None:
            given = given.isoformat()
        elif isinstance(given, tuple):
            given = list(given)
        found[name] = given
    return found


def from_json(facts: Mapping[str, Any], of: type[Any] = Case) -> Any:
    """The case that `to_json` told; what it does not know (a later version's facts) is left out."""
    given = {}
    for name, _default in DEFAULTS[of]:
        if name not in facts:
            continue
        value = facts[name]
        if name in NESTED:
            value = from_json(value, NESTED[name])
        elif name in MOMENTS and value is not None:
            value = datetime.fromisoformat(value)
        elif isinstance(value, list):
            value = tuple(value)
        given[name] = value
    return of(**given)
