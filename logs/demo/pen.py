"""The status log of one message, written as its clock goes on."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from logs.demo.asks import Ask
from logs.demo.catalogue import Contract
from logs.demo.dialects import DIALECTS, Body, Dialect, Note, dump
from logs.drafts import Said
from logs.models import EventSource, Signed
from logs.providers.codes import resolve
from logs.statuses import Outcome, Stage, State, event_id

QUEUED = State.of(Stage.QUEUED, Outcome.PENDING)


class Pen:
    """Writes what is said of one message: each method says one thing at ``now``, after a wait of its own."""

    def __init__(
        self, ask: Ask, message_id: UUID, contract: Contract, *, segments: int, sender: str, currency: str, rng: Random
    ) -> None:
        self.ask, self.id, self.rng = ask, message_id, rng
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
        self.price_text = f"{self.price:.8f}"

    @property
    def country(self) -> str:
        from_phone = self.ask.phone[:3]
        return {"+44": "GB", "+33": "FR", "+49": "DE", "+46": "SE", "+61": "AU"}.get(
            from_phone, "US" if from_phone.startswith("+1") else ""
        )

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # ---- our own part

    def platform(
        self,
        state: State,
        text: str = "",
        source: EventSource = EventSource.PLATFORM,
        raw: str = "",
        soft: bool = False,
    ) -> None:
        """Our own queue and rules, our time limit, or a person."""
        # Nobody else speaks of our own queue, so no event is heard twice: any id will do that is always the same.
        event = UUID(int=self.id.int ^ len(self.said) + 1)
        self.said.append(
            Said(event, state, self.now, self.now, source, soft=soft, attempt=self.attempt, raw_text=text, raw=raw)
        )

    def queue(self) -> None:
        self.platform(QUEUED)

    def submit(self) -> None:
        """On its way to the provider. Its answer says that it was asked; an event of our own would only repeat it."""
        self.wait(0.04 + self.rng.random() * 0.4)

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
        self._say(
            self.dialect.submits,
            EventSource.SUBMIT,
            status,
            "" if status else error,
            self.dialect.refusal,
            delay=0,
            told=error,
        )

    def carrier(self) -> None:
        self.wait(0.3 + self.rng.expovariate(1.1))
        self.receipt(self.dialect.carrier)

    def receipt(
        self, status: str, error: str = "", *, part: int = 1, state: State | None = None, heard: float | None = None
    ) -> None:
        """A delivery receipt of now, which reaches us ``heard`` seconds later. ``state``: the message's, if another."""
        delay = 0.15 + self.rng.random() * 0.8 if heard is None else heard
        self._say(
            self.dialect.receipts,
            EventSource.WEBHOOK,
            status,
            error,
            self.dialect.receipt,
            delay=delay,
            part=part,
            state=state,
        )

    def poll(self, status: str) -> None:
        self._say(self.dialect.receipts, EventSource.POLL, status, "", self.dialect.receipt, delay=0)

    def _say(
        self,
        table: str,
        source: EventSource,
        status: str,
        error: str,
        body: Body,
        *,
        delay: float,
        part: int = 1,
        state: State | None = None,
        told: str = "",
    ) -> None:
        receipt = source is EventSource.WEBHOOK
        at = self.now.replace(microsecond=0) if self.dialect.whole_seconds and receipt else self.now
        parts = self.segments if self.dialect.by_part else 1
        name = self.provider_id if part == 1 else f"{self.provider_id[:-1]}{part}"
        note = self._note(name, status, error or told, at, part, parts)
        key = event_id(
            provider=table,
            provider_message_id=name,
            recipient=self.ask.phone,
            part=part,
            raw_status=status,
            raw_error=error,
            occurred_at=at,
        )
        self.said.append(
            Said(
                id=key,
                state=state or resolve(table, status, error),
                occurred_at=at,
                received_at=self.now + timedelta(seconds=delay),
                source=source,
                attempt=self.attempt,
                part=part,
                parts=parts,
                signed=Signed.HELD if self.dialect.signed and receipt else Signed.NONE,
                provider=table,
                provider_message_id=name,
                raw_status=status,
                raw_error=error,
                raw=dump(body(note)),
            )
        )

    def _note(self, name: str, status: str, error: str, at: datetime, part: int, parts: int) -> Note:
        ask, price = self.ask, self.price_text
        return Note(
            name,
            ask.phone,
            self.sender,
            ask.reference,
            status,
            error,
            at,
            self.segments,
            price,
            self.currency,
            part,
            parts,
        )

    # ---- again

    def again(self, minutes: float, contract: Contract | None = None, why: str = "") -> None:
        """Try again later. The answer to the attempt before is final no more: any answer to this one replaces it."""
        self.said[-1] = self.said[-1]._replace(soft=True)
        self.wait(minutes * 60 + self.rng.random() * 5)
        self.attempt += 1
        if contract is not None:
            self.route(contract)
        if why:
            self.platform(QUEUED, why)
