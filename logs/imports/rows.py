"""A row of a message file as values: the readers of its fields, and what follows from them. Pure but for phones'
region data."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from logs.imports.names import Names
from logs.imports.states import Told, slug_reader
from logs.models import Kind, Source, Template
from logs.segments import GSM_BASIC, measure
from logs.statuses import Outcome, Reason, Stage, Validity
from smsadmin import uuid7
from smsadmin.imports.columns import Reader
from smsadmin.imports.values import Moments, RowProblem, SkippedRow, choose, e164, money, short, whole, yes_no

if TYPE_CHECKING:
    from smsadmin.accounts.models import Account

LABEL_SEPARATORS = re.compile(r"[;,|]")
OTHER_CHANNEL = re.compile(r"(whatsapp|messenger|viber|rcs|telegram|client|sip):", re.IGNORECASE)
PLAIN_70 = "\uffff"  # up to here a character is one 16-bit unit

KINDS = {
    "marketing": Kind.MARKETING,
    "promotional": Kind.MARKETING,
    "promotion": Kind.MARKETING,
    "promo": Kind.MARKETING,
    "operational": Kind.OPERATIONAL,
    "transactional": Kind.OPERATIONAL,
    "service": Kind.OPERATIONAL,
    "notification": Kind.OPERATIONAL,
    "verification": Kind.OPERATIONAL,
    "otp": Kind.OPERATIONAL,
}
SOURCES = {
    spelling: source for source in Source for spelling in (source.slug, source.name.lower(), source.label.casefold())
}
TYPES = {spelling: kind.value for kind in Template.Type for spelling in (kind.value, str(kind.label).casefold())}
MARKETING_SOURCES = (Source.FILTER_MEMBERS, Source.AUTOMATION)


@dataclass(slots=True)
class Item:
    """A row, understood: its id (of the content; see `carried` for the id that our own export states), values,
    state and evidence."""

    id: UUID
    carried: UUID | None
    values: dict[str, Any]
    told: Told
    raw: str


def readers(account: Account, moments: Moments, names: Map[str, Names]) -> dict[str, Reader]:
    """Field → reader."""

    def phone(text: str, field: str) -> str:
        if OTHER_CHANNEL.match(text):
            raise SkippedRow(_("Not an SMS: another channel."))
        return e164(text, field, account.country)

    return {
        **dict.fromkeys(("requested_at", "sent_at", "receipt_at", "updated_at"), moments.read),
        **{sort: names[sort].read for sort in ("template", "campaign", "sms_user", "provider")},
        "phone": phone,
        "labels": lambda text, field: labels(names["labels"], text, field),
        "status": lambda text, field: short(text.strip(), field, 200),
        "error": lambda text, field: error_code(short(text.strip(), field, 200)),
        "text": lambda text, field: text,
        "template_type": lambda text, field: choose(text, field, TYPES, unknown_word),
        "source": lambda text, field: choose(text, field, SOURCES, unknown_word),
        "kind": lambda text, field: choose(text, field, KINDS, unknown_word),
        "sender": lambda text, field: short(text.strip(), field, 32),
        "provider_message_id": lambda text, field: short(text.strip(), field, 100),
        "reference": lambda text, field: short(text.strip(), field, 100),
        "member": lambda text, field: short(text.strip(), field, 100),
        "segments": lambda text, field: whole(text, field, 0, 255),
        "price": money,
        "currency": currency,
        "direction": direction,
        "own_id": own_id,
        "stage": slug_reader(Stage, _("Not a stage that we know.")),
        "outcome": slug_reader(Outcome, _("Not an outcome that we know.")),
        "reason": slug_reader(Reason, _("Not a reason that we know.")),
        "number_valid": slug_reader(Validity, _("Neither yes, suspect nor no.")),
        "retry": yes_no,
    }


def unknown_word() -> str:
    return _("Not one of the words that this field takes.")


def error_code(text: str) -> str:
    """ "0" and "00000" are no error."""
    return "" if not text.strip("0") else text


def labels(names: Names, text: str, field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names.read(part, field) for part in LABEL_SEPARATORS.split(text) if part.strip()))


def currency(text: str, field: str) -> str:
    code = text.strip().upper()
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise RowProblem(field, _("Not a currency: three letters like EUR."))
    return code


def direction(text: str, field: str) -> str:
    if text.strip().lower().startswith("in"):
        raise SkippedRow(_("Inbound message: a reply, not an SMS that was sent."))
    return text


def own_id(text: str, field: str) -> UUID:
    try:
        found = UUID(text.strip())
    except ValueError:
        raise RowProblem(field, _("Not an id of ours.")) from None
    if found.version != 7:
        raise RowProblem(field, _("Not an id of ours."))
    return found


def identity(account: Account, values: Map[str, Any]) -> UUID:
    """The id of a message that a file tells of: the same from every file that tells of it alike."""
    at = values["requested_at"]
    if number := values.get("provider_message_id"):
        return uuid7.derive(at, str(account.pk), values.get("provider", "").casefold(), number)
    parts = (
        values["phone"],
        values.get("text", ""),
        values.get("sender", ""),
        values.get("template", ""),
        values.get("reference", ""),
    )
    return uuid7.derive(at, str(account.pk), *parts)


def kind_of(values: Map[str, Any]) -> Kind:
    """What the row says; else by the template's type, else by the source, else operational."""
    if kind := values.get("kind"):
        return Kind(kind)
    if template_type := values.get("template_type"):
        return Kind.MARKETING if template_type == Template.Type.MARKETING else Kind.OPERATIONAL
    return Kind.MARKETING if values.get("source") in MARKETING_SOURCES else Kind.OPERATIONAL


def segments_of(values: Map[str, Any]) -> int:
    """What the row says, else measured; 1 where the text is not known."""
    if (n := values.get("segments")) is not None:
        return int(n)
    text = values.get("text", "")
    if not text or (len(text) <= 70 and max(text) <= PLAIN_70) or (len(text) <= 160 and GSM_BASIC.issuperset(text)):
        return 1
    return measure(text).segments


class Evidence:
    """Writes rows as JSON objects, column → cell, without empty cells. Faster than json.dumps, since the columns
    are always the same."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._keys = [f"{quoted(column)}: " for column in columns]

    def of(self, cells: Sequence[str]) -> str:
        return "{" + ", ".join([key + quoted(cell) for key, cell in zip(self._keys, cells, strict=False) if cell]) + "}"
