"""Countries, time zones and languages as people name them. Pure; the countries are those of the tzdata package."""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import get_language_info

AREAS = frozenset(
    {
        "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
    }
)  # fmt: skip


@cache
def countries() -> dict[str, str]:
    """Names by ISO 3166 alpha-2 code, in the order of the names."""
    table = (resources.files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return dict(sorted(((code, name) for code, name in rows), key=lambda row: row[1].casefold()))


def country(code: str) -> str:
    """A country's name; the code itself where nobody knows it."""
    return countries().get(code, code)


@cache
def zones() -> tuple[str, ...]:
    """The time zones that stand for a place, and UTC."""
    return ("UTC", *sorted(name for name in available_timezones() if name.partition("/")[0] in AREAS))


def offset(zone: str, at: datetime | None = None) -> str:
    """What a zone adds to UTC at a moment (now): "+02:00", "−03:30"."""
    span = (at or datetime.now(UTC)).astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = int(span.total_seconds() // 60)
    sign = "−" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def is_zone(name: str) -> bool:
    return name in available_timezones()


def language(code: str) -> str:
    """A language's own English name ("de-CH" is "German"); the code itself where nobody knows it."""
    for tag in (code.lower(), code.partition("-")[0].lower()):
        try:
            return str(get_language_info(tag)["name_translated"])
        except KeyError:
            continue
    return code
