"""All messages in time order, each with its status log so far: what would come after the end has not happened."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from random import Random

from logs import segments
from logs.demo import chains, fates, rules
from logs.demo.asks import Ask
from logs.demo.catalogue import MARKETING, NOTIFICATION, Business, Contract, Text
from logs.demo.consents import Consent
from logs.demo.fates import Weather
from logs.demo.numbers import country_of
from logs.demo.pen import Pen
from logs.demo.people import Person
from logs.demo.rules import Standing
from logs.drafts import Said
from logs.statuses import Stage
from smsadmin import uuid7

DIGITS = re.compile("[1-9]")
ANY_WORD = "{%s}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A business's month before it happens."""

    business: Business
    people: list[Person]
    asks: list[Ask]
    weather: Weather
    standing: Standing
    end: datetime
    rng: Random
    consent: Consent


@dataclass(frozen=True, slots=True)
class Told:
    """A message with what is known of it at the end of the story. ``contract`` is None where no provider was asked."""

    ask: Ask
    pen: Pen
    text: Text
    body: str
    said: tuple[Said, ...]
    contract: Contract | None


def tell(plan: Plan) -> Iterator[Told]:
    """Every message asked for before the end. Deterministic: the same plan tells the same."""
    for ask in sorted((ask for ask in plan.asks if ask.at < plan.end), key=lambda ask: ask.order):
        yield _tell(plan, ask)


def _tell(plan: Plan, ask: Ask) -> Told:
    business, rng = plan.business, plan.rng
    text = business.texts[ask.template] if ask.template else Text(NOTIFICATION, ask.text, ())
    marketing = text.type == MARKETING
    body = fill(text.body, ask)
    country = country_of(ask.phone) or business.country
    contract = business.contracts[ask.via] if ask.via else plan.weather.contract(ask, country, rng)
    pen = Pen(
        ask,
        uuid7.make(ask.at, rng.randbytes(10)),
        contract,
        segments=parts_of(DIGITS.sub("0", body)),
        sender=sender(business, text, country),
        currency=business.currency,
        rng=rng,
    )
    pen.queue()
    _decide(plan, ask, contract, marketing)(pen)
    said = tuple(s for s in pen.said if s.received_at <= plan.end)
    if ask.phone:
        fates.learn(plan.standing, ask.phone, pen.said[-1].state, pen.now)
    asked = any(s.state.stage > Stage.SUBMITTING or s.provider for s in said)
    return Told(ask, pen, text, body, said, pen.contract if asked else None)


def _decide(plan: Plan, ask: Ask, contract: Contract, marketing: bool) -> chains.Fate:
    if ask.fate is not None:
        return ask.fate
    stopped = rules.refusal(ask, marketing, plan.standing)
    if stopped is not None:
        return stopped
    goes = chains.behind(ask.behind, fates.fate(ask, contract, plan.weather, marketing, plan.rng))
    until = rules.quiet_until(ask, marketing)
    if until is None or ask.person is None:
        return goes
    return chains.held(until, f"Quiet hours until 08:00 in {ask.person.zone}", goes)


def fill(body: str, ask: Ask) -> str:
    """The text with its variables; one without a value stays as it stands in the template."""
    return body.format_map({name: ANY_WORD % name if value is None else value for name, value in ask.fill.items()})


@lru_cache(maxsize=8192)
def parts_of(body: str) -> int:
    """Segments; asked for with all digits alike, since they are equally wide and codes would never repeat."""
    return segments.measure(body).segments


def sender(business: Business, text: Text, country: str) -> str:
    """The sender of that country, else (at home) of that type of text, else the usual one."""
    senders = business.senders
    if country in senders:
        return senders[country]
    return senders.get(text.type, senders[""]) if country == business.country else senders[""]


def price_known(said: Iterable[Said]) -> bool:
    """Nothing is charged before a provider took it."""
    return any(s.state.stage >= Stage.PROVIDER_ACCEPTED and not s.state.outcome.is_negative for s in said)
