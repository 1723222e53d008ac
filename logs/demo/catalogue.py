"""What the two demo businesses have: templates, labels, SMS_USERs, contracts with providers, sign-ins."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from logs.models import Template

MARKETING, NOTIFICATION, VERIFICATION = Template.Type.MARKETING, Template.Type.NOTIFICATION, Template.Type.VERIFICATION


@dataclass(frozen=True, slots=True)
class Text:
    """A template: its type, the body with variables as {name}, and the labels that its messages carry."""

    type: str
    body: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """A provider account: the provider's table of receipt codes, and the price of a segment by "
    "country ('' elsewhere)."""

    provider: str
    name: str
    prices: Mapping[str, Decimal]

    def price(self, country: str) -> Decimal:
        return self.prices.get(country) or self.prices[""]


@dataclass(frozen=True, slots=True)
class Business:
    """A demo account and everything it owns but members and messages."""

    slug: str
    name: str
    time_zone: str
    country: str
    currency: str
    senders: Mapping[str, str]  # by template type, '' for the rest
    sms_users: tuple[str, ...]
    texts: Mapping[str, Text]
    contracts: Mapping[str, Contract]  # by the provider's name


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person who can sign in; ``role`` in ``account``, or '' for an operator."""

    email: str
    name: str
    account: str = ""
    role: str = ""


def _prices(rest: str, **by_country: str) -> Mapping[str, Decimal]:
    return {"": Decimal(rest), **{country: Decimal(price) for country, price in by_country.items()}}


PEOPLE = (
    SignIn("marketer@demo.example", "Priya Raman", "demo", "marketer"),
    SignIn("support@demo.example", "Tom Ellis", "demo", "support"),
    SignIn("admin@demo.example", "Gwen Hartnell", "demo", "admin"),
    SignIn("operator@demo.example", "Marek Dudek"),
    # In the demo domain too, so that this password ends where DEBUG ends.
    SignIn("northwind@demo.example", "Wiebke Jahnke", "northwind", "admin"),
)

HARBOUR = Business(
    slug="demo",
    name="Harbour Coffee Club",
    time_zone="Europe/London",
    country="GB",
    currency="GBP",
    senders={MARKETING: "60777", "": "HARBOUR", "US": "+12025550100"},
    sms_users=("marketing", "crm", "pos-london", "pos-leeds", "app", "orders"),
    texts={
        "spring_beans": Text(
            MARKETING,
            "Spring beans are in. Members taste first, Sat from 9:00 at {shop}. {first_name}, your first cup "
            "is on us ☕ hrb.example/s\nSTOP to opt out",
            ("spring",),
        ),
        "flat_white_week": Text(
            MARKETING,
            "Two for one on flat whites this Sunday at Harbour {shop}. Show this at the till. Reply STOP to opt out",
            ("offers",),
        ),
        "win_back": Text(
            MARKETING,
            "{first_name}, we miss you at Harbour {shop}. Your {drink} is half price until Sunday: "
            "hrb.example/b Reply STOP to opt out",
            ("win-back", "offers"),
        ),
        "friday_treat": Text(
            MARKETING,
            "Friday treat: a free {pastry} with any coffee before 11:00, at {shop} only. Reply STOP to opt out",
            ("offers",),
        ),
        "cupping_night": Text(
            MARKETING,
            "Cupping night at Harbour {shop} this Thursday at 18:30: three spring lots side by side, a short "
            "talk by our roaster, and cake. "
            "Ten places, members only, £5 with your card. Reply YES to keep a seat. Reply STOP to opt out",
            ("spring", "events"),
        ),
        "wine_evening": Text(
            MARKETING,
            "After hours: natural wine and small plates at Harbour {shop}, Friday from 19:00. Members get "
            "the first glass free. Reply STOP to opt out",
            ("events",),
        ),
        "autumn_blend": Text(  # made, and not sent yet
            MARKETING,
            "The autumn blend is here: plum, cocoa, a little smoke. First cup half price at {shop}, {first_name}. No "
            "more offers: {unsubscribe}",
            ("offers",),
        ),
        "happy_hour": Text(
            MARKETING,
            "Rain outside, {drink} inside: your second cup is free until 17:00 at {shop} ☔ STOP to opt out",
            ("offers", "loyalty"),
        ),
        "birthday_treat": Text(
            MARKETING,
            "Happy birthday, {first_name} 🎂 Cake is on us this week, at any Harbour. STOP to opt out",
            ("loyalty",),
        ),
        "shop_notice": Text(
            NOTIFICATION, "{shop} closes early today, at 16:00. See you tomorrow from 7:00.", ("shops",)
        ),
        "points_earned": Text(
            NOTIFICATION,
            "Harbour: +{earned} points for your {drink}. You have {points} now; a free cup takes 200.",
            ("loyalty",),
        ),
        "points_statement": Text(
            NOTIFICATION, "Harbour: you have {points} points. They are good until {until}.", ("loyalty",)
        ),
        "points_expiry": Text(
            NOTIFICATION,
            "Your loyalty card expires on {until}. {points} points are still on it, and every 200 are a free cup: "
            "come by, or keep them with one tap: hrb.example/keep",
            ("loyalty",),
        ),
        "booking_confirm": Text(
            NOTIFICATION,
            "Your table for {guests} is booked for {time} at Harbour {shop}. Reply C to cancel.",
            ("bookings",),
        ),
        "booking_reminder": Text(
            NOTIFICATION,
            "See you today at {time}, {first_name}: table for {guests} at Harbour {shop}. Reply C to cancel.",
            ("bookings",),
        ),
        "order_ready": Text(
            NOTIFICATION,
            "Order {order} is ready at the {shop} counter, {first_name}. Please show this SMS.",
            ("orders", "transactional"),
        ),
        "receipt_ready": Text(
            NOTIFICATION,
            "Thank you, {first_name}. Your receipt over £{amount}: hrb.example/r/{receipt}",
            ("transactional",),
        ),
        "welcome": Text(
            NOTIFICATION,
            "Welcome to Harbour Coffee Club, {first_name}. Your card number is {card}. You earn one point a "
            "pound in any of our shops, in the app and when you order "
            "ahead. 200 points are a free cup. Show this card at the till or add it to your phone: "
            "hrb.example/card. Questions? Ask at {shop}, or reply HELP. "
            "You can leave at any time.",
            ("loyalty",),
        ),
        "consent_ask": Text(
            NOTIFICATION,
            "Harbour: please confirm that we may text you offers. Reply JOIN, or see our terms: hrb.example/t",
            ("consent",),
        ),
        "pay_code": Text(
            VERIFICATION, "{code} is your code to pay at the till. It works for 5 minutes.", ("codes", "transactional")
        ),
        "login_code": Text(VERIFICATION, "{code} is your Harbour sign-in code. Never share it.", ("codes",)),
        "phone_check": Text(VERIFICATION, "{code} confirms this number for your Harbour card.", ("codes",)),
        "id_code": Text(VERIFICATION, "{code} is your Harbour code to order on lunchbox.example.", ("codes", "orders")),
        "join_code": Text(VERIFICATION, "Welcome to Harbour. Show this code at the till: {code}", ("codes",)),
    },
    contracts={
        "twilio": Contract("twilio", "Twilio UK", _prices("0.0520", GB="0.0396")),
        "vonage_sms_dlr": Contract("vonage_sms_dlr", "Vonage", _prices("0.0480", GB="0.0333")),
        "infobip": Contract(
            "infobip", "Infobip Europe", _prices("0.0610", GB="0.0352", FR="0.0580", DE="0.0720", SE="0.0490")
        ),
        "telnyx": Contract("telnyx", "Telnyx US", _prices("0.0065")),
    },
)

NORTHWIND = Business(
    slug="northwind",
    name="Northwind Pharmacy",
    time_zone="Europe/Berlin",
    country="DE",
    currency="EUR",
    senders={"": "NORTHWIND"},
    sms_users=("dispensary", "counter", "app"),
    texts={
        "prescription_ready": Text(
            NOTIFICATION,
            "Northwind Apotheke: Ihre Bestellung {order} liegt bereit. Abholung bis {time} Uhr, bitte "
            "Ausweis mitbringen.",
            ("collection",),
        ),
        "refill_reminder": Text(
            NOTIFICATION,
            "Guten Tag {first_name}, Ihr Vorrat reicht noch etwa {days} Tage. Nachbestellen: nw.example/n",
            ("reminders",),
        ),
        "flu_shots": Text(
            MARKETING,
            "Grippeimpfung ohne Termin: Do und Fr, 9–18 Uhr, in Ihrer Northwind Apotheke 💉 Abmelden mit STOP",
            ("prevention",),
        ),
        "consent_ask": Text(
            NOTIFICATION, "Northwind Apotheke: Dürfen wir Sie per SMS erinnern? Bitte antworten Sie JA.", ("consent",)
        ),
        "login_code": Text(
            VERIFICATION, "{code} ist Ihr Anmeldecode bei Northwind. Geben Sie ihn nicht weiter.", ("codes",)
        ),
        "counter_code": Text(VERIFICATION, "{code} ist Ihr Code an der Kasse. Er gilt 5 Minuten.", ("codes",)),
    },
    contracts={
        "infobip": Contract("infobip", "Infobip", _prices("0.0890", DE="0.0740")),
        "twilio": Contract("twilio", "Twilio", _prices("0.0930", DE="0.0790")),
    },
)

BUSINESSES = (HARBOUR, NORTHWIND)
