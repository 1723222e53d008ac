"""What members said of consent since they joined, as lines for the ledger; pure, and drawn for each number apart.

What a reply says is in logs.demo.heard, which reads the lines that name one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from consent.vocabulary import Event, Source
from logs.demo.people import Person

SUPPORT, ADMIN = "support@demo.example", "admin@demo.example"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile/15E148 Safari"
CHROME = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
IMPORTED_AFTER = 420 * DAY  # members older than that came from the till's old system, by one file


@dataclass(frozen=True, slots=True)
class Voice:
    """What a business asked and was told, word for word, and who types it in."""

    app: str
    till: str
    yes: str  # what the till shows when somebody agrees
    link: str  # the public page
    tills: tuple[str, ...]  # SMS_USERs
    site: str  # the SMS_USER that speaks to the API
    by_hand: str = ""  # the e-mail of a sign-in


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened to marketing consent. ``by`` is the e-mail of a sign-in, ``via`` an SMS_USER; a line with
    a ``reply`` is what that reply did."""

    phone: str
    event: Event
    source: Source
    at: datetime
    text: str = ""
    note: str = ""
    ip: str | None = None
    user_agent: str = ""
    by: str = ""
    via: str = ""
    reply: UUID | None = None
    heard_at: datetime | None = None  # where that was long after


@dataclass(frozen=True, slots=True)
class Consent:
    """All that is known of consent in a business: lines by number, in order, and what people wrote."""

    lines: list[Line] = field(default_factory=list)
    heard: "list[Heard]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Decided:
    """What the opt-out desk made of a text, and when."""

    opt_out: bool
    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """One text that somebody sent to us, and what it did: ``effect`` is a name of ReplyEffect, ``answer`` the text that
    we sent back."""

    id: UUID
    at: datetime
    phone: str
    body: str
    parts: int = 1
    provider_answered: bool = False
    effect: str = ""
    answer: str = ""
    decided: Decided | None = None
    person: Person | None = None


def lines_of(people: Iterable[Person], voice: Voice, end: datetime) -> list[Line]:
    """Each number's lines in order, up to the end."""
    found: dict[str, list[Line]] = {}
    for person in people:
        if not person.phone or person.created_at > end:
            continue
        if person.phone not in found:
            found[person.phone] = history(person, voice, end)
        elif person.told:
            found[person.phone] += taken_over(person, voice)
    return [line for lines in found.values() for line in lines if line.at <= end]


def history(person: Person, voice: Voice, end: datetime) -> list[Line]:
    """From joining to where the person stands now."""
    rng = Random(f"consent of {person.phone} {person.name}")
    pen = Pen(person, voice, rng)
    begun, last = person.created_at, person.consent_at or person.created_at
    match person.consent:
        case "never":
            return []
        case "pending":
            pen.asked(begun)
        case "denied":
            pen.asked(begun)
            pen.add(Event.DENIED, Source.POS, begun + pen.seconds(20, 90), via=pen.till, text="No, thank you.")
        case "in" if last > begun + DAY:  # asked at first, and came back by a text
            pen.asked(begun)
            pen.add(Event.DENIED, Source.POS, begun + pen.seconds(20, 90), via=pen.till, text="No, thank you.")
            pen.add(Event.OPTED_IN, Source.REPLY, last, reply=pen.reply())
        case word:
            pen.joined(begun, end)
            if word == "in" and end - begun > 90 * DAY and rng.random() < 0.05:
                pen.went_and_came(begun, end)
            if word == "out":
                pen.left(max(last, pen.lines[-1].at + MINUTE))
    return pen.lines


def taken_over(person: Person, voice: Voice) -> list[Line]:
    """The number of somebody else before: what they agreed to holds no longer, and the new owner was asked."""
    pen = Pen(person, voice, Random(f"consent of {person.phone} {person.name}"))
    note = "The number has another owner now: what the one before agreed to is not theirs."
    pen.add(Event.EXPIRED, Source.SUPPORT, person.created_at - MINUTE, by=voice.by_hand, note=note)
    pen.asked(person.created_at)
    return pen.lines


class Pen:
    """Writes the lines of one person."""

    def __init__(self, person: Person, voice: Voice, rng: Random) -> None:
        self.person, self.voice, self.rng = person, voice, rng
        self.till = rng.choice(voice.tills)
        self.lines: list[Line] = []

    def add(self, event: Event, source: Source, at: datetime, **more: object) -> None:
        line = Line(self.person.phone, event, source, at)
        self.lines.append(replace(line, **more))  # type: ignore[arg-type]

    def seconds(self, least: float, most: float) -> timedelta:
        return timedelta(seconds=least + (most - least) * self.rng.random())

    def reply(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    def browser(self) -> dict[str, str]:
        """From the ranges that RFC 5737 keeps for examples."""
        net = self.rng.choice(("192.0.2", "198.51.100", "203.0.113"))
        agent = SAFARI if self.rng.random() < 0.6 else CHROME
        return {"ip": f"{net}.{self.rng.randint(2, 250)}", "user_agent": agent}

    # ---- what happens

    def asked(self, at: datetime) -> None:
        self.add(Event.REQUESTED, Source.POS, at, via=self.till, text=self.voice.till)

    def joined(self, at: datetime, end: datetime) -> None:
        chance = self.rng.random()
        if end - at > IMPORTED_AFTER and chance < 0.45:
            row, loaded = self.rng.randint(2, 1400), end - IMPORTED_AFTER + self.seconds(1, 40)
            note = f"members-till.csv, row {row}"
            self.add(Event.OPTED_IN, Source.IMPORT, at, by=ADMIN, note=note, heard_at=max(loaded, at))
        elif end - at < 31 * DAY or chance < 0.62:
            self.asked(at + self.seconds(20, 60))
            self.confirmed(at + self.seconds(90, 600), end)
        elif chance < 0.86:
            self.add(Event.OPTED_IN, Source.APP, at, via="app", text=self.voice.app, **self.browser())
        elif chance < 0.95:
            self.add(Event.OPTED_IN, Source.API, at, via=self.voice.site, text=self.voice.app, **self.browser())
        else:
            note = "Asked for it at the counter, on the phone of the shop."
            self.add(Event.OPTED_IN, Source.HUB, at, by=self.voice.by_hand, note=note)

    def confirmed(self, at: datetime, end: datetime) -> None:
        if end - at < 31 * DAY and self.rng.random() < 0.5:
            self.add(Event.OPTED_IN, Source.REPLY, at, reply=self.reply())
        else:
            self.add(Event.CONFIRMED, Source.POS, at, via=self.till, text=self.voice.yes)

    def left(self, at: datetime) -> None:
        ways: dict[Callable[[datetime], None], float] = {
            self.by_reply: 52,
            self.by_link: 24,
            self.by_app: 9,
            self.by_support: 5,
            self.by_carrier: 6,
            self.by_site: 4,
        }
        leave = self.rng.choices(list(ways), list(ways.values()))[0]
        (self.by_reply if self.person.told else leave)(at)

    def went_and_came(self, begun: datetime, end: datetime) -> None:
        """Long before the month: out and in again, or asked once more because the consent was old."""
        at = begun + (end - begun - 60 * DAY) * (0.4 + 0.5 * self.rng.random())
        chance = self.rng.random()
        if chance < 0.4:
            self.by_link(at)
            again = f"{self.voice.link}\n[Subscribe again]"
            self.add(Event.OPTED_IN, Source.LINK, at + self.seconds(8, 50), text=again, **self.browser())
        elif chance < 0.7:
            self.add(Event.EXPIRED, Source.HUB, at, note="Not used for two years: to be given again.")
            self.add(Event.CONFIRMED, Source.APP, at + self.seconds(7200, 900_000), via="app", text=self.voice.app)
        else:
            self.by_app(at)
            self.add(Event.OPTED_IN, Source.APP, at + self.seconds(90_000, 2_000_000), via="app", text=self.voice.app)

    # ---- the ways out

    def by_reply(self, at: datetime) -> None:
        self.add(Event.OPTED_OUT, Source.REPLY, at, reply=self.reply())

    def by_link(self, at: datetime) -> None:
        shown = f"{self.voice.link}\n[Unsubscribe]"
        self.add(Event.OPTED_OUT, Source.LINK, at, text=shown, **self.browser())

    def by_app(self, at: datetime) -> None:
        self.add(Event.OPTED_OUT, Source.APP, at, via="app", text="[ ] Offers by SMS", **self.browser())

    def by_support(self, at: datetime) -> None:
        self.add(Event.OPTED_OUT, Source.SUPPORT, at, by=self.voice.by_hand, note="Asked for it on the phone.")

    def by_carrier(self, at: datetime) -> None:
        self.add(Event.REVOKED, Source.CARRIER, at, text="21610: Attempt to send to unsubscribed recipient")

    def by_site(self, at: datetime) -> None:
        self.add(Event.OPTED_OUT, Source.API, at, via=self.voice.site, note="Closed the account on the ordering site.")


VOICES: Mapping[str, Voice] = {
    "demo": Voice(
        app="[x] Offers by SMS. Harbour Coffee Club may text me news and offers, about four a month. I can stop at any "
        "time with STOP.",
        till="Harbour: please confirm that we may text you offers. Reply JOIN, or see our terms: hrb.example/t",
        yes="[x] Yes, text me offers",
        link="Stop messages from Harbour?\nHarbour will send no more marketing by text message to this number.",
        tills=("pos-london", "pos-leeds"),
        site="orders",
        by_hand=SUPPORT,
    ),
    "northwind": Voice(
        app="[x] Erinnerungen und Angebote per SMS. Jederzeit mit STOP abzubestellen.",
        till="Northwind Apotheke: Dürfen wir Sie per SMS erinnern? Bitte antworten Sie JA.",
        yes="[x] Ja, bitte erinnern",
        link="Keine Nachrichten mehr von Northwind Apotheke?",
        tills=("counter",),
        site="dispensary",
        by_hand="northwind@demo.example",
    ),
}
