"""What can become of a message: each fate is a function that tells a Pen what happened, and fates are made of fates."""

from collections.abc import Callable
from datetime import datetime, timedelta

from logs.demo.catalogue import Contract
from logs.demo.dialects import dump
from logs.demo.pen import Pen
from logs.models import EventSource
from logs.providers.codes import resolve
from logs.statuses import Outcome, Reason, Stage, State, fold_parts

Fate = Callable[[Pen], None]

HELD = State.of(Stage.QUEUED, Outcome.PENDING, Reason.SCHEDULED)


def arrives(seconds: float) -> Fate:
    """Delivered so long after the provider took it."""

    def tell(pen: Pen) -> None:
        pen.accept()
        pen.carrier()
        pen.wait(seconds)
        if pen.dialect.by_part and pen.segments > 1:
            return _parts(pen, ["delivered"] * pen.segments)
        return pen.receipt(pen.dialect.delivered)

    return tell


def undelivered(fault: str, seconds: float) -> Fate:
    """Taken, then given back by provider or carrier; as "absent" where this provider has no word for the fault."""

    def tell(pen: Pen) -> None:
        status, error = pen.dialect.faults.get(fault) or pen.dialect.faults["absent"]
        pen.accept()
        if resolve(pen.dialect.receipts, status, error).stage >= Stage.CARRIER_ACCEPTED:
            pen.carrier()
        pen.wait(seconds)
        pen.receipt(status, error)

    return tell


def refused(fault: str) -> Fate:
    """The provider does not take it."""
    return lambda pen: pen.refuse(fault)


def expired(hours: float) -> Fate:
    def tell(pen: Pen) -> None:
        pen.accept()
        pen.carrier()
        pen.wait(hours * 3600)
        pen.receipt(*pen.dialect.expired)

    return tell


def then(first: Fate, minutes: float, second: Fate, contract: Contract | None = None, why: str = "") -> Fate:
    """A first attempt, and another after it failed."""

    def tell(pen: Pen) -> None:
        first(pen)
        pen.again(minutes, contract, why)
        second(pen)

    return tell


POLLS = (5 * 60, 25 * 60, 90 * 60, 6 * 3600, 15 * 3600)  # between one status query and the next: minutes to hours


def silent(late: float | None = None, carrier: bool = True) -> Fate:
    """No receipt: asked about ever more rarely, unknown after a day; ``late`` hours later it comes after all."""

    def tell(pen: Pen) -> None:
        # Where answers have a table of their own, a status query can only repeat a receipt.
        taken = carrier or pen.dialect.submits != pen.dialect.receipts
        pen.accept()
        if taken:
            pen.carrier()
        for pause in POLLS:
            pen.wait(pause)
            pen.poll(pen.dialect.carrier if taken else pen.dialect.accepted)
        pen.wait(2 * 3600)
        pen.platform(
            State.of(pen.said[-1].state.stage, Outcome.UNKNOWN, Reason.NO_REPORT),
            "No answer in 25 hours",
            EventSource.TIMEOUT,
            soft=True,
        )
        if late is not None:
            pen.wait(late * 3600)
            pen.receipt(pen.dialect.delivered, heard=40)

    return tell


def unconfirmed(seconds: float) -> Fate:
    """The carrier took it and gives no receipts."""

    def tell(pen: Pen) -> None:
        pen.accept()
        pen.carrier()
        pen.wait(seconds)
        if pen.dialect.receipts == "telnyx":
            pen.receipt("delivery_unconfirmed")
        else:
            state = State.of(Stage.CARRIER_ACCEPTED, Outcome.SENT_UNCONFIRMED, Reason.NO_REPORT)
            pen.platform(state, "This country's carriers send no receipts", EventSource.TIMEOUT, soft=True)

    return tell


def unclear(seconds: float) -> Fate:
    """The provider itself says that it does not know."""

    def tell(pen: Pen) -> None:
        pen.accept()
        pen.carrier()
        pen.wait(seconds)
        pen.receipt(pen.dialect.unknown)

    return tell


def in_parts(*faults: str) -> Fate:
    """Each part for itself, '' and further ones arrive; by a provider that reports so. A single part has the last."""

    def tell(pen: Pen) -> None:
        ends = [fault or "delivered" for fault in faults] + ["delivered"] * pen.segments
        pen.accept()
        pen.carrier()
        pen.wait(4)
        _parts(
            pen, ends[: pen.segments] if pen.segments >= len(faults) else ends[len(faults) - pen.segments : len(faults)]
        )

    return tell


def _parts(pen: Pen, ends: list[str]) -> None:
    """A receipt a part. The message stays open until the last is in; then it is what all of them say together."""
    told: list[State] = []
    for part, end in enumerate(ends, start=1):
        status, error = (pen.dialect.delivered, "") if end == "delivered" else pen.dialect.faults[end]
        told.append(resolve(pen.dialect.receipts, status, error))
        stage = max(state.stage for state in told)
        whole = fold_parts(told) if part == len(ends) else State.of(stage, Outcome.PENDING)
        pen.receipt(status, error, part=part, state=whole)
        pen.wait(0.4 + pen.rng.random() * 6)


def disputed(seconds: float, fault: str) -> Fate:
    """Delivered, and minutes later the opposite: two different final answers."""

    def tell(pen: Pen) -> None:
        arrives(seconds)(pen)
        pen.wait(180 + pen.rng.random() * 900)
        pen.receipt(*pen.dialect.faults[fault])

    return tell


def repeated(seconds: float, times: int = 2) -> Fate:
    """The same receipt several times, and the carrier's answer after the phone's."""

    def tell(pen: Pen) -> None:
        pen.accept()
        taken = pen.now
        pen.wait(seconds)
        for _ in range(times):
            pen.receipt(pen.dialect.delivered)
            pen.wait(30)
        late = (pen.now - taken).total_seconds()
        pen.now, back = taken + timedelta(seconds=1.2), pen.now
        pen.receipt(pen.dialect.carrier, heard=late)
        pen.now = back

    return tell


def stopped(reason: Reason, text: str, facts: dict[str, object] | None = None) -> Fate:
    """Not sent, by our own rules; what decided is kept as raw evidence."""

    def tell(pen: Pen) -> None:
        pen.wait(0.02)
        raw = dump({"rule": reason.slug, **(facts or {})})
        pen.platform(State.of(Stage.QUEUED, Outcome.BLOCKED, reason), text, raw=raw)

    return tell


def canceled(by: str, after: float) -> Fate:
    def tell(pen: Pen) -> None:
        pen.wait(after)
        pen.platform(
            State.of(Stage.QUEUED, Outcome.CANCELED, Reason.CANCELED), f"Canceled by {by}", EventSource.OPERATOR
        )

    return tell


def held(until: datetime, why: str, fate: Fate) -> Fate:
    """Kept in the queue until then."""

    def tell(pen: Pen) -> None:
        pen.wait(0.03)
        pen.platform(HELD, why)
        pen.now = max(pen.now, until) + timedelta(seconds=pen.rng.random() * 90)
        fate(pen)

    return tell


def behind(seconds: float, fate: Fate) -> Fate:
    """The same, after the others of a campaign that are sent before it."""
    if not seconds:
        return fate

    def tell(pen: Pen) -> None:
        pen.wait(seconds)
        fate(pen)

    return tell


def broken(reason: Reason, text: str) -> Fate:
    """A fault of ours or on the way to the provider; no one answered."""

    def tell(pen: Pen) -> None:
        pen.submit()
        pen.wait(10)
        pen.platform(State.of(Stage.SUBMITTING, Outcome.FAILED, reason), text, EventSource.SUBMIT)

    return tell
