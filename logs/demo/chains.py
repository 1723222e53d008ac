"""The status log of one message, written as its clock goes on. A fate is a function that tells a Pen what happened."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from logs.demo.asks import Ask
from logs.demo.catalogue import Contract
from logs.demo.dialects import DIALECTS, Dialect, Note, dump
from logs.drafts import Said
from logs.models import EventSource, Signed
from logs.providers.codes import resolve
from logs.statuses import Outcome, Reason, Stage, State, event_id, fold_parts

Fate = Callable[["Pen"], None]

QUEUED = State.of(Stage.QUEUED, Outcome.PENDING)
SUBMITTING = State.of(Stage.SUBMITTING, Outcome.PENDING)
HELD = State.of(Stage.QUEUED, Outcome.PENDING, Reason.SCHEDULED)


class Pen:
    """Writes what is said of one message. ``now`` only goes forward; each method says one thing at ``now``, after a wait of its own."""

    def __init__(self, ask: Ask, id: UUID, contract: Contract, *, segments: int, sender: str, currency: str, rng: Random) -> None:
        self.ask, self.id, self.rng = ask, id, rng
        self.segments, self.sender, self.currency = segments, sender, currency
        self.now = ask.at
        self.attempt = 1
        self.cost = Decimal(0)
        self.said: list[Said] = []
        self.provider_id = ""
        self.route(contract)

    def route(self, contract: Contract) -> None:
        """Go by this provider from here on."""
        self.contract = contract
        self.dialect: Dialect = DIALECTS[contract.provider]
        self.price = contract.price(self.country) * self.segments

    @property
    def country(self) -> str:
        from_phone = self.ask.phone[:3]
        return {"+44": "GB", "+33": "FR", "+49": "DE", "+46": "SE", "+61": "AU"}.get(from_phone, "US" if from_phone.startswith("+1") else "")

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # ---- our own part

    def platform(self, state: State, text: str = "", source: EventSource = EventSource.PLATFORM, raw: str = "", soft: bool = False) -> None:
        """Our own queue and rules, our time limit, or a person."""
        id = event_id(provider="smsadmin", provider_event_id=f"{self.id.hex}:{len(self.said)}")
        self.said.append(Said(id, state, self.now, self.now, source, soft=soft, attempt=self.attempt, raw_text=text, raw=raw))

    def queue(self) -> None:
        self.platform(QUEUED)

    def submit(self) -> None:
        self.wait(0.04 + self.rng.random() * 0.4)
        self.platform(SUBMITTING)

    # ---- the provider's part

    def accept(self) -> None:
        """The provider takes it; from here on it costs."""
        self.submit()
        self.wait(0.25 + self.rng.expovariate(2.2))
        self.provider_id = self.dialect.new_id(self.rng)
        self.cost += self.price
        self._say(self.dialect.submits, EventSource.SUBMIT, self.dialect.accepted, "", self.dialect.answer, delay=0)

    def refuse(self, fault: str) -> None:
        """The provider's answer to the submission is no."""
        self.submit()
        self.wait(0.2 + self.rng.expovariate(3))
        error = self.dialect.refusals[fault]
        status = error if self.dialect.submits == "infobip" else ""  # which refuses by a status, inside a 200
        self._say(self.dialect.submits, EventSource.SUBMIT, status, "" if status else error, self.dialect.refusal, delay=0, told=error)

    def carrier(self) -> None:
        self.wait(0.3 + self.rng.expovariate(1.1))
        self.receipt(self.dialect.carrier)

    def receipt(self, status: str, error: str = "", *, part: int = 1, state: State | None = None, heard: float | None = None) -> None:
        """A delivery receipt about now; ``heard`` seconds later it reaches us. ``state`` is the message's where it is not the receipt's."""
        delay = 0.15 + self.rng.random() * 0.8 if heard is None else heard
        self._say(self.dialect.receipts, EventSource.WEBHOOK, status, error, self.dialect.receipt, delay=delay, part=part, state=state)

    def poll(self, status: str) -> None:
        self._say(self.dialect.receipts, EventSource.POLL, status, "", self.dialect.receipt, delay=0)

    def _say(
        self, table: str, source: EventSource, status: str, error: str, body: Callable[[Note], object], *, delay: float, part: int = 1,
        state: State | None = None, told: str = "",
    ) -> None:  # fmt: skip
        at = self.now.replace(microsecond=0) if self.dialect.whole_seconds and source is EventSource.WEBHOOK else self.now
        parts = self.segments if self.dialect.by_part else 1
        id = self.provider_id if part == 1 else f"{self.provider_id[:-1]}{part}"
        note = Note(id, self.ask.phone, self.sender, self.ask.reference, status, error or told, at, self.segments, f"{self.price:.8f}", self.currency, part, parts)
        signed = Signed.HELD if self.dialect.signed and source is EventSource.WEBHOOK else Signed.NONE
        self.said.append(
            Said(
                id=event_id(
                    provider=table, provider_message_id=id, recipient=self.ask.phone, part=part, raw_status=status, raw_error=error,
                    occurred_at=at if id else self.now,
                ),
                state=state or resolve(table, status, error), occurred_at=at, received_at=self.now + timedelta(seconds=delay), source=source,
                attempt=self.attempt, part=part, parts=max(parts, part), signed=signed, provider=table, provider_message_id=id, raw_status=status,
                raw_error=error, raw=dump(body(note)),  # type: ignore[arg-type]
            )
        )  # fmt: skip

    # ---- again

    def again(self, minutes: float, contract: Contract | None = None, why: str = "") -> None:
        """Try again later. The answer to the attempt before is final no more: any answer to this one replaces it."""
        self.said[-1] = replace(self.said[-1], soft=True)
        self.wait(minutes * 60 + self.rng.random() * 5)
        self.attempt += 1
        if contract is not None:
            self.route(contract)
        if why:
            self.platform(QUEUED, why)


# ---- fates


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
    """Taken, then given back by provider or carrier; a fault that this provider has no word for is told by its vaguest."""

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
    """No receipt: asked about ever more rarely, unknown after a day; ``late`` hours later the answer comes after all."""

    def tell(pen: Pen) -> None:
        pen.accept()
        if carrier:
            pen.carrier()
        for pause in POLLS:
            pen.wait(pause)
            pen.poll(pen.dialect.carrier if carrier else pen.dialect.accepted)
        pen.wait(2 * 3600)
        pen.platform(State.of(pen.said[-1].state.stage, Outcome.UNKNOWN, Reason.NO_REPORT), "No answer in 25 hours", EventSource.TIMEOUT, soft=True)
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
    """Each part for itself ('' arrived; further parts do), by a provider that reports so. A text of one part has the last of them."""

    def tell(pen: Pen) -> None:
        ends = [fault or "delivered" for fault in faults] + ["delivered"] * pen.segments
        pen.accept()
        pen.carrier()
        pen.wait(4)
        _parts(pen, ends[: pen.segments] if pen.segments >= len(faults) else ends[len(faults) - pen.segments : len(faults)])

    return tell


def _parts(pen: Pen, ends: list[str]) -> None:
    """A receipt a part. The message stays open until the last of them is in; then it is what all of them say together."""
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
        pen.platform(State.of(Stage.QUEUED, Outcome.CANCELED, Reason.CANCELED), f"Canceled by {by}", EventSource.OPERATOR)

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
    return fate if not seconds else lambda pen: (pen.wait(seconds), fate(pen))[1]


def broken(reason: Reason, text: str) -> Fate:
    """A fault of ours or on the way to the provider; no one answered."""

    def tell(pen: Pen) -> None:
        pen.submit()
        pen.wait(10)
        pen.platform(State.of(Stage.SUBMITTING, Outcome.FAILED, reason), text, EventSource.SUBMIT)

    return tell
