"""What the stories are told with: members made by hand, and the messages that nearly every story has."""

from datetime import datetime
from random import Random
from typing import Any

from logs.demo.asks import Ask, to
from logs.demo.chains import Fate
from logs.demo.days import Calendar
from logs.demo.people import Person
from logs.models import Source


class Teller:
    """Collects the people of the stories and what is asked for them."""

    def __init__(self, calendar: Calendar, rng: Random) -> None:
        self.calendar, self.rng = calendar, rng
        self.people: list[Person] = []
        self.asks: list[Ask] = []
        self.heard: list[tuple[Person, datetime, str]] = []

    def member(
        self, name: str, phone: str, *, since: int, consent: tuple[str, int] | None = None, **more: Any
    ) -> Person:
        """``since`` and the second of ``consent`` are days ago."""
        word, ago = consent or ("in", since)
        created = self.calendar.at(since, "16:09:12")
        asked = self.calendar.at(ago, "17:42:16") if consent else created
        person = Person(
            name=name,
            phone=phone,
            created_at=created,
            consent=word,
            consent_at=asked,
            told=True,
            **{"activity": 0.0, **more},
        )
        self.people.append(person)
        return person

    def tell(
        self,
        person: Person,
        ago: int,
        clock: str,
        source: Source,
        template: str,
        user: str,
        fate: Fate | None,
        **more: Any,
    ) -> None:
        """One message; the rest of the template's variables is ``fill``."""
        fields = {key: more.pop(key) for key in ("campaign", "urgent", "via") if key in more}
        fill = more.pop("fill", {})
        reference = f"{template[:4]}-{len(self.asks) + 7001}"
        self.asks.append(
            to(
                person,
                self.calendar.at(ago, clock),
                source,
                template,
                user,
                fate=fate,
                reference=reference,
                fill={**more, **fill},
                **fields,
            )
        )

    def hear(self, person: Person, ago: int, clock: str, text: str) -> None:
        """What the person wrote to us, beside what changed their consent."""
        self.heard.append((person, self.calendar.at(ago, clock), text))

    # ---- what most stories need

    def code(
        self,
        person: Person,
        ago: int,
        clock: str,
        fate: Fate | None,
        template: str = "login_code",
        source: Source = Source.APP_LOGIN,
        user: str = "app",
        via: str = "",
    ) -> None:
        self.tell(
            person,
            ago,
            clock,
            source,
            template,
            user,
            fate,
            code=f"{self.rng.randrange(10**6):06}",
            urgent=True,
            via=via,
        )

    def pay(self, person: Person, ago: int, clock: str, fate: Fate, user: str = "pos-london", via: str = "") -> None:
        self.code(person, ago, clock, fate, "pay_code", Source.POS_PAYMENT, user, via)

    def spring(self, person: Person, fate: Fate | None, via: str = "") -> None:
        name = f"Spring beans {self.calendar.date(1).year}"
        self.tell(
            person, 1, "10:00:02", Source.FILTER_MEMBERS, "spring_beans", "marketing", fate, campaign=name, via=via
        )

    def flat_white(self, person: Person, fate: Fate | None, via: str = "") -> None:
        self.tell(
            person,
            9,
            "17:30:01",
            Source.FILTER_MEMBERS,
            "flat_white_week",
            "marketing",
            fate,
            campaign="Flat white week",
            via=via,
        )

    def points(
        self,
        person: Person,
        ago: int,
        fate: Fate | None,
        template: str = "points_statement",
        clock: str = "9:00:00",
        via: str = "",
    ) -> None:
        until = f"{self.calendar.date(ago - 21):%-d %B}"
        more = {"points": f"{person.points:,}", "until": until}
        self.tell(person, ago, clock, Source.AUTOMATION, template, "crm", fate, fill=more, via=via)
