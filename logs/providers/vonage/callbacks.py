"""What Vonage calls back with: a delivery receipt, or a message from a person. By GET, as a form or as JSON, as the
account is set up.

Sources: Nexmo/nexmo-developer@4da2b39 (delivery receipts), Nexmo/api-specification@ad04200 and Vonage's guide to
inbound SMS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logs.providers.answers import LONGEST_RAW, amount, code, identifier, number, our_id
from logs.providers.base import Garbled
from logs.providers.codes import resolve
from logs.providers.events import Heard, Inbound
from logs.providers.reading import decoded, iso, json_object, raw_fields, word

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from logs.providers.base import Incoming

TABLE = "vonage_sms_dlr"
CURRENCY = "EUR"  # Vonage charges the SMS API in euros, and does not say so in its callbacks
_MOST_PARTS = 255


def fields_of(incoming: Incoming) -> dict[str, str]:
    """All fields as text, none where nothing came at all: Vonage tries an address out with an empty call. Raises
    Garbled."""
    if not incoming.body.strip() and not incoming.query:
        return {}
    kind = incoming.headers.get("content-type", "").casefold()
    if incoming.method != "POST":
        fields = _decoded(incoming.query)
    elif "json" in kind or incoming.body.lstrip().startswith(b"{"):
        fields = {word(name): _as_text(value) for name, value in json_object(incoming.body).items()}
    else:
        fields = _decoded(incoming.body)
    if not fields:
        raise Garbled("it has no fields")
    return fields


def read(incoming: Incoming) -> tuple[Heard | Inbound, ...]:
    """Raises Garbled."""
    fields = fields_of(incoming)
    if not fields:
        return ()
    data = incoming.body if incoming.method == "POST" else incoming.query
    raw = decoded(data)[:LONGEST_RAW]
    if "status" in fields:
        return (_receipt(fields, raw),)
    if "text" in fields or "data" in fields or "type" in fields:
        return (_inbound(fields, raw),)
    raise Garbled("neither a receipt, which has a status, nor a message, which has a text")


def utc(value: object) -> datetime | None:
    """A time as 2026-01-15 10:42:07, in UTC."""
    return iso(f"{word(value).strip()}+00:00")


def _receipt(fields: Mapping[str, str], raw: str) -> Heard:
    """Of one part: its id is one of those that Vonage gave when it took the message."""
    message = identifier(fields.get("messageId"))
    status, error = code(fields["status"]), code(fields.get("err-code"))
    if not message or not status:
        raise Garbled("a receipt without messageId or without status")
    price = amount(fields.get("price"))
    return Heard(
        TABLE,
        resolve(TABLE, status, error or None),
        provider_message_id=message,
        reference=our_id(fields.get("client-ref")),
        recipient=number(fields.get("msisdn")),
        raw_status=status,
        raw_error=error,
        raw=raw,
        # scts has no zone; this is when Vonage sent it to us, in UTC.
        occurred_at=utc(fields.get("message-timestamp")),
        price=price,
        currency=CURRENCY if price is not None else "",
    )


def _inbound(fields: Mapping[str, str], raw: str) -> Inbound:
    sender, recipient = number(fields.get("msisdn")), number(fields.get("to"))
    if not sender:
        raise Garbled("a message without msisdn")
    joined_by, part, parts = _joined(fields, recipient)
    return Inbound(
        sender=sender,
        recipient=recipient,
        text=fields.get("text", ""),  # a binary message has none; its data stands in raw
        provider_message_id=identifier(fields.get("messageId")),
        occurred_at=utc(fields.get("message-timestamp")),
        joined_by=joined_by,
        part=part,
        parts=parts,
        raw=raw,
    )


def _joined(fields: Mapping[str, str], recipient: str) -> tuple[str, int, int]:
    """What the parts of one text have in common beside their sender, which part it is, and of how many. A part that
    says this wrongly is taken as a text of its own rather than lost."""
    reference = identifier(fields.get("concat-ref"))
    part, parts = _count(fields.get("concat-part", "")), _count(fields.get("concat-total", ""))
    if fields.get("concat", "").casefold() != "true" or not reference or not 1 <= part <= parts:
        return "", 1, 1
    return f"{recipient} {reference}", part, parts


def _count(told: str) -> int:
    return int(told) if told.isascii() and told.isdigit() and len(told) < 4 and int(told) <= _MOST_PARTS else 0


def _decoded(data: bytes) -> dict[str, str]:
    return {name: decoded(value) for name, value in raw_fields(data).items()}


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return word(value)
