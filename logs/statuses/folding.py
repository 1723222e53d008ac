"""From events to one state: a pure function of the set of events, whatever their order and however often they came.

The fold is a maximum. So it can go on from what an earlier fold kept, without reading the old events:
`fold(new, start=fold(old)) == fold(old + new)`.

The order of the maximum: finality (a provider's final answer 2, a soft one 1, pending 0); the outcome's precedence;
for pending ones the stage; a specific reason over none, unknown and other; then when it occurred (unknown is lowest),
when it was received, and the id. The stage is the highest seen, whoever wins.

While pending the stage goes before the reason: what held a message back (a schedule, a failed try) holds no more once
it has got further. See docs/adr/0010.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from logs.statuses.reasons import Reason, Validity
from logs.statuses.states import Outcome, Stage, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_UUID_VERSION_8 = 0x8 << 76 | 0x2 << 62
_UUID_FREE_BITS = (1 << 128) - 1 & ~(0xF << 76 | 0x3 << 62)
_NO_TIME = datetime.min.replace(tzinfo=UTC)


class Event(NamedTuple):
    """One thing that was said of a message. Times are aware; `soft`: our own time-out said it, not a provider."""

    id: UUID
    state: State
    occurred_at: datetime | None
    received_at: datetime
    soft: bool = False


class Folded(NamedTuple):
    """The state of a set of events, and of the winning event all that a later fold has to know.

    `winner_stage` is the stage that the winner itself proved; `state.stage` is the highest of the set. They differ
    only while pending. `conflict`: two different final answers of providers were seen.
    """

    state: State
    soft: bool
    occurred_at: datetime | None
    received_at: datetime
    event_id: UUID
    conflict: bool
    winner_stage: Stage


# The first four steps of the order in one number: rank = finality and precedence, stage while pending, specificity.
_HARD, _SOFT = 20_000_000, 10_000_000
_SPECIFIC = 1_000
_STAGE = 2 * _SPECIFIC
_HARD_RANK = {o: (_HARD if o.is_final and not o.is_soft else _SOFT) + o.precedence * 10_000 for o in Outcome}
_SOFT_RANK = {o: _SOFT + o.precedence * 10_000 for o in Outcome}
_REASON_RANK = {reason: _SPECIFIC if reason.is_specific else 0 for reason in Reason}


def _rank(state: State, stage: Stage, soft: bool) -> int:
    outcome = state.outcome
    if outcome is Outcome.PENDING:
        return stage * _STAGE + _REASON_RANK[state.reason]
    return (_SOFT_RANK if soft else _HARD_RANK)[outcome] + _REASON_RANK[state.reason]


def fold(events: Iterable[Event], start: Folded | None = None) -> Folded:
    """The state of these events, together with those that `start` stands for. ValueError where there is neither."""
    remaining = iter(events)
    if start is None:
        first = next(remaining, None)
        if first is None:
            raise ValueError("a message without events has no state")
        start = _begin(first)
    second = next(remaining, None)
    return start if second is None else _fold_on(start, second, remaining)


def _begin(event: Event) -> Folded:
    state = event.state
    soft = _SOFT <= _rank(state, state.stage, event.soft) < _HARD
    return Folded(state, soft, event.occurred_at, event.received_at, event.id, False, state.stage)


def _fold_on(start: Folded, event: Event | None, remaining: Iterable[Event]) -> Folded:
    winner: Event | None = None
    best = _rank(start.state, start.winner_stage, start.soft)
    times = (start.occurred_at or _NO_TIME, start.received_at, start.event_id)
    top, conflict = start.state.stage, start.conflict
    hard = start.state.outcome if best >= _HARD else None
    rest = iter(remaining)
    while event is not None:
        state = event.state
        rank = _rank(state, state.stage, event.soft)
        if state.stage > top:
            top = state.stage
        if rank >= _HARD:
            conflict = conflict or (hard is not None and hard is not state.outcome)
            hard = state.outcome
        if rank >= best:
            seen = (event.occurred_at or _NO_TIME, event.received_at, event.id)
            if rank > best or seen > times:
                winner, best, times = event, rank, seen
        event = next(rest, None)
    return _folded(start, winner, top, conflict)


def _folded(start: Folded, winner: Event | None, top: Stage, conflict: bool) -> Folded:
    base = start if winner is None else _begin(winner)
    if top is base.state.stage and conflict is base.conflict:
        return base
    won = base.state
    state = won if top is won.stage else State(top, won.outcome, won.reason, won.number_valid, won.retry)
    return Folded(state, base.soft, base.occurred_at, base.received_at, base.event_id, conflict, base.winner_stage)


def fold_parts(parts: Sequence[State]) -> State:
    """The state of a message from the states of its parts (or of a bulk send from its messages).

    Pending until every part is final; all alike is that; arrived in part and refused in part is partial. A part with
    no answer never counts as delivered, and a refused part means that the whole did not arrive.
    ValueError for no parts.
    """
    if not parts:
        raise ValueError("a message has at least one part")
    if len(parts) == 1:
        return parts[0]
    stage = max(part.stage for part in parts)
    outcome = _outcome_of_parts({part.outcome for part in parts})
    told = max(_telling(parts, outcome), key=_part_key)
    if outcome is Outcome.PARTIAL:
        # What arrived proves the number; sending all of it again would repeat what arrived.
        return State(stage, outcome, told.reason, Validity.YES, False)
    return State(stage, outcome, told.reason, told.number_valid, told.retry)


def _outcome_of_parts(outcomes: set[Outcome]) -> Outcome:
    if Outcome.PENDING in outcomes:
        return Outcome.PENDING
    negative = [outcome for outcome in outcomes if outcome.is_negative]
    if Outcome.PARTIAL in outcomes or (negative and Outcome.DELIVERED in outcomes):
        return Outcome.PARTIAL
    if negative:
        return max(negative, key=lambda outcome: outcome.precedence)
    return min(outcomes, key=lambda outcome: outcome.precedence)


def _telling(parts: Sequence[State], outcome: Outcome) -> list[State]:
    """The parts whose reason explains the whole: those that ended like it, or else those that were refused."""
    return [part for part in parts if part.outcome is outcome] or [part for part in parts if part.outcome.is_negative]


def _part_key(part: State) -> tuple[bool, int, int, int, bool]:
    return (part.reason.is_specific, part.stage, part.reason, part.number_valid, part.retry)


def event_id(
    *,
    provider: str,
    provider_event_id: str = "",
    provider_message_id: str = "",
    recipient: str = "",
    part: int | None = None,
    raw_status: str = "",
    raw_error: str = "",
    occurred_at: datetime | None = None,
) -> UUID:
    """The dedupe key of an event: the same answer, heard twice, has the same id.

    From the provider's own event id where there is one, else from what identifies the answer. A UUID of version 8
    (RFC 9562: a layout of our own) over a SHA-256. It is unique within an account's message, not across accounts:
    two accounts may import the same file.
    """
    fields: tuple[str, ...]
    if provider_event_id:
        fields = (provider, provider_event_id)
    else:
        moment = "" if occurred_at is None else occurred_at.astimezone(UTC).isoformat()
        number = "" if part is None else str(part)
        fields = (provider, provider_message_id, recipient, number, raw_status, raw_error, moment)
    # Lengths before the values keep fields that run together apart.
    text = "".join([f"{len(field)}:{field}" for field in fields])
    bits = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])
    return UUID(int=bits & _UUID_FREE_BITS | _UUID_VERSION_8)
