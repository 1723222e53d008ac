"""The members of the demo accounts, and what each brings into the month: phone line, consent, habits."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from logs.demo import names, numbers
from logs.statuses import Validity

SHOPS = ("London", "Leeds", "London", "Leeds", "York")
DRINKS = ("flat white", "filter", "oat latte", "cappuccino", "espresso", "cortado", "chai")
TASTES = ("oat milk", "decaf", "early bird", "laptop", "dog owner", "beans at home", "student", "book club")
LINES = {  # what is up with the phone → (share, activity, validity of the number)
    "good": (0.905, 1.0, Validity.YES),
    "away": (0.045, 0.8, Validity.YES),  # switched off or out of reach rather often
    "gone": (0.016, 0.06, Validity.NO),  # nobody has this number any more
    "landline": (0.006, 0.06, Validity.NO),
    "barred": (0.008, 0.3, Validity.SUSPECT),
    "full": (0.006, 0.8, Validity.YES),
    "roaming": (0.006, 0.6, Validity.YES),
    "broken": (0.004, 0.4, Validity.SUSPECT),
    "filtered": (0.004, 0.8, Validity.YES),  # the carrier's own block list
}


@dataclass(slots=True)
class Person:
    """A member. ``consent`` (to marketing) holds from ``consent_at`` on: in, out, pending, denied or never asked."""

    name: str
    phone: str
    created_at: datetime
    external_id: str = ""
    email: str = ""
    language: str = "en-GB"
    zone: str = "Europe/London"
    tags: tuple[str, ...] = ()
    app_client_id: str = ""
    shop: str = "London"
    drink: str = "flat white"
    points: int = 0
    line: str = "good"
    validity: Validity = Validity.YES
    activity: float = 1.0  # how often, beside the others
    consent: str = "in"
    consent_at: datetime | None = None
    earned: list[tuple[datetime, int]] = field(default_factory=list)  # moments, and the points from then on
    told: bool = False  # has a story of their own, beside daily life
    pk: int = field(default=0, compare=False)  # of the member's row, once it is there

    @property
    def first_name(self) -> str:
        return self.name.split()[0]

    @property
    def country(self) -> str:
        return numbers.country_of(self.phone)

    def points_then(self, at: datetime) -> int:
        return max((points for moment, points in self.earned if moment <= at), default=self.points)

    def consent_then(self, at: datetime) -> str:
        """The consent at a moment. Who opted out had been in before; who is in or refused was asked before."""
        if self.consent_at is None or at >= self.consent_at:
            return self.consent
        return "in" if self.consent == "out" else "pending"


def crowd(
    rng: Random, *, count: int, start: datetime, end: datetime, reserved: set[str], first_id: int
) -> list[Person]:
    """``count`` British people with some of everywhere; a twelfth of them joined between ``start`` and ``end``."""
    pool, taken = numbers.Numbers(rng, reserved), set[str]()
    people: list[Person] = []
    for n in range(count):
        name, origin = names.draw(rng, names.ORIGINS, taken)
        joined = _joined(rng, start, end)
        person = Person(name=name, phone="", created_at=joined, external_id=f"H-{first_id + n * 3 + rng.randrange(3)}")
        _give_phone(rng, person, pool, people)
        _give_habits(rng, person, origin, start, end)
        people.append(person)
    share_consent(people)
    return people


def share_consent(people: list[Person]) -> None:
    """Consent is a number's: who shares a phone shares what its first owner said."""
    first: dict[str, Person] = {}
    for person in people:
        if person.phone:
            owner = first.setdefault(person.phone, person)
            person.consent, person.consent_at = owner.consent, owner.consent_at


def _joined(rng: Random, start: datetime, end: datetime) -> datetime:
    if rng.random() < 1 / 12:
        return start + (end - start) * rng.random()
    return start - timedelta(days=1100) * rng.random() ** 1.6


def _give_phone(rng: Random, person: Person, pool: numbers.Numbers, others: list[Person]) -> None:
    chance = rng.random()
    if chance < 0.006:
        return  # a card without a number
    if chance < 0.022 and others:
        person.phone = others[rng.randrange(len(others))].phone  # a household shares one phone
        return
    country = "GB"
    if rng.random() < 0.085:
        country = rng.choices(list(numbers.COUNTRIES), [share for share, _ in numbers.COUNTRIES.values()])[0]
        person.zone = numbers.COUNTRIES[country][1]
    elif rng.random() < 0.01:
        person.zone = rng.choice(
            ("Asia/Tokyo", "America/Los_Angeles", "Australia/Perth")
        )  # away for a year, kept the number
    person.phone = pool.take(country)


def _give_habits(rng: Random, person: Person, origin: names.Origin, start: datetime, end: datetime) -> None:
    person.shop = rng.choice(SHOPS)
    person.drink = rng.choice(DRINKS)
    person.language = origin.language if origin.language == "en-GB" or rng.random() < 0.5 else "en-GB"
    person.activity = rng.lognormvariate(0, 0.9)
    person.points = int(40 * person.activity + rng.expovariate(1 / 160))
    person.tags = _tags(rng, person)
    person.email = (
        f"{plain(person.name)}{rng.randrange(10, 99)}@{rng.choice(('mail', 'post', 'inbox'))}.example"
        if rng.random() < 0.8
        else ""
    )
    person.app_client_id = f"ac_{rng.randrange(16**8):08X}" if rng.random() < 0.04 else ""
    person.line = rng.choices(list(LINES), [share for share, *_ in LINES.values()])[0]
    if person.created_at > start and person.line in ("gone", "barred"):
        person.line = "good"
    _, factor, person.validity = LINES[person.line]
    person.activity *= factor
    person.consent, person.consent_at = _consent(rng, person.created_at, start, end)


def _tags(rng: Random, person: Person) -> tuple[str, ...]:
    tags = [person.shop]
    if person.points > 420:
        tags.insert(0, "Gold")
    elif person.points > 200:
        tags.insert(0, "Silver")
    tags += rng.sample(TASTES, rng.choices((0, 1, 2), (5, 4, 1))[0])
    return tuple(tags)


def _consent(rng: Random, created: datetime, start: datetime, end: datetime) -> tuple[str, datetime]:
    word = rng.choices(("in", "out", "pending", "never", "denied"), (80, 11, 4.5, 3.5, 1))[0]
    since = created
    if word == "out":
        begin = max(created, start - timedelta(days=200))
        since = begin + (end - begin) * rng.random()
    return word, since


_NO_ACCENT = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "ß": "ss"})


def plain(name: str) -> str:
    """A name as the left part of an e-mail address."""
    letters = unicodedata.normalize("NFKD", name.lower().translate(_NO_ACCENT))
    return ".".join("".join(c for c in word if "a" <= c <= "z") for word in letters.split())
