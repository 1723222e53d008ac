"""How one more failure changes a number's rest. Pure.

A failure while the number rests (of a message that was on its way) is counted and may make the rest longer; one after
it begins the next rest. A rest holds from ``since`` on and no longer from ``until`` on: at the very moment of the
interception a number is stopped, at the very moment of the expiry it is free. So one rest can follow on another, and a
rest of 0 s never holds.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from blocklist.policy import Rule, decide


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that could not be delivered for a reason that speaks of its number: one of E4's codes. ``evidence`` is
    the message's id, ``at`` when it failed. Any other code, and what is no E.164 number, is left aside."""

    account_id: int
    phone: str
    code: int
    evidence: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Rest:
    """An open entry, as far as failures change it. ``id`` is None for one that is not written yet."""

    id: int | None
    source_account_id: int | None
    code: int | None
    evidence: UUID | None
    since: datetime
    until: datetime | None
    seen_at: datetime
    times: int = 1
    step: int = 0
    delivered_at: datetime | None = None

    @property
    def only_counts(self) -> bool:
        return self.until == self.since

    @property
    def next_step(self) -> int:
        """How many rests in a row lie behind whoever fails after this one."""
        if self.delivered_at:
            return 0
        return self.step if self.only_counts else self.step + 1

    def is_over(self, at: datetime) -> bool:
        return self.until is not None and self.until <= at


def first(failure: Failure, rule: Rule, *, step: int = 0, times: int = 1) -> Rest:
    stop = decide(rule, at=failure.at, earlier=step)
    return Rest(
        id=None,
        source_account_id=failure.account_id,
        code=failure.code,
        evidence=failure.evidence,
        since=failure.at,
        until=stop.until if stop else failure.at,
        seen_at=failure.at,
        times=times,
        step=step,
    )


def after(rest: Rest, failure: Failure, rule: Rule) -> tuple[Rest, bool]:
    """The rest after one more failure, and whether it is the next one: else it is the same, changed."""
    if failure.evidence is not None and failure.evidence == rest.evidence:
        return rest, False  # the same message, told again
    if not rest.is_over(failure.at):
        return extended(counted(rest, failure), failure, rule), False
    following = first(failure, rule, step=rest.next_step, times=1 if rest.delivered_at else rest.times + 1)
    # What only counts goes on counting in the same row: a history of every busy line would bury the rests.
    if rest.only_counts and following.only_counts:
        return replace(following, id=rest.id), False
    return following, True


def counted(rest: Rest, failure: Failure) -> Rest:
    delivered = rest.delivered_at
    return replace(
        rest,
        times=rest.times + 1,
        seen_at=max(rest.seen_at, failure.at),
        evidence=failure.evidence or rest.evidence,
        delivered_at=None if delivered and delivered < failure.at else delivered,
    )


def extended(rest: Rest, failure: Failure, rule: Rule) -> Rest:
    """Never shorter. The code is that of the failure which it rests for longest."""
    stop = decide(rule, at=failure.at, earlier=rest.step)
    if stop is None or rest.until is None or stop.until <= rest.until:
        return rest
    return replace(rest, code=failure.code, since=min(rest.since, failure.at), until=stop.until)
