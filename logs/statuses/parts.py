"""The fold of a message whose provider reports parts: each part by itself, the parts to one answer, and that with what
was said of the whole. A pure function of the set of events, like `fold`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from logs.statuses.folding import Event, Folded, fold, fold_parts
from logs.statuses.states import Outcome, Stage, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from uuid import UUID

_UNHEARD = State.of(Stage.QUEUED, Outcome.PENDING)
_NO_TIME = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """An event and what of the message it speaks of: the whole where ``parts`` is 1."""

    event: Event
    attempt: int = 1
    part: int = 1
    parts: int = 1


def fold_told(told: Iterable[Told]) -> Folded:
    """The state of these events. ValueError where there are none.

    The parts of two attempts are different parts: an attempt that a second one followed stays as it ended.
    """
    whole: list[Event] = []
    attempts: defaultdict[int, list[Told]] = defaultdict(list)
    for one in told:
        if one.parts > 1:
            attempts[one.attempt].append(one)
        else:
            whole.append(one.event)
    joined = [_joined(of_attempt) for of_attempt in attempts.values()]
    folded = fold([*(event for event, _conflict in joined), *whole])
    if any(conflict for _event, conflict in joined) and not folded.conflict:
        return folded._replace(conflict=True)
    return folded


def _joined(told: Collection[Told]) -> tuple[Event, bool]:
    """What the parts of one attempt say of the whole, as one event, and whether a part was told two different ends."""
    of_part: defaultdict[int, list[Event]] = defaultdict(list)
    for one in told:
        of_part[one.part].append(one.event)
    heard = {part: fold(events) for part, events in of_part.items()}
    state = fold_parts(_states(heard, max(one.parts for one in told)))
    occurred, received, identity = max(map(_moment, heard.values()))
    soft = any(folded.soft for folded in heard.values()) and state.outcome.is_final
    event = Event(identity, state, None if occurred == _NO_TIME else occurred, received, soft)
    return event, any(folded.conflict for folded in heard.values())


def _states(heard: Mapping[int, Folded], parts: int) -> list[State]:
    """Of every part; one that nothing was said of is pending."""
    return [heard[part].state if part in heard else _UNHEARD for part in range(1, parts + 1)]


def _moment(folded: Folded) -> tuple[datetime, datetime, UUID]:
    return folded.occurred_at or _NO_TIME, folded.received_at, folded.event_id
