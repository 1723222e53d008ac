"""Daily life at Harbour: what members do in shops, app and ordering site, and the messages that this asks for."""

from bisect import bisect
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from logs.demo.asks import Ask, to
from logs.demo.days import APP, EVENING, LUNCH, SHOP, SHOP_SUNDAY, Calendar
from logs.demo.people import Person
from logs.models import Source

TILLS = {"London": "pos-london", "Leeds": "pos-leeds", "York": "pos-leeds"}


class Life:
    """Draws members by how active they are, and writes what they do. ``strangers`` are numbers that no member has."""

    def __init__(
        self, people: list[Person], strangers: list[str], calendar: Calendar, factor: float, rng: Random
    ) -> None:
        self.people, self.strangers, self.calendar, self.factor, self.rng = people, strangers, calendar, factor, rng
        self.crowd = [person for person in people if not person.told]
        self.cumulated = list(accumulate(person.activity for person in people))
        self.serial = 41_000

    def asks(self) -> Iterator[Ask]:
        for ago in range(self.calendar.length, -1, -1):
            for journey, a_day in A_DAY:
                for _ in range(self._times(a_day * self.calendar.busy(ago))):
                    yield from journey(self, ago)

    def _times(self, expected: float) -> int:
        return int(expected * self.factor + self.rng.random())

    def somebody(self, at: datetime) -> Person:
        """A member of that time with a phone, the active ones more often."""
        while True:
            person = self.people[bisect(self.cumulated, self.rng.random() * self.cumulated[-1])]
            if person.phone and person.created_at <= at:
                return person

    def code(self, digits: int = 6) -> str:
        return f"{self.rng.randrange(10**digits):0{digits}}"

    def next(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}{self.serial}"

    def open_hour(self, ago: int) -> datetime:
        return self.calendar.during(ago, SHOP_SUNDAY if self.calendar.sunday(ago) else SHOP, self.rng)

    # ---- journeys: each yields what it asks for

    def visit(self, ago: int) -> Iterator[Ask]:
        """Paying with the card at the till; then points, sometimes a receipt."""
        at = self.open_hour(ago)
        person, rng = self.somebody(at), self.rng
        reference = self.next("till-")
        user = TILLS[person.shop]
        yield to(
            person,
            at,
            Source.POS_PAYMENT,
            "pay_code",
            user,
            fill={"code": self.code()},
            reference=reference,
            urgent=True,
        )
        paid = at + timedelta(seconds=40 + rng.random() * 80)
        amount = 2.8 + rng.expovariate(0.18)
        if rng.random() < 0.55:
            earned = int(amount)
            total = person.points_then(at) + earned
            person.earned.append((paid, total))
            yield to(
                person,
                paid,
                Source.AUTOMATION,
                "points_earned",
                user,
                fill={"earned": earned, "points": total},
                reference=reference,
            )
        if rng.random() < 0.2:
            fill = {"amount": f"{amount:.2f}", "receipt": reference[5:]}
            yield to(
                person,
                paid + timedelta(seconds=4),
                Source.AUTOMATION,
                "receipt_ready",
                user,
                fill=fill,
                reference=reference,
            )

    def order(self, ago: int) -> Iterator[Ask]:
        """Ordering ahead on a third-party site that asks who one is."""
        at = self.calendar.during(ago, LUNCH, self.rng)
        person = self.somebody(at)
        order = self.next("")
        yield to(
            person,
            at,
            Source.THIRD_PARTY_IDENTITY,
            "id_code",
            "orders",
            fill={"code": self.code(4)},
            reference=f"lunchbox-{order}",
            urgent=True,
        )
        if self.rng.random() < 0.86:
            ready = at + timedelta(minutes=6 + self.rng.random() * 14)
            yield to(
                person,
                ready,
                Source.AUTOMATION,
                "order_ready",
                "orders",
                fill={"order": order},
                reference=f"order-{order}",
            )

    def login(self, ago: int) -> Iterator[Ask]:
        at = self.calendar.during(ago, APP, self.rng)
        tries = 1 + (self.rng.random() < 0.06)
        person = self.somebody(at) if self.rng.random() < 0.9 else None
        for _ in range(tries):
            yield self._code(person, at, Source.APP_LOGIN, "login_code", "app")
            at += timedelta(seconds=35 + self.rng.random() * 50)

    def form(self, ago: int) -> Iterator[Ask]:
        """Registering, or changing one's number, with the number to be proved."""
        at = self.calendar.during(ago, APP, self.rng)
        yield self._code(
            self.somebody(at) if self.rng.random() < 0.6 else None, at, Source.PHONE_VALIDATION, "phone_check", "app"
        )

    def _code(self, person: Person | None, at: datetime, source: Source, template: str, user: str) -> Ask:
        phone = person.phone if person else self.rng.choice(self.strangers)
        return Ask(
            at, source, template, user, person, phone, {"code": self.code()}, reference=self.next("app-"), urgent=True
        )

    def booking(self, ago: int) -> Iterator[Ask]:
        at = self.calendar.during(ago, EVENING, self.rng)
        person = self.somebody(at)
        table = {
            "guests": self.rng.randint(2, 8),
            "time": self.rng.choice(
                ("9:30", "10:00", "10:30", "11:00", "12:30", "13:00", "15:30", "16:00", "17:30", "19:30")
            ),
        }
        reference = self.next("table-")
        yield to(person, at, Source.AUTOMATION, "booking_confirm", TILLS[person.shop], fill=table, reference=reference)
        if ago and self.rng.random() < 0.85:
            yield to(
                person,
                self.calendar.at(ago - 1, "8:30"),
                Source.AUTOMATION,
                "booking_reminder",
                "crm",
                fill=table,
                reference=reference,
            )

    def consent_at_till(self, ago: int) -> Iterator[Ask]:
        at = self.open_hour(ago)
        person = next(
            (p for p in (self.somebody(at) for _ in range(12)) if p.consent in ("pending", "never")), None
        ) or self.somebody(at)
        yield to(person, at, Source.CONSENT_POS, "consent_ask", TILLS[person.shop], reference=self.next("till-"))

    def rainy_hour(self, ago: int) -> Iterator[Ask]:
        """An offer to who is near the shop, at three in the afternoon: always the same regulars."""
        at = self.calendar.at(ago, "15:00") + timedelta(seconds=self.rng.random() * 20)
        person = max((self.somebody(at) for _ in range(6)), key=lambda p: p.activity)
        yield to(person, at, Source.AUTOMATION, "happy_hour", "crm", reference=f"rain-{self.calendar.date(ago):%m%d}")

    def birthday(self, ago: int) -> Iterator[Ask]:
        at = self.calendar.at(ago, "9:30") + timedelta(seconds=self.rng.random() * 8)
        yield to(
            self.somebody(at),
            at,
            Source.AUTOMATION,
            "birthday_treat",
            "crm",
            reference=f"birthday-{self.calendar.date(ago):%m%d}",
        )


Journey = Callable[[Life, int], Iterator[Ask]]
A_DAY: tuple[tuple[Journey, float], ...] = (
    (Life.visit, 248),
    (Life.order, 66),
    (Life.login, 152),
    (Life.form, 32),
    (Life.booking, 61),
    (Life.consent_at_till, 17),
    (Life.rainy_hour, 24),
    (Life.birthday, 7),
)


def arrivals(life: Life) -> Iterator[Ask]:
    """New members: the number is proved, consent is asked for, then comes a code for the till and a welcome."""
    for person in life.crowd:
        at = person.created_at
        if not person.phone or not life.calendar.start <= at:
            continue
        moment = timedelta(seconds=20 + life.rng.random() * 60)
        at_till = life.rng.random() < 0.55
        user = TILLS[person.shop] if at_till else "app"
        if not at_till:
            yield to(
                person,
                at,
                Source.PHONE_VALIDATION,
                "phone_check",
                user,
                fill={"code": life.code()},
                reference=life.next("app-"),
                urgent=True,
            )
        yield to(person, at + moment, Source.CONSENT_REGISTRATION, "consent_ask", user, reference=person.external_id)
        if at_till:
            code = {"code": "".join(life.rng.choices("ACDEFHJKLMNPRTUVWXY", k=2)) + life.code(4)}
            yield to(
                person,
                at + moment * 2,
                Source.JOINING_CODE,
                "join_code",
                user,
                fill=code,
                reference=person.external_id,
                urgent=True,
            )
        yield to(
            person,
            at + moment * 3,
            Source.AUTOMATION,
            "welcome",
            "app",
            fill={"card": person.external_id},
            reference=person.external_id,
        )


def statements(life: Life) -> Iterator[Ask]:
    """Once a month each member hears how many points there are; on Mondays those whose points end."""
    calendar, rng = life.calendar, life.rng
    for n, person in enumerate(life.crowd):
        ago = n % calendar.length
        at = calendar.at(ago, "9:00") + timedelta(seconds=rng.random() * 40)
        if person.phone and person.created_at <= at and rng.random() < 0.8:
            until = f"{calendar.date(ago - 60):%-d %B}"
            fill = {"points": f"{person.points_then(at):,}", "until": until}
            yield to(
                person,
                at,
                Source.AUTOMATION,
                "points_statement",
                "crm",
                fill=fill,
                reference=f"statement-{calendar.date(ago):%m%d}",
            )
    for week in range(4):
        ago = calendar.last(0, 2 + week * 7)
        if ago > calendar.length:
            continue
        for person in rng.sample(life.crowd, int(len(life.crowd) * 0.1)):
            at = calendar.at(ago, "14:02") + timedelta(seconds=rng.random() * 30)
            if person.phone and person.created_at <= at:
                fill = {
                    "points": f"{person.points_then(at):,}",
                    "until": f"{calendar.date(ago - 21):%-d %B}",
                }
                yield to(
                    person,
                    at,
                    Source.AUTOMATION,
                    "points_expiry",
                    "crm",
                    fill=fill,
                    reference=f"expiry-{calendar.date(ago):%m%d}",
                )


def overnight(life: Life) -> Iterator[Ask]:
    """The run that is under way when the story ends: some are sent, some on their way, some held where it is night."""
    end = life.calendar.end
    people = [person for person in life.crowd if person.phone and person.created_at < life.calendar.start]
    abroad = [person for person in people if person.zone != "Europe/London"]
    chosen = people[: int(90 * life.factor) + 8] + abroad[: int(60 * life.factor) + 8]
    for n, person in enumerate(chosen):
        at = end - timedelta(seconds=9 + 1.1 * (len(chosen) - n) * life.rng.random())
        fill = {"points": f"{person.points_then(at):,}", "until": "31 December"}
        yield to(person, at, Source.AUTOMATION, "points_statement", "crm", fill=fill, reference="statement-extra")


def strangers(rng: Random, taken: set[str], count: int) -> list[str]:
    """Numbers of people who began to sign in and never became members."""
    found = [f"+447200{rng.randrange(903000, 906000)}" for _ in range(count)]
    return [phone for phone in dict.fromkeys(found) if phone not in taken]
