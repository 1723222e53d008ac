"""Numbers to stop, as files: for lists that are too long to paste."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blocklist import entries, holding
from blocklist.models import MARKETING, BlockEntry
from smsadmin import phones
from smsadmin.accounts.models import Account
from smsadmin.imports.columns import Columns, Reader
from smsadmin.imports.kinds import Counts, ImportKind, Session
from smsadmin.imports.mapping import Field, Mapping
from smsadmin.imports.values import Moments, RowProblem, short

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
FAR = datetime(9000, 1, 1, tzinfo=UTC)
KINDS: dict[str, int | None] = {"marketing": MARKETING, "everything": None, "all": None}


@dataclass(frozen=True, slots=True)
class Wanted:
    phone: str
    until: datetime | None
    kind: int | None
    note: str


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

    def parse(self, cells: Sequence[str]) -> Wanted:
        values = self._columns.values(cells)
        return Wanted(values["phone"], values.get("until"), values.get("stops"), values.get("note", ""))

    def preview(self, items: Sequence[Wanted]) -> Counts:
        """Read only: what is stopped by this account for as long is the same, all else is new."""
        found = self._held(items)
        new = {(item.phone, item.kind) for item in items if not self._is_there(item, found)}
        return Counts(new=len(new), same=len(items) - len(new))

    def write(self, items: Sequence[Wanted], at: datetime) -> Counts:
        new = 0
        for (until, kind, note), group in grouped(items).items():
            word = holding.Word(BlockEntry.Origin.IMPORT, note)
            new += len(
                entries.block_many(account=self._account, phones=group, until=until, kind=kind, word=word, at=at)
            )
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

    def _held(self, items: Sequence[Wanted]) -> dict[tuple[str, int | None], datetime | None]:
        mine = BlockEntry.objects.filter(account=self._account).holding(self._now)
        rows = mine.extra(where=["phone = ANY(%s)"], params=[[item.phone for item in items]])
        return {(phone, kind): until for phone, kind, until in rows.values_list("phone", "kind", "expires_at")}

    def _is_there(self, item: Wanted, found: dict[tuple[str, int | None], datetime | None]) -> bool:
        if (item.phone, item.kind) not in found:
            return False
        until = found[item.phone, item.kind]
        return until is None or (item.until is not None and until >= item.until)


def grouped(items: Sequence[Wanted]) -> dict[tuple[datetime | None, int | None, str], set[str]]:
    """By what is said of them: numbers of one call share it."""
    groups: dict[tuple[datetime | None, int | None, str], set[str]] = {}
    for item in items:
        groups.setdefault((item.until, item.kind, item.note), set()).add(item.phone)
    return groups


def readers(account: Account, moments: Moments, now: datetime) -> dict[str, Reader]:
    def phone(text: str, field: str) -> str:
        try:
            return phones.parse(text, account.country)
        except phones.ImpossiblePhone as error:
            raise RowProblem(field, _("Not a phone number: %(why)s.") % {"why": error}) from None

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
