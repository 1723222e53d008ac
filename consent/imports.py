"""Opt-ins and opt-outs as files: each row one event of the ledger.

A row is known again by what it says, so the same file twice changes nothing. Whatever the file calls its source, the
ledger calls it an import: a file is not the person's own word, and never undoes an opt-out (consent.replay).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent import ledger, repeats
from consent.foreseeing import Course
from consent.ledger import Happening
from consent.vocabulary import Event, Purpose, Source
from smsadmin import phones
from smsadmin.imports.columns import Columns, Reader
from smsadmin.imports.kinds import Counts, ImportKind, Session
from smsadmin.imports.mapping import Field, Mapping
from smsadmin.imports.values import Moments, choose, e164, short

if TYPE_CHECKING:
    from smsadmin.accounts.models import Account

ROWS = uuid5(NAMESPACE_URL, "smsadmin:consent-import")

WORDS = {
    Event.OPTED_IN: (
        "opted in", "opted-in", "opt in", "opt-in", "optin", "opted_in", "opt_in", "subscribed", "subscribe", "in",
        "yes", "y", "true", "1", "active", "consented", "granted",
    ),
    Event.CONFIRMED: ("confirmed", "double opt-in", "double opt in", "verified"),
    Event.OPTED_OUT: (
        "opted out", "opted-out", "opt out", "opt-out", "optout", "opted_out", "opt_out", "unsubscribed", "unsubscribe",
        "out", "no", "n", "false", "0", "stop", "stopped", "withdrawn", "revoked",
    ),
    Event.DENIED: ("denied", "deny", "declined", "refused", "rejected"),
    Event.REQUESTED: ("requested", "pending", "pending opt-in", "asked"),
}  # fmt: skip
EVENTS = {word: event for event, words in WORDS.items() for word in words}
PURPOSES: dict[str, int | None] = {
    "marketing": Purpose.MARKETING, "promotional": Purpose.MARKETING, "promotion": Purpose.MARKETING,
    "operational": Purpose.OPERATIONAL, "transactional": Purpose.OPERATIONAL, "service": Purpose.OPERATIONAL,
    "all": None, "both": None, "any": None, "*": None,
}  # fmt: skip

FIELDS = (
    Field(
        "phone",
        gettext_lazy("Phone"),
        required=True,
        help=gettext_lazy("Numbers without a country code get the account's default country."),
        synonyms=("phone number", "mobile", "mobile number", "msisdn", "cell", "telephone", "number"),
    ),
    Field(
        "event",
        gettext_lazy("Status"),
        required=True,
        constant=True,
        choices=(
            ("opted in", gettext_lazy("Opted in")),
            ("opted out", gettext_lazy("Opted out")),
            ("denied", gettext_lazy("Denied")),
            ("requested", gettext_lazy("Pending opt-in")),
        ),
        help=gettext_lazy("Opted in, opted out, denied, confirmed or pending; also yes and no."),
        synonyms=(
            "status",
            "consent",
            "opt in",
            "opt-in",
            "optin",
            "subscription",
            "subscribed",
            "sms status",
            "state",
        ),
    ),
    Field(
        "at",
        gettext_lazy("When"),
        required=True,
        help=gettext_lazy("When the person said so, with its time zone, or say above which zone it is."),
        synonyms=(
            "date",
            "timestamp",
            "time",
            "opt in date",
            "opted in at",
            "changed",
            "consent date",
            "since",
            "when",
        ),
    ),
    Field(
        "purpose",
        gettext_lazy("For which messages"),
        constant=True,
        choices=(
            ("marketing", gettext_lazy("Marketing")),
            ("operational", gettext_lazy("Operational")),
            ("all", gettext_lazy("Both")),
        ),
        help=gettext_lazy("Marketing, operational or all. Without it: marketing."),
        synonyms=("type", "category", "message type", "kind"),
    ),
    Field("source", gettext_lazy("Source"), constant=True, synonyms=("origin", "channel", "how", "opt in source")),
    Field("text", gettext_lazy("Exact words"), constant=True, synonyms=("wording", "consent text", "message", "body")),
    Field("note", gettext_lazy("Note"), synonyms=("comment", "remarks", "reason", "notes")),
)


class ConsentImport(ImportKind):
    """Opt-ins and opt-outs."""

    key = "consent"
    label = gettext_lazy("Opt-ins and opt-outs")
    help = gettext_lazy(
        "What people said about being texted: each row one number. A number that is opted out stays so, whatever the "
        "file says."
    )
    fields = FIELDS

    def prepare(self, account: Account, mapping: Mapping, now: datetime) -> ConsentSession:
        return ConsentSession(account, mapping, now)


class ConsentSession(Session):
    """Reads rows as things that happened. `Counts.new`: numbers that get a status; `changed`: rows that change one;
    `same`: rows that are in already, or change nothing."""

    def __init__(self, account: Account, mapping: Mapping, now: datetime) -> None:
        self._account = account
        moments = Moments(mapping.date_format, mapping.zone_info, now)
        self._columns = Columns(mapping, FIELDS, readers(account, moments))

    def parse(self, cells: Sequence[str]) -> Happening:
        values = self._columns.values(cells)
        said = _("Source in the file: %(source)s") % {"source": values["source"]} if "source" in values else ""
        return identified(
            self._account,
            Happening(
                phone=values["phone"],
                purpose=values.get("purpose", Purpose.MARKETING),
                event=values["event"],
                source=Source.IMPORT,
                at=values["at"],
                text=values.get("text", ""),
                note="\n".join(filter(None, (values.get("note", ""), said))),
            ),
        )

    def preview(self, items: Sequence[Happening]) -> Counts:
        return self._counted(items)[0]

    def write(self, items: Sequence[Happening], at: datetime) -> Counts:
        repeats.hold(self._account)
        counts, new = self._counted(items)
        ledger.record_many(account=self._account, items=new, by=None, recorded_at=at)
        return counts

    def _counted(self, items: Sequence[Happening]) -> tuple[Counts, list[Happening]]:
        """What the items do, and those that are not in the ledger yet."""
        new = repeats.unseen(account=self._account, items=items)
        course = Course(self._account, {item.phone for item in new})
        effects: defaultdict[str, int] = defaultdict(int)
        for item in new:
            effects[course.take(item)] += 1
        same = effects["nothing"] + len(items) - len(new)
        return Counts(effects["new"], effects["changed"], same), new

    def show(self, cells: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
        values, wrong = self._columns.understood(cells)
        return {name: self._text(name, value) for name, value in values.items()}, wrong

    def _text(self, name: str, value: Any) -> str:
        if isinstance(value, datetime):
            return date_format(self._account.local(value), "j M Y H:i:s")
        if name == "phone":
            return phones.show(value)
        if name == "purpose":
            return _("Both") if value is None else str(Purpose(value).label)
        return str(Event(value).label) if name == "event" else str(value)


def identified(account: Account, item: Happening) -> Happening:
    """With an evidence id that follows from what the row says."""
    said = (account.pk, item.phone, item.purpose, int(item.event), item.at.isoformat(), item.text, item.note)
    evidence: UUID = uuid5(ROWS, "\x1f".join(map(str, said)))
    return Happening(
        item.phone, item.purpose, item.event, item.source, item.at, text=item.text, evidence=evidence, note=item.note
    )


def readers(account: Account, moments: Moments) -> dict[str, Reader]:
    """Field → reader."""

    def phone(text: str, field: str) -> str:
        return e164(text, field, account.country)

    def event(text: str, field: str) -> Any:
        return choose(
            " ".join(text.split()), field, EVENTS, lambda: _("Neither an opt-in nor an opt-out that we know.")
        )

    def purpose(text: str, field: str) -> Any:
        return choose(text, field, PURPOSES, lambda: _("Neither marketing nor operational, nor all."))

    return {
        "phone": phone,
        "event": event,
        "at": moments.read,
        "purpose": purpose,
        "source": lambda text, field: short(" ".join(text.split()), field, 100),
        "text": lambda text, field: short(text, field, 5000),
        "note": lambda text, field: short(text, field, 1000),
    }
