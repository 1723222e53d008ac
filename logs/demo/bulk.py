"""The campaigns of the month: from Filter Members, many messages at one moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from logs.demo import chains
from logs.demo.asks import Ask, to
from logs.demo.journeys import Life
from logs.demo.people import Person
from logs.models import Source
from logs.statuses import Reason

A_SECOND = 18  # messages that leave us
CANCELED_BY = "Priya Raman"
PASTRIES = ("cinnamon bun", "almond croissant", "banana bread", "cardamom knot")


def campaigns(life: Life) -> Iterator[Ask]:
    yield from spring(life)
    yield from flat_white(life)
    yield from win_back(life)
    yield from fridays(life)
    yield from shop_notice(life)
    yield from cupping(life)
    yield from wine(life)
    yield from second_date(life)


def spring_name(life: Life) -> str:
    return f"Spring beans {life.calendar.date(1).year}"


def spring(life: Life) -> Iterator[Ask]:
    yield from send(life, spring_name(life), "spring_beans", 1, "10:00:02", choose(life, 0.9))


def flat_white(life: Life) -> Iterator[Ask]:
    yield from send(life, "Flat white week", "flat_white_week", 9, "17:30:01", choose(life, 0.85))


def win_back(life: Life) -> Iterator[Ask]:
    """The one that went partly wrong: no value for a variable, a carrier's filter, then somebody stopped the rest."""
    idle = sorted(choose(life, 1.0), key=lambda person: person.activity)[: int(900 * life.factor) + 20]
    for n, ask in enumerate(send(life, "We miss you", "win_back", 19, "10:00:01", idle)):
        yield _gone_wrong(life, ask, n, n / len(idle))


def _gone_wrong(life: Life, ask: Ask, n: int, share: float) -> Ask:
    chance = life.rng.random()
    if share > 0.62:
        return replace(ask, fate=chains.canceled(CANCELED_BY, 14 * 60 + 20 + chance))
    if share > 0.3 and chance < 0.45:
        return replace(ask, fate=chains.undelivered("filtered_text", 3 + 20 * life.rng.random()))
    if n % 14 == 5:
        return replace(ask, fill={**ask.fill, "drink": None})
    return ask


def fridays(life: Life) -> Iterator[Ask]:
    for week in range(4):
        ago = life.calendar.last(4, 1 + 7 * week)
        shop = ("Leeds", "London")[week % 2]
        there = [person for person in choose(life, 0.8) if person.shop == shop][: int(620 * life.factor) + 10]
        if ago <= life.calendar.length:
            fill = {"pastry": PASTRIES[week], "shop": shop}
            yield from send(
                life, f"Friday treat {life.calendar.date(ago):%-d %b}", "friday_treat", ago, "8:00:03", there, fill
            )


def credit_spell(life: Life) -> tuple[datetime, datetime]:
    """During the third of them the credit ran out, for eleven minutes."""
    start = life.calendar.at(life.calendar.last(4, 1 + 7 * 2), "8:00:03") + timedelta(seconds=0.8)
    return start, start + timedelta(minutes=11)


def shop_notice(life: Life) -> Iterator[Ask]:
    there = [person for person in choose(life, 1.0) if person.shop == "Leeds"][: int(380 * life.factor) + 10]
    for n, ask in enumerate(send(life, "Leeds closes early", "shop_notice", 4, "11:30:02", there)):
        yield replace(ask, fate=chains.canceled(CANCELED_BY, 240)) if n >= len(there) * 0.93 else ask


def cupping(life: Life) -> Iterator[Ask]:
    gold = [person for person in choose(life, 1.0) if "Gold" in person.tags][: int(420 * life.factor) + 10]
    yield from send(life, "Cupping night", "cupping_night", life.calendar.last(1, 2), "17:30:01", gold)


def wine(life: Life) -> Iterator[Ask]:
    """Our own keyword rule stopped all of it."""
    text = "The text has “wine”, a word of the rule “alcohol”"
    invited = choose(life, 1.0)[: int(64 * life.factor) + 6]
    for ask in send(life, "After hours", "wine_evening", 12, "12:05:00", invited):
        yield replace(ask, fate=chains.stopped(Reason.CONTENT_FILTERED, text, {"keyword": "wine"}))


def second_date(life: Life) -> Iterator[Ask]:
    """Prepared an hour before the story ends, for the next evening hour."""
    calendar = life.calendar
    until = calendar.at(0, "17:30")
    until += timedelta(days=1) if until < calendar.end + timedelta(hours=1) else timedelta(0)
    asked = calendar.end - timedelta(minutes=52)
    fate = chains.held(until, "Scheduled for 17:30", chains.arrives(5))
    for n, person in enumerate(choose(life, 1.0)[: int(170 * life.factor) + 8]):
        if person.consent_then(asked) == "in" and person.phone:
            at = asked + timedelta(milliseconds=n * 3)
            yield to(
                person,
                at,
                Source.FILTER_MEMBERS,
                "cupping_night",
                "marketing",
                campaign="Cupping night, second date",
                reference=f"cup2-{n + 1}",
                fate=fate,
            )


# ----


def choose(life: Life, share: float) -> list[Person]:
    """Members as a marketer's filter finds them: most of those who are not opted in are filtered away already."""
    rng = life.rng
    chosen = [
        p for p in life.people if not p.told and rng.random() < share and (p.consent == "in" or rng.random() < 0.3)
    ]
    rng.shuffle(chosen)
    return chosen


def send(
    life: Life,
    campaign: str,
    template: str,
    ago: int,
    clock: str,
    people: Sequence[Person],
    fill: Mapping[str, object] | None = None,
) -> Iterator[Ask]:
    start = life.calendar.at(ago, clock)
    prefix = "".join(word[0] for word in campaign.split()).lower()
    for n, person in enumerate(p for p in people if p.created_at <= start):
        at = start + timedelta(milliseconds=n * 2)
        yield to(
            person,
            at,
            Source.FILTER_MEMBERS,
            template,
            "marketing",
            campaign=campaign,
            reference=f"{prefix}-{n + 1:04}",
            behind=n / A_SECOND,
            fill=fill or {},
        )
