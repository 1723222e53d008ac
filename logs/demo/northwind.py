"""Northwind Pharmacy's month: small and German. Two of its members are Harbour's too, by the same numbers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from logs.demo import consents, heard, manners, names
from logs.demo.asks import Ask, to
from logs.demo.catalogue import NORTHWIND
from logs.demo.consents import Consent
from logs.demo.days import APP, OFFICE, Calendar
from logs.demo.fates import Weather
from logs.demo.month import Plan
from logs.demo.numbers import Numbers
from logs.demo.people import Person, plain
from logs.demo.rules import Standing
from logs.models import Source

MESSAGES = 1_500
SHARED = (("Daniel Brandt", "+447700900209"), ("Hugo Lindqvist", "+46701740681"))
ORIGINS = (names.GERMAN, names.GERMAN, names.POLISH, names.ARABIC_TURKISH)


def plan(end: datetime, factor: float) -> Plan:
    calendar = Calendar(end, ZoneInfo(NORTHWIND.time_zone))
    rng = Random("Northwind Pharmacy")
    members = crowd(rng, calendar)
    asks = [*_daily(members, calendar, factor, rng), *_campaign(members, calendar, factor)]
    lines = consents.lines_of(members, consents.VOICES["northwind"], end)
    texts = heard.texts_in(
        people=members,
        lines=lines,
        asks=asks,
        calendar=calendar,
        manners=manners.NORTHWIND,
        told=(),
        busy=False,
        rng=Random("What people write to Northwind"),
    )
    asks += heard.asked_for(texts)
    weather = Weather(NORTHWIND, outages=[], slow=[], home=NORTHWIND.country)
    return Plan(NORTHWIND, members, asks, weather, Standing(), end, rng, Consent(heard.worded(lines, texts), texts))


def crowd(rng: Random, calendar: Calendar) -> list[Person]:
    pool, taken = Numbers(rng, {phone for _, phone in SHARED}), {name for name, _ in SHARED}
    drawn = [(names.draw(rng, ORIGINS, taken), pool.take("DE" if n < 200 else "FR")) for n in range(230)]
    listed = [(name, phone, "de") for name, phone in SHARED] + [
        (name, phone, "de" if rng.random() < 0.9 else o.language) for (name, o), phone in drawn
    ]
    return [_person(rng, calendar, n, *facts) for n, facts in enumerate(listed)]


def _person(rng: Random, calendar: Calendar, n: int, name: str, phone: str, language: str) -> Person:
    created = calendar.start - timedelta(days=900 * rng.random())
    line = rng.choices(("good", "away", "gone", "barred"), (92, 5, 2, 1))[0]
    return Person(
        name=name,
        phone=phone,
        created_at=created,
        external_id=f"NW{4100 + n}",
        email=f"{plain(name)}@post.example",
        language=language,
        zone=NORTHWIND.time_zone,
        tags=rng.choice((("Stammkunde",), ("Lieferung",), ())),
        line=line,
        consent=rng.choices(("in", "never", "out"), (70, 22, 8))[0],
        consent_at=created,
        activity=rng.lognormvariate(0, 0.6),
    )


def _daily(members: list[Person], calendar: Calendar, factor: float, rng: Random) -> Iterator[Ask]:
    weights = [person.activity for person in members]
    for ago in range(calendar.length, -1, -1):
        for _ in range(int(46 * factor * calendar.busy(ago) + rng.random())):
            yield _errand(rng.choices(members, weights)[0], ago, calendar, rng)


def _errand(person: Person, ago: int, calendar: Calendar, rng: Random) -> Ask:
    at, chance = calendar.during(ago, OFFICE, rng), rng.random()
    order, code = f"{rng.randrange(10000, 99999)}", f"{rng.randrange(10**6):06}"
    if chance < 0.42:
        fill = {"order": order, "time": rng.choice(("18:30", "19", "20"))}
        return to(person, at, Source.AUTOMATION, "prescription_ready", "dispensary", fill=fill, reference=f"P-{order}")
    if chance < 0.66:
        return to(
            person,
            at,
            Source.AUTOMATION,
            "refill_reminder",
            "dispensary",
            fill={"days": rng.randint(3, 9)},
            reference=f"R-{order}",
        )
    if chance < 0.86:
        at = calendar.during(ago, APP, rng)
        return to(
            person, at, Source.APP_LOGIN, "login_code", "app", fill={"code": code}, reference=f"A-{order}", urgent=True
        )
    if chance < 0.95:
        return to(
            person,
            at,
            Source.POS_PAYMENT,
            "counter_code",
            "counter",
            fill={"code": code},
            reference=f"K-{order}",
            urgent=True,
        )
    return to(person, at, Source.CONSENT_POS, "consent_ask", "counter", reference=f"C-{order}")


def _campaign(members: list[Person], calendar: Calendar, factor: float) -> Iterator[Ask]:
    start = calendar.at(6, "10:00:01")
    for n, person in enumerate(members[: int(180 * factor) + 5]):
        at = start + timedelta(milliseconds=n * 2)
        yield to(
            person,
            at,
            Source.FILTER_MEMBERS,
            "flu_shots",
            "dispensary",
            campaign="Grippeimpfung",
            reference=f"G-{n + 1:03}",
            behind=n / 10,
        )
