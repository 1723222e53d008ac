"""What a policy would have done to messages that were really sent: a replay, number by number. Pure.

The replay goes by blocklist.resting and blocklist.policy themselves, so that it cannot differ from what the block list
does. A send that the policy stops has no end: neither its failure nor its delivery happens. People's lifts and entries
by hand are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from blocklist import resting
from blocklist.policy import Rule, Scope
from blocklist.resting import Failure, Rest

INSTANT = timedelta(microseconds=1)
WINDOWS = (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30))
Keys = dict[int | None, Rest]  # account that it holds for, None for all → the open rest


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that left us. ``code`` is the failure code (500–590) it ended with, None where it speaks not against
    the number; ``ended_at`` is when that was said."""

    id: UUID
    account_id: int
    phone: str
    at: datetime
    ended_at: datetime
    code: int | None
    delivered: bool


@dataclass(slots=True)
class Effect:
    """What a policy does: how many ``numbers`` rest, how long each rest is (seconds), how many sends it stops, and how
    many of those had in fact been ``delivered``."""

    numbers: int = 0
    rests: list[float] = field(default_factory=list)
    stopped: int = 0
    delivered: int = 0

    @property
    def median_rest(self) -> timedelta:
        return timedelta(seconds=median(self.rests)) if self.rests else timedelta(0)

    @property
    def longest_rest(self) -> timedelta:
        return timedelta(seconds=max(self.rests, default=0))


def simulate(sends: Iterable[Sent], policy: Mapping[int, Rule], *, now: datetime) -> Effect:
    """Replay these sends, in whatever order, as if no number had failed before them."""
    by_phone: defaultdict[str, list[Sent]] = defaultdict(list)
    for sent in sends:
        by_phone[sent.phone].append(sent)
    effect = Effect()
    for of_number in by_phone.values():
        rests = replay(of_number, policy, now, effect)
        lengths = [(rest.until - rest.since).total_seconds() for rest in rests if rest.until]
        held = [length for length in lengths if length > 0]
        effect.numbers += bool(held)
        effect.rests += held
    return effect


def replay(sends: Sequence[Sent], policy: Mapping[int, Rule], now: datetime, effect: Effect) -> list[Rest]:
    """All rests of one number. What ends at a moment is known before what is sent at it."""
    moments = [(sent.at, True, n) for n, sent in enumerate(sends)]
    moments += [(max(sent.ended_at, sent.at + INSTANT), False, n) for n, sent in enumerate(sends)]
    held: Keys = {}
    over: list[Rest] = []
    stopped: set[int] = set()
    for at, is_send, n in sorted(moments):
        sent = sends[n]
        if is_send:
            if is_stopped(held, sent.account_id, at):
                stopped.add(n)
                effect.stopped += 1
                effect.delivered += sent.delivered
        elif n not in stopped:
            end(held, over, sent, min(at, now), policy)
    return [*over, *held.values()]


def is_stopped(held: Keys, account: int, at: datetime) -> bool:
    rests = (held.get(None), held.get(account))
    return any(rest is not None and rest.since <= at and not rest.is_over(at) for rest in rests)


def end(held: Keys, over: list[Rest], sent: Sent, at: datetime, policy: Mapping[int, Rule]) -> None:
    """As blocklist.failures does it."""
    if sent.delivered:
        for key in (None, sent.account_id):
            rest = held.get(key)
            if rest is not None and rest.delivered_at is None and rest.seen_at < at:
                held[key] = replace(rest, delivered_at=at)
    rule = policy.get(sent.code) if sent.code is not None else None
    if rule is None or sent.code is None:
        return
    failure = Failure(sent.account_id, sent.phone, sent.code, sent.id, at)
    key = None if rule.seconds > 0 and rule.scope is Scope.GLOBAL else sent.account_id
    if key not in held:
        held[key] = resting.first(failure, rule)
        return
    rest, is_next = resting.after(held[key], failure, rule)
    if is_next:
        over.append(held[key])
    held[key] = rest


# ---- recovery


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many numbers."""

    n: int
    of: int

    @property
    def per_cent(self) -> int | None:
        return round(self.n * 100 / self.of) if self.of else None


def recovery(sends: Iterable[Sent], *, now: datetime) -> dict[int, list[Share]]:
    """For each code: of the numbers that failed with it, how many were delivered to again within each of WINDOWS.

    Only failures whose window is over are counted, or the youngest would look hopeless; of a number's failures with one
    code the first. A number that nobody tried again counts as not recovered.
    """
    failed: defaultdict[tuple[int, str], list[datetime]] = defaultdict(list)
    arrived: defaultdict[str, list[datetime]] = defaultdict(list)
    for sent in sends:
        if sent.code is not None:
            failed[sent.code, sent.phone].append(sent.ended_at)
        if sent.delivered:
            arrived[sent.phone].append(sent.ended_at)
    found: dict[int, list[Share]] = {}
    for (code, phone), moments in failed.items():
        first = min(moments)
        shares = found.setdefault(code, [Share(0, 0)] * len(WINDOWS))
        for place, window in enumerate(WINDOWS):
            if first + window > now:
                continue
            again = any(first < at <= first + window for at in arrived.get(phone, ()))
            shares[place] = Share(shares[place].n + again, shares[place].of + 1)
    return found
