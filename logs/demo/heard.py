"""What people wrote back, in the order in which it came, and what each text did by the rules of logs.answering."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from consent import answers, keywords
from consent.vocabulary import Event
from logs.answering.deciding import CONFIRMED_ONCE_IN, Situation, decide
from logs.demo.asks import Ask
from logs.demo.consents import ADMIN, SUPPORT, Decided, Heard, Line
from logs.demo.days import Calendar
from logs.demo.manners import Manners
from logs.demo.people import Person
from logs.models import Source

STOPS = {
    "en": ("STOP", "Stop", "stop", "STOP", "Stop please", "STOP 60777", "Unsubscribe", "Stop. Thank you",
           "STOP 🛑", "END"),
    "de": ("STOP", "Stopp", "Abmelden bitte"), "fr": ("STOP", "Arrêt", "STOP svp"), "es": ("BAJA", "Baja por favor"),
    "pt": ("SAIR", "Parar"), "it": ("STOP", "Basta"),
}  # fmt: skip
STARTS = ("JOIN", "Join", "join", "JOIN", "JOIN ☕", "Join please", "START")
HELPS = ("HELP", "Help", "INFO", "help?", "Help please")
ANSWERS = {  # by the template that they answer
    "cupping_night": ("YES", "Yes please", "Two seats if there is room", "Can I bring a friend?",
                      "Can't make it, sorry"),
    "booking_confirm": ("Thanks, see you then", "C", "Could we make it five people?", "👍"),
    "booking_reminder": ("Running ten minutes late", "C", "On our way", "Ok"),
    "order_ready": ("On my way", "Be there in five", "Is it the one with oat milk?", "Thanks!"),
    "spring_beans": ("See you on Saturday ☕", "Which ones are from Kenya?", "Lovely!", "Do you post them too?"),
    "flat_white_week": ("Does that go for decaf?", "Brilliant", "Is York in this time?"),
    "friday_treat": ("Are there any left?", "Yum", "Is that before or after eleven?"),
    "birthday_treat": ("Thank you! 🎂", "Aw, thanks", "How kind of you"),
    "points_statement": ("I had 40 more last week I think", "Thanks", "Can I give some to my sister?"),
    "welcome": ("Thank you, glad to be in", "Is there an app?", "My card says another number"),
}  # fmt: skip
LONG = (
    "Hello, I was in on Tuesday with my mother, who is in a wheelchair, and somebody at the Leeds shop carried the "
    "whole table over so that we could sit by the window. I forgot to ask for the name. Please thank them from both of "
    "us, and keep the cardamom knots, they were the best thing on the counter."
)
PATIENT = (
    "I have told the girl at the till twice that I do not want offers on my phone. I come for the coffee and for the "
    "window seat, not for these. Please remove my number, and tell me when it is done."
)
OPEN = (  # days ago, hour, what they wrote
    (0.12, "pls stop texting me"), (0.3, "I don't want these any more"), (1, "take me off your list please"),
    (1, "not interested in wine. codes are fine"), (2, "how did you get my number"), (3, "wrong number mate"),
    (4, "Could you stop sending these at 8 in the morning"), (6, "Bitte keine SMS mehr, ich wohne nicht mehr in Leeds"),
    (8, PATIENT),
    (10, "enough already"), (13, "ne m'envoyez plus de messages svp"), (15, "I moved to Manchester so no more texts"),
    (16, "Unsubscribed in the app and still get these. Reporting you next time"),
)  # fmt: skip
REFUSED = ("pls stop texting me", "leave me alone", "dont text me anymore", "take my name off this list",
           "lose my number", "no more texts please")  # fmt: skip
HARMLESS = (
    (3, "I can't get enough of the new beans!", "Praise."), (5, "No more cinnamon buns at Leeds?? 😢", "A question."),
    (9, "Cancel the text reminder for Thursday only", "About a booking; passed on to the shop."),
    (14, "Wrong number on my card, it should end in 18", "The card number is meant."),
    (18, "Who is this? Got a new phone", "Asked back; it is her, and she stays."),
    (22, "Is it true you stop doing the Kenya?", "About the beans."),
)  # fmt: skip
DESKS = (SUPPORT, SUPPORT, ADMIN)
DAY = timedelta(days=1)


def texts_in(
    *, people: Iterable[Person], lines: Sequence[Line], asks: Sequence[Ask], calendar: Calendar, manners: Manners,
    told: Sequence[tuple[Person, datetime, str]], busy: bool, rng: Random,
) -> list[Heard]:  # fmt: skip
    """All of them. ``told`` are those of the stories; ``busy``: chatter and a full desk, beside what the ledger
    knows."""
    owner = {person.phone: person for person in reversed(list(people)) if person.phone}
    said = [reply for line in lines if line.reply and (reply := as_text(line, owner[line.phone], rng))]
    said += [Heard(name_of(rng), at, person.phone, text, person=person) for person, at, text in told]
    if busy:
        said = at_the_desk(said, lines, calendar, rng)
        said += [*desk(owner, lines, asks, calendar, rng), *chatter(asks, calendar, rng), *helps(asks, calendar, rng)]
        said += nobody(calendar, rng)
    return list(acted_on(said, lines, calendar, manners))


def name_of(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def as_text(line: Line, person: Person, rng: Random) -> Heard:
    language = person.language.partition("-")[0]
    said = STARTS if line.event == Event.OPTED_IN else STOPS.get(language, STOPS["en"])
    assert line.reply is not None
    return Heard(line.reply, line.at, line.phone, rng.choice(said), person=person)


def at_the_desk(said: list[Heard], lines: Sequence[Line], calendar: Calendar, rng: Random) -> list[Heard]:
    """Some of those who left did not write a keyword: a person read it and decided."""
    out = {line.reply for line in lines if line.event == Event.OPTED_OUT and line.reply}
    early, late = calendar.start + DAY, calendar.end - 6 * DAY
    some = [one for one in said if one.id in out and early < one.at < late and one.person and not one.person.told]
    texts = dict(zip((one.id for one in some), REFUSED, strict=False))
    return [
        replace(one, body=texts[one.id], decided=Decided(True, rng.choice(DESKS), office(one.at, calendar, rng)))
        if one.id in texts
        else one
        for one in said
    ]


def desk(
    owner: Mapping[str, Person], lines: Sequence[Line], asks: Sequence[Ask], calendar: Calendar, rng: Random
) -> Iterator[Heard]:
    """What waits, and what was no opt-out."""
    since = {line.phone: line.at for line in lines}  # the last word of each
    calm = [
        person
        for person in owner.values()
        if person.consent == "in" and person.line == "good" and not person.told and person.country == "GB"
        and since.get(person.phone, calendar.end) < calendar.start
    ]  # fmt: skip
    chosen = rng.sample(calm, min(len(calm), len(OPEN) + len(HARMLESS)))
    for ago, text in OPEN[: len(chosen)]:
        person, at = chosen.pop(), calendar.end - ago * DAY
        at -= timedelta(seconds=rng.random() * 3600)
        yield Heard(name_of(rng), at, person.phone, text, parts=1 if len(text) < 161 else 2, person=person)
    for ago, text, note in HARMLESS[: len(chosen)]:
        person, at = chosen.pop(), calendar.at(ago, f"{rng.randint(9, 19)}:{rng.randint(10, 59)}")
        decided = Decided(False, rng.choice(DESKS), office(at, calendar, rng), note)
        yield Heard(name_of(rng), at, person.phone, text, person=person, decided=decided)


def office(at: datetime, calendar: Calendar, rng: Random) -> datetime:
    """When somebody sat down to it: a day or two later."""
    ago = (calendar.today - at.astimezone(calendar.zone).date()).days
    return calendar.at(ago - rng.randint(1, 2), f"{rng.randint(9, 16)}:{rng.randint(10, 59)}:{rng.randint(10, 59)}")


def chatter(asks: Sequence[Ask], calendar: Calendar, rng: Random) -> Iterator[Heard]:
    """Answers that are none to a keyword: every text of ANSWERS twice at most, as far as there is somebody to write
    it."""
    answered: defaultdict[str, list[Ask]] = defaultdict(list)
    for ask in asks:
        if reached(ask) and ask.template in ANSWERS and ask.at < calendar.end:
            answered[ask.template].append(ask)
    for template, texts in ANSWERS.items():
        some = answered[template]
        for n, ask in enumerate(rng.sample(some, min(len(some) // 9, 2 * len(texts)))):
            at = ask.at + timedelta(seconds=30 + rng.expovariate(1 / 900))
            if at < calendar.end:
                long = template == "booking_reminder" and n == 0
                text = LONG if long else texts[n % len(texts)]
                yield Heard(name_of(rng), at, ask.phone, text, parts=2 if long else 1, person=ask.person)


def helps(asks: Sequence[Ask], calendar: Calendar, rng: Random) -> Iterator[Heard]:
    asked = [ask for ask in asks if reached(ask) and calendar.start < ask.at < calendar.end - DAY]
    for ask in rng.sample(asked, min(len(asked), 11)):
        at = ask.at + timedelta(seconds=60 + 600 * rng.random())
        yield Heard(name_of(rng), at, ask.phone, rng.choice(HELPS), person=ask.person)


def nobody(calendar: Calendar, rng: Random) -> Iterator[Heard]:
    """From what is no telephone: a keyword does nothing there."""
    for ago, sender, text in ((6, "62442", "STOP"), (17, "INFO-SMS", "Your parcel is on its way")):
        yield Heard(name_of(rng), calendar.at(ago, "11:24:08"), sender, text)


def reached(ask: Ask) -> bool:
    """Most likely: no story of its own, such as waiting for its evening, and a calm line."""
    return (
        ask.fate is None
        and ask.person is not None
        and ask.person.line == "good"
        and ask.person.consent == "in"
        and not ask.person.told
    )


# ---- what each does


def acted_on(said: Iterable[Heard], lines: Sequence[Line], calendar: Calendar, manners: Manners) -> Iterator[Heard]:
    """In time order, by the rules: what is answered, and what goes to the desk. What came before the month the provider
    had answered by itself."""
    standing, words = Before(lines), keywords.words_of(manners.words)
    answered: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for one in sorted(said, key=lambda one: (one.at, one.phone)):
        if one.at > calendar.end:
            continue
        found = keywords.classify(one.body, words)
        lately = [answer for at, answer in answered[one.phone] if at > one.at - CONFIRMED_ONCE_IN]
        old = one.at < calendar.start and found.kind is keywords.Kind.STOP
        situation = Situation(
            is_number=one.phone.startswith("+"),
            marketing=standing(one.phone, one.at),
            answers=lately,
            provider_answered=old,
            stop_is_for_all=manners.stop_is_for_all,
        )
        deed = decide(found, situation)
        text = ""
        if deed.answer:
            answered[one.phone].append((one.at, deed.answer))
            spoken = one.person.language if one.person else ""
            language = answers.language_of(spoken, found.languages, manners.language, manners.texts)
            text = answers.text_of(deed.answer, language, name=manners.name, own=manners.texts)
        yield replace(one, effect=deed.effect, answer=text, provider_answered=old)


class Before:
    """Where a number stood just before a moment, by its lines: a name of consent's Status in lower case."""

    AFTER = {
        Event.REQUESTED: "pending", Event.EXPIRED: "pending", Event.DENIED: "denied", Event.OPTED_OUT: "opted_out",
        Event.REVOKED: "opted_out", Event.OPTED_IN: "opted_in", Event.CONFIRMED: "opted_in",
    }  # fmt: skip

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines: defaultdict[str, list[Line]] = defaultdict(list)
        for line in lines:
            self._lines[line.phone].append(line)

    def __call__(self, phone: str, at: datetime) -> str:
        said = [self.AFTER[line.event] for line in self._lines.get(phone, ()) if line.at < at]
        return said[-1] if said else ""


def asked_for(heard: Iterable[Heard]) -> Iterator[Ask]:
    """The answers, as messages of the month."""
    for one in heard:
        if one.answer:
            yield Ask(
                one.at + timedelta(seconds=2),
                Source.KEYWORD_ANSWER,
                "",
                "",
                one.person,
                one.phone,
                {},
                reference=f"reply {one.id}",
                urgent=True,
                text=one.answer,
            )


def worded(lines: Iterable[Line], heard: Iterable[Heard]) -> list[Line]:
    """The lines with what the reply said; those that the desk decides it writes itself."""
    of = {one.id: one for one in heard}
    return [
        replace(line, text=of[line.reply].body) if line.reply else line
        for line in lines
        if not (line.reply and of[line.reply].decided)
    ]
