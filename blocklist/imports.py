"""Numbers to stop, as files: for lists that are too long to paste."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blocklist import entries
from blocklist.entries import Stop, Word
from blocklist.models import MARKETING, BlockEntry
from smsadmin import phones
from smsadmin.accounts.models import Account
from smsadmin.imports.columns import Columns, Reader
from smsadmin.imports.kinds import Counts, ImportKind, Session
from smsadmin.imports.mapping import Field, Mapping
from smsadmin.imports.values import Moments, RowProblem, e164, short

FIELDS = (
    Field(
        "phone",
        gettext_lazy("Phone"),
        required=True,
        help=gettext_lazy("Numbers without a country code get the account's default country."),
        synonyms=("phone number", "mobile", "mobile number", "msisdn", "cell", "telephone", "number", "recipient"),
    ),
    Field(
        "until",
        gettext_lazy("Until"),
        constant=True,
        help=gettext_lazy("Empty: for ever."),
        synonyms=("expires", "expiration", "expiration time", "expires at", "valid until"),
    ),
    Field(
        "stops",
        gettext_lazy("Stops"),
        constant=True,
        help=gettext_lazy("“marketing”, or “everything” (where it is empty)."),
        synonyms=("kind", "type"),
    ),
    Field("note", gettext_lazy("Note"), constant=True, synonyms=("reason", "comment", "remark", "why")),
)
Key = tuple[str, int | None]  # number, kind
FAR = datetime(9000, 1, 1, tzinfo=UTC)
KINDS: dict[str, int | None] = {"marketing": MARKETING, "everything": None, "all": None}


class BlockImport(ImportKind):
    """Numbers that this account wants to text no more."""

    key = "blocks"
    label = gettext_lazy("Block list")
    help = gettext_lazy(
        "Numbers to stop for this account: each row one. What is stopped as long already stays as it is."
    )
    fields = FIELDS

    def prepare(self, account: Account, mapping: Mapping, now: datetime) -> BlockSession:
        return BlockSession(account, mapping, now)


class BlockSession(Session):
    """Reads rows as numbers to stop."""

    def __init__(self, account: Account, mapping: Mapping, now: datetime) -> None:
        self._account, self._now = account, now
        moments = Moments(mapping.date_format, mapping.zone_info, FAR)  # an end may lie far ahead
        self._columns = Columns(mapping, FIELDS, readers(account, moments, now))

    def parse(self, cells: Sequence[str]) -> Stop:
        values = self._columns.values(cells)
        word = Word(BlockEntry.Origin.IMPORT, values.get("note", ""))
        return Stop(values["phone"], values.get("until"), values.get("stops"), word)

    def preview(self, items: Sequence[Stop]) -> Counts:
        """Read only: what is stopped by this account for as long is the same, all else is new."""
        wanted = longest(items, self._now)
        there = self._held(wanted)
        new = sum(key not in there or not stop.is_covered(there[key]) for key, stop in wanted.items())
        return Counts(new=new, same=len(items) - new)

    def write(self, items: Sequence[Stop], at: datetime) -> Counts:
        new = len(entries.block_many(account=self._account, stops=longest(items, at).values(), at=at))
        return Counts(new=new, same=len(items) - new)

    def show(self, cells: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
        values, wrong = self._columns.understood(cells)
        return {name: self._text(name, value) for name, value in values.items()}, wrong

    def _text(self, name: str, value: Any) -> str:
        if name == "phone":
            return phones.show(value)
        if name == "stops":
            return _("Marketing only") if value else _("Everything")
        return date_format(self._account.local(value), "j M Y H:i") if isinstance(value, datetime) else str(value)

    def _held(self, wanted: Collection[Key]) -> dict[Key, datetime | None]:
        """Until when these numbers are stopped already."""
        mine = BlockEntry.objects.filter(account=self._account).holding(self._now)
        rows = mine.extra(where=["phone = ANY(%s)"], params=[[phone for phone, _kind in wanted]])
        return {(phone, kind): until for phone, kind, until in rows.values_list("phone", "kind", "expires_at")}


def longest(items: Sequence[Stop], at: datetime) -> dict[Key, Stop]:
    """One for each number and kind, the first of those that last longest; without those whose end has come since the
    row was read."""
    found: dict[Key, Stop] = {}
    for item in items:
        key = (item.phone, item.kind)
        if (item.until is None or item.until > at) and (key not in found or not item.is_covered(found[key].until)):
            found[key] = item
    return found


def readers(account: Account, moments: Moments, now: datetime) -> dict[str, Reader]:
    def phone(text: str, field: str) -> str:
        return e164(text, field, account.country)

    def until(text: str, field: str) -> datetime:
        at: datetime = moments.read(text, field)
        if at <= now:
            raise RowProblem(field, _("This has passed already."))
        return at

    def stops(text: str, field: str) -> int | None:
        word = text.strip().lower()
        if word not in KINDS:
            raise RowProblem(field, _("Write “marketing” or “everything”."))
        return KINDS[word]

    return {"phone": phone, "until": until, "stops": stops, "note": lambda text, field: short(text.strip(), field, 500)}
