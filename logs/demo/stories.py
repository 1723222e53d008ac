"""Histories that are worth reading, written by hand: one function each, its first line is the moral."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

from logs.demo import chains
from logs.demo.bulk import CANCELED_BY
from logs.demo.chains import arrives
from logs.demo.days import Calendar
from logs.demo.teller import Teller
from logs.models import Source
from logs.statuses import Reason, Validity

AUTOMATION, TILL, CAMPAIGN = Source.AUTOMATION, Source.POS_PAYMENT, Source.FILTER_MEMBERS


def daniel_brandt(t: Teller) -> None:
    """Opted out by STOP: offers are stopped by our rules, codes and statements still come."""
    daniel = t.member(
        "Daniel Brandt",
        "+447700900209",
        since=57,
        consent=("out", 9),
        external_id="H-20418",
        email="d.brandt@mail.example",
        language="de",
        zone="Europe/Berlin",
        tags=("Gold", "Leeds", "oat milk"),
        app_client_id="ac_71F0C2D4",
        shop="Leeds",
        drink="oat latte",
        points=1180,
    )
    t.tell(daniel, 57, "16:09:40", Source.CONSENT_REGISTRATION, "consent_ask", "pos-leeds", arrives(5))
    t.tell(daniel, 57, "16:11:30", AUTOMATION, "welcome", "app", arrives(7), card="H-20418")
    for ago, clock in (
        (52, "8:12:04"),
        (44, "8:20:31"),
        (36, "12:02:18"),
        (29, "8:15:50"),
        (22, "8:11:09"),
        (12, "8:17:45"),
        (4, "8:14:02"),
    ):
        t.pay(daniel, ago, clock, arrives(3 + ago % 4), "pos-leeds")
    off = chains.then(chains.undelivered("absent", 49), 15, arrives(4), why="Tried again after 15 minutes")
    t.tell(
        daniel, 17, "12:03:10", AUTOMATION, "booking_confirm", "pos-leeds", off, guests=2, time="19:30", via="twilio"
    )
    t.flat_white(daniel, arrives(8))
    t.points(daniel, 2, arrives(6))
    t.spring(daniel, None)


def maya_okafor(t: Teller) -> None:
    """Nine of ten arrive; yesterday her phone was off, twice in a quarter of an hour. Keep the number."""
    maya = t.member(
        "Maya Okafor",
        "+447700900142",
        since=230,
        external_id="H-18233",
        email="maya.o@post.example",
        tags=("Silver", "Leeds"),
        shop="Leeds",
        points=312,
    )
    for ago, clock, seconds in (
        (27, "18:22:40", 6),
        (24, "18:41:02", 9),
        (20, "19:05:33", 5),
        (15, "18:10:47", 7),
        (11, "18:33:21", 4),
        (6, "19:12:08", 8),
    ):
        t.pay(maya, ago, clock, arrives(seconds), "pos-leeds")
    t.points(maya, 13, arrives(5))
    t.flat_white(maya, arrives(6))
    t.hear(maya, 9, "17:36:44", "Is that at Leeds too? x")
    t.code(maya, 3, "18:20:00", arrives(4))
    t.spring(
        maya,
        chains.then(
            chains.undelivered("absent", 26), 15, chains.undelivered("absent", 180), why="Tried again after 15 minutes"
        ),
        "twilio",
    )


def number_changed_hands(t: Teller) -> None:
    """Grace's number died in the month and came back as somebody else's: what she agreed to does not bind him."""
    phone = "+447700900774"
    grace = t.member(
        "Grace Penhallow",
        phone,
        since=410,
        external_id="H-11907",
        tags=("London",),
        line="gone",
        validity=Validity.NO,
        points=64,
    )
    tariq = t.member(
        "Tariq Mansour",
        phone,
        since=3,
        consent=("pending", 3),
        external_id="H-22861",
        email="t.mansour@mail.example",
        tags=("London",),
    )
    t.points(grace, 28, arrives(6))
    t.points(grace, 24, chains.undelivered("gone", 4), "points_expiry", "14:02:03", "twilio")
    t.points(grace, 17, None, "points_expiry", "14:02:05")
    t.flat_white(grace, None)
    t.code(tariq, 3, "11:40:10", arrives(4), "phone_check", Source.PHONE_VALIDATION)
    t.tell(tariq, 3, "11:41:02", Source.CONSENT_REGISTRATION, "consent_ask", "app", arrives(5))
    t.pay(tariq, 2, "12:31:44", arrives(3))
    t.spring(
        tariq,
        chains.stopped(
            Reason.CONSENT_PENDING,
            "Asked for consent 3 days ago, no answer yet. What Grace Penhallow agreed to is hers.",
        ),
    )


def landline(t: Teller) -> None:
    """A landline never worked: the provider said so each time it was asked."""
    phone = "+441134960132"
    margaret = t.member(
        "Margaret Thwaite",
        phone,
        since=96,
        external_id="H-19644",
        tags=("Leeds",),
        line="landline",
        validity=Validity.NO,
        points=28,
        shop="Leeds",
    )
    t.tell(
        margaret,
        29,
        "10:15:00",
        Source.CONSENT_POS,
        "consent_ask",
        "pos-leeds",
        chains.refused("landline"),
        via="twilio",
    )
    t.points(margaret, 21, chains.undelivered("landline", 9), "points_expiry", "14:02:09", "twilio")
    t.points(margaret, 14, None, "points_expiry", "14:02:09")
    t.spring(margaret, None)


def traveller(t: Teller) -> None:
    """Roaming without a contract for it: nothing arrives for four days, then everything does."""
    hugo = t.member(
        "Hugo Lindqvist",
        "+46701740681",
        since=300,
        external_id="H-15520",
        language="sv",
        zone="Europe/Stockholm",
        tags=("Gold", "London"),
        points=1180,
        shop="London",
    )
    t.code(hugo, 16, "8:05:12", arrives(5))
    for ago, clock in ((14, "21:30:02"), (13, "7:55:40"), (12, "18:02:33")):
        t.code(hugo, ago, clock, chains.undelivered("roaming", 20))
    t.code(hugo, 10, "9:14:03", arrives(8))
    t.flat_white(hugo, arrives(11))
    t.points(hugo, 6, arrives(7), "points_expiry", "14:02:01")
    t.spring(hugo, arrives(9))


def impatient(t: Teller) -> None:
    """He asks for every code twice, and once too often."""
    tom = t.member(
        "Tom Ashby",
        "+447700900455",
        since=180,
        external_id="H-17702",
        email="tom.ashby@inbox.example",
        tags=("London", "early bird"),
        points=233,
    )
    for ago, clock in ((25, "7:41:10"), (18, "7:39:55"), (11, "7:44:21"), (5, "7:40:02"), (2, "7:42:37")):
        t.code(tom, ago, clock, arrives(14))
        at = t.calendar.at(ago, clock) + timedelta(seconds=9)
        t.code(tom, ago, f"{at.astimezone(t.calendar.zone):%H:%M:%S}", arrives(7))
    for n in range(6):
        t.code(tom, 1, f"8:{10 + n}:0{n}", None)
    for n in range(4):
        t.hear(tom, 1, f"8:{16 + n}:2{n}", ("HELP", "help", "HELP", "Help!!")[n])
    t.pay(tom, 1, "8:31:51", arrives(4))
    t.spring(tom, arrives(12))


def half_a_message(t: Teller) -> None:
    """Two parts, one arrived: she saw the beginning only."""
    ines = t.member(
        "Ines Carvalho", "+447700900533", since=140, external_id="H-18960", language="pt", tags=("London",), points=150
    )
    t.flat_white(ines, arrives(5))
    t.points(ines, 5, arrives(6))
    t.spring(ines, chains.in_parts("", "absent"), "vonage_sms_dlr")


def no_answer(t: Teller) -> None:
    """No receipt for a day; one came late and corrected our guess, the other never did."""
    sam = t.member(
        "Sam Whitfield", "+447700900615", since=88, external_id="H-19877", tags=("York",), shop="York", points=95
    )
    t.points(sam, 19, chains.silent(late=5), "points_expiry", "14:02:07", "infobip")
    t.points(sam, 12, arrives(31))
    t.points(sam, 5, chains.silent(), "points_expiry", "14:02:07", "infobip")
    t.spring(sam, arrives(18))


def without_receipts(t: Teller) -> None:
    """His carrier sends no receipts: sent is all that anybody can know."""
    gabriel = t.member(
        "Gabriel Stone",
        "+12025550119",
        since=60,
        external_id="H-20377",
        zone="America/New_York",
        tags=("London",),
        points=41,
    )
    for ago, clock in ((20, "15:20:00"), (8, "16:02:11")):
        t.code(gabriel, ago, clock, chains.unconfirmed(1800))
    t.flat_white(gabriel, chains.unconfirmed(1800))
    t.spring(gabriel, chains.unconfirmed(1790))


def unregistered(t: Teller) -> None:
    """Sent to the United States by a sender that nobody registered there."""
    rosa = t.member(
        "Rosa Martin",
        "+12025550187",
        since=75,
        external_id="H-20122",
        language="es",
        zone="America/Chicago",
        tags=("London",),
        points=77,
    )
    t.code(rosa, 15, "17:20:00", arrives(6))
    t.flat_white(rosa, chains.undelivered("registration", 2))
    t.spring(rosa, chains.undelivered("registration", 2))


def far_away(t: Teller) -> None:
    """Six hours behind: offers of the morning wait until it is eight o'clock there."""
    ana = t.member(
        "Ana Lucero",
        "+12025550164",
        since=120,
        external_id="H-19310",
        language="es",
        zone="America/Denver",
        tags=("Silver", "London"),
        points=260,
    )
    eight = t.calendar.at(1, "15:00")  # there
    t.tell(ana, 10, "3:02:00", AUTOMATION, "points_statement", "crm", None, points="260", until="31 May")
    t.flat_white(ana, arrives(6))
    t.spring(ana, chains.held(eight, "Quiet hours until 08:00 in America/Denver", arrives(7)))


def out_of_time(t: Teller) -> None:
    """Switched off for days: the carrier kept trying for 24 hours each time."""
    klara = t.member(
        "Klara Weiss", "+447700900746", since=200, external_id="H-17003", language="de", tags=("London",), points=420
    )
    t.points(klara, 20, chains.expired(24), "points_expiry", "14:02:04")
    t.points(klara, 13, chains.expired(24), "points_expiry", "14:02:04")
    t.code(klara, 11, "12:00:40", arrives(6))
    t.points(klara, 3, chains.expired(24), "points_expiry", "14:02:04")
    t.spring(klara, arrives(21))


def table_for_four(t: Teller) -> None:
    """A regular who books tables; the last confirmation is on its way right now."""
    noor = t.member(
        "Noor Haddad",
        "+447700900318",
        since=160,
        external_id="H-18411",
        tags=("Gold", "London"),
        points=655,
        activity=1.2,
    )
    for ago, clock in ((23, "19:02:11"), (16, "20:10:40"), (8, "18:44:02")):
        t.tell(noor, ago, clock, AUTOMATION, "booking_confirm", "pos-london", arrives(5), guests=4, time="19:30")
        t.tell(noor, ago - 1, "8:30:00", AUTOMATION, "booking_reminder", "crm", arrives(4), guests=4, time="19:30")
    moment = (t.calendar.end - timedelta(seconds=21)).astimezone(t.calendar.zone)
    t.tell(
        noor,
        (t.calendar.today - moment.date()).days,
        f"{moment:%H:%M:%S}",
        AUTOMATION,
        "booking_confirm",
        "pos-london",
        arrives(60),
        guests=4,
        time="19:30",
    )


def called_back(t: Teller) -> None:
    """Somebody stopped the notice before hers went out."""
    leila = t.member(
        "Leila Farouk", "+447700900277", since=90, external_id="H-19921", tags=("Leeds",), shop="Leeds", points=110
    )
    t.pay(leila, 7, "8:40:12", arrives(3.2), user="pos-leeds")
    t.tell(
        leila,
        4,
        "11:30:02",
        CAMPAIGN,
        "shop_notice",
        "marketing",
        chains.canceled(CANCELED_BY, 240),
        campaign="Leeds closes early",
    )
    t.spring(leila, arrives(5))


def two_answers(t: Teller) -> None:
    """Two final answers that contradict each other, and a receipt that was told three times."""
    sade = t.member(
        "Oluwaseun Adeyemi-Clarke",
        "+447700900887",
        since=350,
        external_id="H-13108",
        tags=("Gold", "London"),
        points=880,
    )
    t.flat_white(sade, chains.disputed(11, "unknown"), "twilio")
    t.points(sade, 7, chains.repeated(9, times=3))
    t.pay(sade, 2, "13:05:31", arrives(4))
    t.spring(sade, arrives(11))


def waits_for_consent(t: Teller) -> None:
    """Asked at the till, never answered: no offers until he does."""
    femi = t.member(
        "Femi Balogun",
        "+447700900024",
        since=20,
        consent=("pending", 20),
        external_id="H-21977",
        tags=("Leeds",),
        shop="Leeds",
        points=22,
    )
    t.tell(femi, 20, "16:09:30", Source.CONSENT_REGISTRATION, "consent_ask", "pos-leeds", arrives(5))
    t.code(femi, 20, "16:10:02", arrives(4), "join_code", Source.JOINING_CODE, "pos-leeds")
    t.tell(femi, 6, "14:17:12", Source.CONSENT_POS, "consent_ask", "pos-leeds", arrives(6))
    for ago, clock in ((19, "8:22:10"), (13, "8:25:49"), (6, "14:16:30")):
        t.pay(femi, ago, clock, arrives(3.6), user="pos-leeds")
    t.flat_white(femi, None)
    t.spring(femi, None)


def not_in_use(t: Teller) -> None:
    """The number on the form was never in use: the first code failed, then the block list held."""
    peter = t.member(
        "Peter Novak",
        "+447700900498",
        since=12,
        consent=("pending", 12),
        external_id="H-22040",
        tags=("Leeds",),
        line="gone",
        validity=Validity.NO,
        shop="Leeds",
    )
    t.code(
        peter, 12, "16:10:00", chains.undelivered("gone", 5), "join_code", Source.JOINING_CODE, "pos-leeds", "twilio"
    )
    t.tell(peter, 12, "16:11:04", AUTOMATION, "welcome", "app", None, card="H-22040")
    t.points(peter, 5, None)


def consent_never_reached(t: Teller) -> None:
    """The request itself did not arrive, so nobody ever agreed."""
    yara = t.member(
        "Yara Osman", "+447700900588", since=8, consent=("pending", 8), external_id="H-22309", tags=("London",)
    )
    t.tell(yara, 8, "16:10:02", Source.CONSENT_REGISTRATION, "consent_ask", "app", chains.undelivered("absent", 140))
    t.spring(yara, None)


def cracked_phone(t: Teller) -> None:
    """A broken phone: stopped for an hour, then tried again, and fixed a week later."""
    eve = t.member(
        "Eve Stratton",
        "+447700900345",
        since=260,
        external_id="H-16250",
        tags=("London",),
        line="broken",
        validity=Validity.SUSPECT,
        points=190,
    )
    t.pay(eve, 15, "12:40:00", chains.undelivered("broken", 6), via="infobip")
    t.code(eve, 15, "12:52:00", None, "pay_code", TILL, "pos-london")
    t.pay(eve, 14, "12:41:30", chains.undelivered("broken", 5), via="infobip")
    t.pay(eve, 6, "12:39:10", arrives(4))
    t.spring(eve, arrives(8))


def came_back(t: Teller) -> None:
    """Said no when asked, then STARTed again: offers arrive since."""
    wei = t.member(
        "Wei Zhang",
        "+447700900671",
        since=240,
        consent=("in", 4),
        external_id="H-16777",
        language="zh",
        tags=("Gold", "London"),
        points=702,
    )
    t.flat_white(wei, chains.stopped(Reason.CONSENT_DENIED, "Said no when asked at the till"))
    t.code(wei, 4, "8:55:00", arrives(3))
    t.tell(wei, 4, "8:56:10", Source.CONSENT_POS, "consent_ask", "pos-london", arrives(4))
    t.spring(wei, arrives(9))


def joined_yesterday(t: Teller) -> None:
    """A new member as it should be: asked, coded, welcomed, all in a minute."""
    chiara = t.member(
        "Chiara Russo",
        "+447700900830",
        since=2,
        external_id="H-22874",
        language="it",
        tags=("Leeds",),
        shop="Leeds",
        points=6,
    )
    t.tell(chiara, 2, "16:09:30", Source.CONSENT_REGISTRATION, "consent_ask", "pos-leeds", arrives(4))
    t.code(chiara, 2, "16:10:01", arrives(4), "join_code", Source.JOINING_CODE, "pos-leeds")
    t.tell(chiara, 2, "16:10:40", AUTOMATION, "welcome", "app", arrives(6), card="H-22874")
    t.spring(chiara, arrives(6))


STORIES: tuple[Callable[[Teller], None], ...] = (
    daniel_brandt,
    maya_okafor,
    number_changed_hands,
    landline,
    traveller,
    impatient,
    half_a_message,
    no_answer,
    without_receipts,
    unregistered,
    far_away,
    out_of_time,
    table_for_four,
    called_back,
    two_answers,
    waits_for_consent,
    not_in_use,
    consent_never_reached,
    cracked_phone,
    came_back,
    joined_yesterday,
)


def told(calendar: Calendar, rng: Random) -> Teller:
    teller = Teller(calendar, rng)
    for story in STORIES:
        story(teller)
    return teller


def phones(teller: Teller) -> Iterator[str]:
    return (person.phone for person in teller.people)
