"""Members as files: upsert by external id, else by the number where only one member has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smsadmin import phones
from smsadmin.imports.columns import Columns, Reader
from smsadmin.imports.kinds import Counts, ImportKind, Session
from smsadmin.imports.mapping import Field, Mapping
from smsadmin.imports.values import Moments, RowProblem, e164, short
from smsadmin.members.upserting import Upsert

if TYPE_CHECKING:
    from smsadmin.accounts.models import Account

LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
TAG_SEPARATORS = re.compile(r"[;,|]")

FIELDS = (
    Field(
        "external_id",
        gettext_lazy("External id"),
        help=gettext_lazy("Recognises a member in a later file."),
        synonyms=("customer id", "member id", "contact id", "subscriber id", "member", "id", "customer number"),
    ),
    Field("name", gettext_lazy("Name"), synonyms=("full name", "member name", "customer name", "contact", "customer")),
    Field("first_name", gettext_lazy("First name"), synonyms=("firstname", "given name", "forename")),
    Field("last_name", gettext_lazy("Last name"), synonyms=("lastname", "surname", "family name")),
    Field(
        "phone",
        gettext_lazy("Phone"),
        help=gettext_lazy("Numbers without a country code get the account's default country."),
        synonyms=("phone number", "mobile", "mobile number", "mobile phone", "msisdn", "cell", "telephone", "number"),
    ),
    Field("email", gettext_lazy("E-mail"), synonyms=("e-mail", "email address", "mail", "e-mail address")),
    Field(
        "language",
        gettext_lazy("Language"),
        constant=True,
        help=gettext_lazy("Like en or pt-BR."),
        synonyms=("lang", "locale"),
    ),
    Field(
        "time_zone",
        gettext_lazy("Time zone"),
        constant=True,
        help=gettext_lazy("Like Europe/Paris."),
        synonyms=("timezone", "tz"),
    ),
    Field(
        "tags",
        gettext_lazy("Tags"),
        constant=True,
        help=gettext_lazy("Several are separated by semicolons or commas. They are added to those that a member has."),
        synonyms=("tag", "labels", "segments", "groups"),
    ),
    Field(
        "created_at",
        gettext_lazy("Member since"),
        synonyms=(
            "created",
            "date created",
            "registered",
            "registration date",
            "joined",
            "member since",
            "signup date",
        ),
    ),
)


class MemberImport(ImportKind):
    """People that an account texts: each row one member."""

    key = "members"
    label = gettext_lazy("Members")
    help = gettext_lazy(
        "People that you text: each row one member. Known ones are updated, cells that are empty change nothing."
    )
    fields = FIELDS

    def prepare(self, account: Account, mapping: Mapping, now: datetime) -> MemberSession:
        return MemberSession(account, mapping, now)


class MemberSession(Session):
    """Reads rows as members."""

    def __init__(self, account: Account, mapping: Mapping, now: datetime) -> None:
        self._account = account
        moments = Moments(mapping.date_format, mapping.zone_info, now)
        self._columns = Columns(mapping, FIELDS, readers(account, moments))

    def parse(self, cells: Sequence[str]) -> dict[str, Any]:
        values = self._columns.values(cells)
        if not (values.get("external_id") or values.get("phone")):
            raise RowProblem(
                "phone", _("Neither a phone number nor an external id: nobody could find this member again.")
            )
        return named(values)

    def preview(self, items: Sequence[dict[str, Any]]) -> Counts:
        return self._upsert(items, lock=False).counts

    def write(self, items: Sequence[dict[str, Any]], at: datetime) -> Counts:
        upsert = self._upsert(items, lock=True)
        upsert.write(at)
        return upsert.counts

    def _upsert(self, items: Sequence[dict[str, Any]], lock: bool) -> Upsert:
        upsert = Upsert(self._account, items, lock=lock)
        for item in items:
            upsert.take(item)
        return upsert

    def show(self, cells: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
        values, wrong = self._columns.understood(cells)
        return {name: self._text(name, value) for name, value in values.items()}, wrong

    def _text(self, name: str, value: Any) -> str:
        if isinstance(value, datetime):
            return date_format(self._account.local(value), "j M Y H:i:s")
        if isinstance(value, tuple):
            return ", ".join(value)
        return phones.show(value) if name == "phone" else str(value)


def named(values: dict[str, Any]) -> dict[str, Any]:
    """First and last name make the name, where there is none."""
    parts = (values.pop("first_name", ""), values.pop("last_name", ""))
    if not values.get("name") and any(parts):
        values["name"] = " ".join(filter(None, parts))[:200]
    return values


def readers(account: Account, moments: Moments) -> dict[str, Reader]:
    """Field → reader."""

    def phone(text: str, field: str) -> str:
        return e164(text, field, account.country)

    def one_line(text: str, field: str) -> str:
        return short(" ".join(text.split()), field, 200)

    return {
        "external_id": lambda text, field: short(text.strip(), field, 100),
        "name": one_line,
        "first_name": one_line,
        "last_name": one_line,
        "phone": phone,
        "email": email,
        "language": language,
        "time_zone": time_zone,
        "tags": tags,
        "created_at": moments.read,
    }


def email(text: str, field: str) -> str:
    address = short(text.strip(), field, 254)
    try:
        validate_email(address)
    except ValidationError:
        raise RowProblem(field, _("Not an e-mail address.")) from None
    return address


def language(text: str, field: str) -> str:
    tag = short(text.strip(), field, 16)
    if not LANGUAGE.fullmatch(tag):
        raise RowProblem(field, _("Not a language: write it like en or pt-BR."))
    return tag.replace("_", "-")


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    return frozenset(available_timezones())


def time_zone(text: str, field: str) -> str:
    zone = text.strip()
    if zone not in zones():
        raise RowProblem(field, _("Not a time zone: write it like Europe/Paris."))
    return zone


def tags(text: str, field: str) -> tuple[str, ...]:
    parts = (" ".join(part.split()) for part in TAG_SEPARATORS.split(text))
    return tuple(dict.fromkeys(short(part, field, 50) for part in parts if part))
