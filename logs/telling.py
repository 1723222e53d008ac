"""How messages and events are told to people: the badge's words, durations, stamps, hidden codes. Pure."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from logs.advice import explain
from logs.statuses import State
from logs.vocabularies import DEFAULT, VOCABULARIES

# Rather too much than too little: four or more digits, together or in groups, and words with a digit in them.
CODE = re.compile(r"(?<![A-Za-z\d£$€+])(?:\d{2,4}(?:[ -]\d{2,4}){1,3}|(?=[A-Za-z]*\d)[A-Za-z\d]{4,})(?![A-Za-z\d])")
DOTS = "••••••"


def word(state: State, vocabulary: str) -> str:
    """The status in the account's vocabulary; '' for our own words, which the badge knows."""
    return "" if vocabulary == DEFAULT.key else str(VOCABULARIES[vocabulary].project(state).text)


def short(state: State) -> str:
    return str(explain(state).short)


def hide_codes(text: str) -> str:
    """One-time codes as dots: for people whose role need not read them."""
    return CODE.sub(DOTS, text)


def hide_those(text: str, body: str) -> str:
    """Another text, such as raw evidence, without the one-time codes of ``body``, however their groups are parted."""
    for code in set(CODE.findall(body)):
        groups = map(re.escape, re.split("[ -]", code))
        text = re.sub(r"(?:[\W_]|%20)*".join(groups), DOTS, text)
    return text


def duration(span: timedelta) -> str:
    """Two units at most: "2 s", "18 min", "1 h 01 min", "3 d 4 h"."""
    seconds = max(int(span.total_seconds() + 0.5), 0)
    if seconds < 60:
        return _("%(n)d s") % {"n": seconds}
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if hours < 24:
        rest = minutes % 60
        return _("%(h)d h %(m)02d min") % {"h": hours, "m": rest} if rest else _("%(n)d h") % {"n": hours}
    rest = hours % 24
    return _("%(d)d d %(h)d h") % {"d": days, "h": rest} if rest else _("%(n)d d") % {"n": days}


def second(at: datetime) -> datetime:
    """Its second, by which events are told in order: providers tell no more than that, while our own moments have
    fractions, and so would stand after what followed them."""
    return at.replace(microsecond=0)


def stamp(at: datetime, now: datetime | None = None, seconds: bool = True) -> str:
    """An instant in the active zone: today the time alone, other days "9 Mar 14:02", other years with the year."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    if local.date() == today.date():
        return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    day = f"{local.day} {month(local.month, get_language())}"
    return f"{day} {local:%H:%M}" if local.year == today.year else f"{day} {local.year} {local:%H:%M}"


def utc(at: datetime) -> str:
    """The exact instant, for hovering."""
    at = at.astimezone(UTC)
    return f"{at.day} {month(at.month, get_language())} {at.year} {at:%H:%M:%S} UTC"


@lru_cache(maxsize=256)
def month(number: int, language: str | None) -> str:
    """The month's short name. Kept, since a list page says hundreds: formatting each date took a fifth of its time."""
    return date_format(date(2000, number, 1), "M")


def after(start: datetime | None, end: datetime | None) -> Any:
    """The time between two instants as a duration, or None."""
    return duration(end - start) if start and end else None
