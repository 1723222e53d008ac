"""What Twilio's Message resources say, and which of them is ours. Source: package twilio 9.13.0."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from logs.providers.answers import amount, code, currency, identifier, number, raw_json, text
from logs.providers.base import CannotSay, Found, NotFound, Part
from logs.providers.codes import resolve
from logs.providers.events import Heard
from logs.providers.reading import iso, word
from logs.providers.twilio.callbacks import TABLE
from smsadmin.uuid7 import EPOCH, moment

if TYPE_CHECKING:
    from datetime import datetime

    from logs.providers.base import Finding, Outgoing

_SKEW = timedelta(minutes=5)  # between Twilio's clock and ours


def said(told: dict[str, Any], outgoing: Outgoing, *, soft: bool = False) -> Heard:
    """What a Message resource says."""
    status, error = code(told.get("status")), code(told.get("error_code"))
    price = amount(told.get("price"))
    return Heard(
        TABLE,
        resolve(TABLE, status, error or None),
        provider_message_id=identifier(told.get("sid")),
        reference=str(outgoing.id),
        recipient=number(told.get("to")) or outgoing.to,
        raw_status=status,
        raw_error=error,
        raw_text=text(told.get("error_message")),
        raw=raw_json(told),
        occurred_at=_time(told.get("date_updated")),
        price=price,
        currency=currency(told.get("price_unit")) if price is not None else "",
        soft=soft,
    )


def found_by_text(told: dict[str, Any], outgoing: Outgoing) -> Finding:
    """One message to that number with that text, not older than ours. Twilio does not tell our reference, so a second
    one with the same text leaves it open which is which, and one alone is a conclusion. Nothing found proves nothing:
    the list is short, and may lag behind."""
    listed = told.get("messages")
    if not isinstance(listed, list):
        return CannotSay("Twilio's answer has no list of messages")
    found = [one for one in listed if isinstance(one, dict) and _is_that(one, outgoing)]
    if not found:
        return NotFound()
    if len(found) > 1:
        return CannotSay("several messages to this number have this text")
    heard = said(found[0], outgoing, soft=True)
    return Found((heard,), (Part(heard.provider_message_id),))


def _is_that(one: dict[str, Any], outgoing: Outgoing) -> bool:
    if not identifier(one.get("sid")) or not code(one.get("status")):
        return False
    created = _time(one.get("date_created"))
    if created is None or created < _earliest(outgoing):
        return False
    outbound = code(one.get("direction")).startswith("outbound")
    # Trial accounts put words of Twilio's before the text.
    return outbound and number(one.get("to")) == outgoing.to and word(one.get("body")).endswith(outgoing.text)


def _earliest(outgoing: Outgoing) -> datetime:
    return moment(outgoing.id) - _SKEW if outgoing.id.version == 7 else EPOCH


def _time(value: object) -> datetime | None:
    """A time as in RFC 2822, with its zone."""
    try:
        found = parsedate_to_datetime(word(value))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return iso(found.isoformat())
