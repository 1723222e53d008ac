"""Cells as values: moments, numbers, money, yes or no. Pure. What cannot be understood is a RowProblem with a
sentence for people."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smsadmin import phones

FIRST_YEAR = 1992  # the first SMS was sent on 3 December 1992
AHEAD = timedelta(days=1)

NO_ZONE = gettext_lazy("The date states no time zone. Say in the mapping which zone the file's times are in.")
DATE_FORMATS = {
    "auto": gettext_lazy("As found: ISO 8601, RFC 2822 or seconds since 1970"),
    "day_first": gettext_lazy("Day first: 31.12.2026 or 31/12/2026"),
    "month_first": gettext_lazy("Month first: 12/31/2026"),
}

MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: n for n, name in enumerate(MONTH_NAMES, 1)}
RFC_2822 = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{4})\s+"
    r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([+-]\d{4}|[A-Z]{1,4})?"
)
NUMERIC = re.compile(
    r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})"
    r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp])?\.?[Mm]?\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
EPOCH = re.compile(r"\d{10}(?:\d{3})?|\d{10}\.\d+")
UTC_WORDS = ("Z", "UTC", "GMT", "UT")
YES = frozenset({"1", "y", "yes", "true", "t", "on"})
NO = frozenset({"0", "n", "no", "false", "f", "off"})


@dataclass
class RowProblem(Exception):
    """Why a row is not imported: the field it is about ("" for the whole row), and a sentence without the cell's
    value."""

    field: str
    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass
class SkippedRow(Exception):
    """A row that is not meant to be imported, such as an inbound message: counted by reason, no mistake."""

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Moments:
    """Reads moments. `zone`: of those that state none ("" for none: they are problems); `order`: a key of
    DATE_FORMATS; `now`: aware."""

    order: str
    zone: ZoneInfo | None
    now: datetime

    def read(self, text: str, field: str) -> datetime:
        """The moment in UTC. Raises RowProblem."""
        try:
            found = self._parse(text.strip(), field)
        except (ValueError, OverflowError):
            raise RowProblem(field, _("Not a date that the calendar has.")) from None
        if found.year < FIRST_YEAR:
            raise RowProblem(field, _("Before 1992: there was no SMS then."))
        if found > self.now + AHEAD:
            raise RowProblem(field, _("More than a day in the future."))
        return found

    def _parse(self, text: str, field: str) -> datetime:
        try:
            return self._placed(datetime.fromisoformat(text), field)
        except ValueError:
            pass
        if EPOCH.fullmatch(text):
            seconds = float(text) if "." in text else int(text) / (1000 if len(text) == 13 else 1)
            return datetime.fromtimestamp(seconds, UTC)
        if text[-3:] in ("UTC", "GMT"):
            return self._parse_utc(text[:-3].strip(), field)
        if found := RFC_2822.fullmatch(text):
            return self._from_rfc(found, field)
        if found := NUMERIC.fullmatch(text):
            return self._from_numeric(found, field)
        raise RowProblem(field, _("Not a date that we can read."))

    def _parse_utc(self, text: str, field: str) -> datetime:
        return Moments(self.order, ZoneInfo("UTC"), self.now)._parse(text, field)

    def _from_rfc(self, found: re.Match[str], field: str) -> datetime:
        day, name, year, hour, minute, second, zone = found.groups()
        month = MONTHS.get(name.lower())
        if month is None:
            raise RowProblem(field, _("Not a month that we know."))
        moment = naive(int(year), month, int(day), int(hour), int(minute), int(second or 0))
        return self._placed_by(moment, zone, field)

    def _from_numeric(self, found: re.Match[str], field: str) -> datetime:
        first, second, year, hour, minute, seconds, half, zone = found.groups()
        if self.order not in ("day_first", "month_first"):
            raise RowProblem(field, _("Day first or month first? Say so in the mapping."))
        day, month = (first, second) if self.order == "day_first" else (second, first)
        hours = twelve_hours(int(hour or 0), half)
        moment = naive(int(year), int(month), int(day), hours, int(minute or 0), int(seconds or 0))
        return self._placed_by(moment, zone, field)

    def _placed_by(self, found: datetime, zone: str | None, field: str) -> datetime:
        if zone is None:
            return self._placed(found, field)
        if zone in UTC_WORDS:
            return found.replace(tzinfo=UTC)
        if zone[0] in "+-":
            return datetime.fromisoformat(found.isoformat() + zone).astimezone(UTC)
        raise RowProblem(
            field, _("The time zone's abbreviation is not unique: only UTC, GMT or an offset like +0100 are.")
        )

    def _placed(self, found: datetime, field: str) -> datetime:
        if found.tzinfo is not None:
            return found.astimezone(UTC)
        if self.zone is None:
            raise RowProblem(field, str(NO_ZONE))
        moment = found.replace(tzinfo=self.zone).astimezone(UTC)
        if moment.astimezone(self.zone).replace(tzinfo=None) != found:
            raise RowProblem(field, _("This time does not exist in the file's zone: clocks went forward over it."))
        return moment


def naive(*parts: int) -> datetime:
    """A moment as written, before its zone is known."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def twelve_hours(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("not an hour of a half day")
    return hour % 12 + (12 if half in "Pp" else 0)


def whole(text: str, field: str, lowest: int, highest: int) -> int:
    """A whole number within bounds. Raises RowProblem."""
    try:
        value = int(text)
    except ValueError:
        raise RowProblem(field, _("Not a whole number.")) from None
    if not lowest <= value <= highest:
        raise RowProblem(field, _("Not between %(lowest)d and %(highest)d.") % {"lowest": lowest, "highest": highest})
    return value


@lru_cache(maxsize=4096)
def money(text: str, field: str, digits: int = 12, places: int = 5) -> Decimal:
    """An amount, with a point or a comma for decimals and any currency sign. Its sign is dropped: exports write
    costs as −0.05."""
    plain = re.sub(r"[^0-9.,]", "", text.strip().removesuffix("."))
    point, comma = plain.rfind("."), plain.rfind(",")
    if comma > point:
        plain = plain.replace(".", "").replace(",", ".", 1) if plain.count(",") == 1 else plain.replace(",", "")
    else:
        plain = plain.replace(",", "")
    try:
        value = Decimal(plain).quantize(Decimal(1).scaleb(-places))
    except InvalidOperation:
        raise RowProblem(field, _("Not an amount of money.")) from None
    if value >= Decimal(10) ** (digits - places):
        raise RowProblem(field, _("An amount larger than any message costs."))
    return value


def yes_no(text: str, field: str) -> bool:
    """Raises RowProblem for any other word."""
    word = text.strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise RowProblem(field, _("Neither yes nor no."))


def e164(text: str, field: str, country: str) -> str:
    """E.164; numbers without a country code are of this country."""
    try:
        return phones.parse(text, country)
    except phones.ImpossiblePhone as error:
        raise RowProblem(field, _("Not a phone number: %(why)s.") % {"why": error}) from None


def short(text: str, field: str, longest: int) -> str:
    """Text of at most so many characters. Raises RowProblem."""
    if len(text) > longest:
        raise RowProblem(field, _("Longer than %(n)d characters.") % {"n": longest})
    return text


def choose(text: str, field: str, choices: dict[str, Any], explain: Callable[[], str]) -> Any:
    """The value for a word of a closed list, in any case. Raises RowProblem."""
    try:
        return choices[text.strip().casefold()]
    except KeyError:
        raise RowProblem(field, explain()) from None
