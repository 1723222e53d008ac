"""Harbour Coffee Club's month."""

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from logs.demo import bulk, consents, heard, journeys, manners, people, stories
from logs.demo.asks import Ask
from logs.demo.catalogue import HARBOUR
from logs.demo.consents import Consent
from logs.demo.days import Calendar
from logs.demo.fates import Outage, Weather
from logs.demo.month import Plan
from logs.demo.people import Person
from logs.demo.rules import Block, Standing
from logs.demo.teller import Teller
from logs.statuses import Reason

MESSAGES = 40_000  # at a factor of one, give or take a few hundred
MEMBERS = 2_580


def plan(end: datetime, factor: float) -> Plan:
    calendar = Calendar(end, ZoneInfo(HARBOUR.time_zone))
    rng = Random("Harbour Coffee Club")
    teller = stories.told(calendar, rng)
    reserved = set(stories.phones(teller))
    members = people.crowd(
        rng, count=int(MEMBERS * max(factor, 0.15)), start=calendar.start, end=end, reserved=reserved, first_id=13_500
    )
    everybody = without_repeated_ids(teller.people + members)
    life = journeys.Life(everybody, journeys.strangers(rng, reserved, 40 + int(360 * factor)), calendar, factor, rng)
    asks = [
        *teller.asks,
        *life.asks(),
        *journeys.arrivals(life),
        *journeys.statements(life),
        *journeys.overnight(life),
        *bulk.campaigns(life),
    ]
    consent = consent_of(everybody, teller, asks, calendar)
    asks += heard.asked_for(consent.heard)
    return Plan(HARBOUR, everybody, asks, weather(calendar), standing(calendar, life), end, rng, consent)


def consent_of(everybody: list[Person], teller: Teller, asks: list[Ask], calendar: Calendar) -> Consent:
    lines = consents.lines_of(everybody, consents.VOICES["demo"], calendar.end)
    texts = heard.texts_in(
        people=everybody,
        lines=lines,
        asks=asks,
        calendar=calendar,
        manners=manners.HARBOUR,
        told=teller.heard,
        busy=True,
        rng=Random("What people write to Harbour"),
    )
    return Consent(heard.worded(lines, texts), texts)


def weather(calendar: Calendar) -> Weather:
    """Twilio took nothing for forty minutes eight days ago; Vonage's receipts are late in the last three hours."""
    down = calendar.at(8, "11:20")
    return Weather(
        HARBOUR,
        outages=[Outage("twilio", down, down + timedelta(minutes=40))],
        slow=[Outage("vonage_sms_dlr", calendar.end - timedelta(hours=3), calendar.end + timedelta(days=1))],
        home=HARBOUR.country,
    )


def standing(calendar: Calendar, life: journeys.Life) -> Standing:
    """What our rules know when the month begins: a few numbers on the block lists."""
    start, later = calendar.start - timedelta(days=60), calendar.end + timedelta(days=300)
    found = [person.phone for person in life.people if person.phone and not person.told and person.country == "GB"]
    by_hand = Block(
        Reason.BLOCKLIST_ACCOUNT, f"Added by hand on {calendar.date(41):%-d %B}: asked by phone", start, later
    )
    elsewhere = Block(Reason.BLOCKLIST_GLOBAL, "Empty number, seen by another account", start, later)
    return Standing(
        credit_gone=[bulk.credit_spell(life)],
        blocks={**dict.fromkeys(found[40:46], by_hand), **dict.fromkeys(found[60:64], elsewhere)},
    )


def without_repeated_ids(members: list[Person]) -> list[Person]:
    """The cards of the stories keep their numbers; a drawn member with the same one takes the next free."""
    seen: set[str] = set()
    for person in members:
        while person.external_id in seen:
            person.external_id = f"H-{int(person.external_id[2:]) + 1}"
        seen.add(person.external_id)
    return members
