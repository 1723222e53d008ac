"""What becomes of a message that our own rules let pass: by the member's phone, the provider's day, and chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from logs.demo import chains
from logs.demo.asks import Ask
from logs.demo.catalogue import Business, Contract
from logs.demo.chains import Fate
from logs.demo.dialects import DIALECTS
from logs.demo.rules import Block, Standing
from logs.statuses import Outcome, Reason, State

# What may go wrong on the way to a phone, by weight. What a provider has no word for is not drawn for it.
FAULTS = {
    "absent": 34,
    "carrier": 8,
    "filtered_text": 6,
    "unknown": 6,
    "congestion": 5,
    "busy": 4,
    "refused": 4,
    "no_credit": 4,
    "general": 3,
    "temporary": 6,
    "queue": 2,
    "downstream": 2,
    "blocked": 2,
    "porting": 2,
    "roaming": 2,
    "full": 2,
    "age": 2,
    "no_route": 1.5,
    "provider": 1.5,
    "pumping": 1.5,
    "registration": 0.6,
    "too_long": 0.5,
    "repeat": 1,
    "rate": 2,
    "quota": 2,
    "sender": 1,
    "consent": 0.6,
    "barred": 1,
    "broken": 0.5,
}
REFUSALS = {
    "invalid": 2,
    "busy": 3,
    "ambiguous": 1.5,
    "opted_out": 2,
    "region": 1,
    "no_route": 1,
    "sender": 1,
    "credit": 0.5,
    "duplicate": 1,
    "registration": 1,
    "queue": 1,
    "blocked": 1,
    "gone": 1,
}
BY_LINE = {
    "gone": "gone",
    "landline": "landline",
    "barred": "barred",
    "full": "full",
    "roaming": "roaming",
    "broken": "broken",
    "filtered": "blocked",
}
FAILS = {
    "gone": 1.0,
    "landline": 1.0,
    "barred": 0.7,
    "full": 0.3,
    "roaming": 0.35,
    "broken": 0.5,
    "filtered": 0.5,
    "away": 0.22,
}
RISK = 0.055  # of anything unusual on a good line
TRANSIENT = frozenset(
    {
        "absent",
        "temporary",
        "busy",
        "congestion",
        "carrier",
        "full",
        "roaming",
        "general",
        "queue",
        "downstream",
        "no_credit",
        "rate",
    }
)
STOPS = {  # what a failure does to the number: our reason, words, for how long
    Reason.UNKNOWN_SUBSCRIBER: (Reason.BLOCKLIST_GLOBAL, "Empty number: a send failed on {on}", timedelta(days=30)),
    Reason.NUMBER_INACTIVE: (Reason.BLOCKLIST_GLOBAL, "Empty number: a send failed on {on}", timedelta(days=30)),
    Reason.NOT_SMS_CAPABLE: (Reason.BLOCKLIST_GLOBAL, "Cannot take SMS: a send failed on {on}", timedelta(days=30)),
    Reason.DEVICE_ERROR: (Reason.BLOCKLIST_GLOBAL, "Device broken: a send failed on {on}", timedelta(hours=1)),
    Reason.BLOCKLIST_CARRIER: (
        Reason.BLOCKLIST_ACCOUNT,
        "On its carrier's list: a send failed on {on}",
        timedelta(hours=1),
    ),
    Reason.SUBSCRIBER_SUSPENDED: (Reason.BLOCKLIST_ACCOUNT, "Intercepted: a send failed on {on}", timedelta(hours=1)),
}


@dataclass(frozen=True, slots=True)
class Outage:
    """A provider that takes nothing between two moments."""

    provider: str
    start: datetime
    end: datetime


@dataclass(slots=True)
class Weather:
    """What goes on at the providers."""

    business: Business
    outages: list[Outage]
    slow: list[Outage]  # receipts come, but late
    home: str  # the country that the first contract serves

    def contract(self, ask: Ask, country: str, rng: Random) -> Contract:
        contracts = self.business.contracts
        if country == "US" and "telnyx" in contracts:
            return contracts["telnyx"]
        if country != self.home:
            return contracts["infobip"]
        return contracts[rng.choices(list(contracts), SHARES[self.business.slug])[0]]

    def outage(self, contract: Contract, at: datetime) -> Outage | None:
        return next((o for o in self.outages if o.provider == contract.provider and o.start <= at < o.end), None)

    def seconds(self, contract: Contract, at: datetime, rng: Random) -> float:
        """From the carrier to the phone: most in seconds, some in minutes."""
        usual = rng.lognormvariate(1.15, 0.85)
        if rng.random() < 0.02:
            usual = rng.lognormvariate(4.6, 0.9)
        late = any(o.provider == contract.provider and o.start <= at < o.end for o in self.slow)
        return usual + rng.lognormvariate(6.2, 1.0) if late else usual


SHARES: Mapping[str, tuple[float, ...]] = {"demo": (58, 27, 15, 0), "northwind": (70, 30)}


def fate(ask: Ask, contract: Contract, weather: Weather, marketing: bool, rng: Random) -> Fate:
    """What this provider makes of it."""
    outage = weather.outage(contract, ask.at)
    if outage is not None:
        return _in_outage(ask, outage, weather, rng)
    seconds = weather.seconds(contract, ask.at, rng)
    line = ask.person.line if ask.person else "good"
    if rng.random() < FAILS.get(line, 0):
        return _bad_line(ask, line, contract, seconds, rng)
    if contract.provider == "telnyx" and rng.random() < 0.3:
        return chains.unconfirmed(1800 + rng.random() * 600)
    risk = RISK * (0.6 if ask.urgent else 1.25 if marketing else 1.0)  # who asks for a code has the phone in hand
    chance = rng.random()
    return chains.arrives(seconds) if chance > risk else _misfortune(ask, contract, chance / risk, seconds, rng)


def _in_outage(ask: Ask, outage: Outage, weather: Weather, rng: Random) -> Fate:
    """Codes fail at once, or go round by another provider; the rest waits in the queue and goes when it is over."""
    other = next(c for name, c in weather.business.contracts.items() if name != outage.provider)
    chance = rng.random()
    if ask.urgent and chance < 0.5:
        return chains.refused("down") if chance < 0.42 else chains.refused("ambiguous")
    if chance < 0.14:
        return chains.broken(Reason.TRANSPORT_ERROR, "The provider closed the connection before it answered")
    if ask.urgent or chance < 0.45:
        return chains.then(
            chains.refused("down"), 0.05, chains.arrives(3 + rng.random() * 9), other, f"Sent by {other.name} instead"
        )
    wait = (outage.end - ask.at).total_seconds() / 60 + rng.random() * 4
    return chains.then(
        chains.refused("down"), wait, chains.arrives(2 + rng.random() * 20), why="Waits: the provider is out of order"
    )


def _bad_line(ask: Ask, line: str, contract: Contract, seconds: float, rng: Random) -> Fate:
    if line == "away":
        if not ask.urgent and rng.random() < 0.3:
            return chains.expired(20 + rng.random() * 8)
        return _tried_again(ask, "absent", seconds + rng.expovariate(1 / 25), rng, 0.45)
    if line == "landline" and contract.provider == "twilio" and rng.random() < 0.5:
        return chains.refused("landline")
    return _tried_again(ask, BY_LINE[line], seconds + rng.random() * 20, rng, 0.3)


def _tried_again(ask: Ask, fault: str, seconds: float, rng: Random, success: float) -> Fate:
    first = chains.undelivered(fault, seconds)
    if ask.urgent or fault not in TRANSIENT or rng.random() < 0.3:
        return first
    if rng.random() < success:
        return chains.then(first, 15, chains.arrives(2 + rng.random() * 12), why="Tried again after 15 minutes")
    return chains.then(
        first, 15, chains.undelivered(fault, 20 + rng.random() * 200), why="Tried again after 15 minutes"
    )


def _misfortune(ask: Ask, contract: Contract, chance: float, seconds: float, rng: Random) -> Fate:
    """``chance`` is even between 0 and 1."""
    if chance < 0.56:
        words = DIALECTS[contract.provider].faults
        fault = _draw(FAULTS, words, rng)
        return _tried_again(ask, fault, seconds + rng.expovariate(1 / 30), rng, 0.55)
    if chance < 0.66:
        return chains.refused(_draw(REFUSALS, DIALECTS[contract.provider].refusals, rng))
    if chance < 0.78:
        return chains.expired(24 if rng.random() < 0.6 else 4 + rng.random() * 40)
    if chance < 0.83:
        return chains.silent(carrier=rng.random() < 0.8)
    if chance < 0.855:
        return chains.silent(late=1 + rng.random() * 20)
    if chance < 0.875:
        return chains.unclear(3600 * (2 + rng.random() * 30))
    if chance < 0.885:
        return (
            chains.disputed(seconds, "unknown")
            if "unknown" in DIALECTS[contract.provider].faults
            else chains.arrives(seconds)
        )
    if chance < 0.91:
        return chains.unconfirmed(4 * 3600)
    if chance < 0.92:
        return chains.broken(Reason.PLATFORM_ERROR, "A worker stopped while it handed the message over")
    if chance < 0.97 and contract.provider == "vonage_sms_dlr":
        return chains.in_parts(*rng.choice((("", "absent"), ("absent", ""), ("", "carrier"))))
    return chains.repeated(seconds + 1)


def _draw(weights: Mapping[str, float], words: Mapping[str, object], rng: Random) -> str:
    known = [word for word in weights if word in words]
    return rng.choices(known, [weights[word] for word in known])[0]


def learn(standing: Standing, phone: str, last: State, at: datetime) -> None:
    """A final failure puts the number on the block list, as the policy says."""
    if last.outcome not in (Outcome.UNDELIVERED, Outcome.FAILED) or last.reason not in STOPS:
        return
    reason, text, span = STOPS[last.reason]
    standing.blocks[phone] = Block(reason, text.format(on=f"{at:%-d %B}"), at, at + span)
