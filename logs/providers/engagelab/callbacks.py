"""Reads and verifies EngageLab's callbacks. Pure.

Sources: engagelab.com/docs/sms/api/callback; DevEngageLab/engagelab-skills. The rows of a status are documented for
EngageLab's OTP product, and so is an uplink message; both are taken to be the same here and read with tolerance.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from logs.providers.answers import amount, currency, identifier
from logs.providers.base import Forged, Garbled, Genuine, same
from logs.providers.codes import resolve
from logs.providers.events import Heard, Inbound
from logs.providers.reading import at, epoch, json_object, storable, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from logs.providers.base import Verdict

HEADER = "x-callback-id"
TABLE = "engagelab_event"
_SKEW = 300  # seconds between EngageLab's clock and ours, with the way
_LONGEST_RAW = 4000  # characters
_SPELLINGS = {"sent_fail": "sent_failed"}
_UPLINK = "uplink_message"


def is_probe(body: bytes) -> bool:
    """EngageLab tries an address with an empty object before it takes it, and its other product with nothing."""
    return body.strip() in (b"", b"{}")


def verify(header: str, secret: str, now: datetime) -> Verdict:
    """The header's signature. It does not cover the body: it proves who calls, not what is said."""
    told = dict(pair.strip().split("=", 1) for pair in header.split(";") if "=" in pair)
    timestamp, nonce = told.get("timestamp", ""), told.get("nonce", "")
    text = f"{timestamp}{nonce}{told.get('username', '')}"
    ours = hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    if not same(told.get("signature", ""), ours):
        return Forged("the signature in X-CALLBACK-ID does not hold")
    called = epoch(timestamp)
    # What is sent again within this time is the same event, which is kept once: so no nonces are kept.
    if called is None or abs((now - called).total_seconds()) > _SKEW:
        return Forged("the signature in X-CALLBACK-ID is of another time")
    return Genuine(signed=False)


def read(body: bytes) -> Sequence[Heard | Inbound]:
    """What the rows say. Rows about something else than a message (a balance, a template) say nothing."""
    if is_probe(body):
        return ()
    said = json_object(body)
    rows = said.get("rows", [said])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Garbled("rows is not a list of objects")
    return tuple(_read(rows))


def _read(rows: Sequence[Mapping[str, Any]]) -> Iterator[Heard | Inbound]:
    for row in rows:
        raw = storable(json.dumps(row, ensure_ascii=False, separators=(",", ":")))[:_LONGEST_RAW]
        if word(at(row, "status", "message_status")):
            yield _heard(row, raw)
        elif at(row, "response", "event") == _UPLINK:
            yield _inbound(row, raw)
        elif not any(
            isinstance(row.get(name), dict) for name in ("status", "response", "notification", "system_event")
        ):
            raise Garbled("a row without status, response, notification or system_event")


def _heard(row: Mapping[str, Any], raw: str) -> Heard:
    status, error = word(at(row, "status", "message_status")), _error(at(row, "status", "error_code"))
    provider_message_id, reference = word(row.get("message_id")), word(at(row, "custom_args", "mid"))
    if not (provider_message_id or reference):
        raise Garbled("a status without message_id and without our custom_args")
    price = amount(at(row, "status", "billing", "cost"))
    return Heard(
        TABLE,
        resolve(TABLE, _SPELLINGS.get(status, status), error or None),
        provider_message_id=provider_message_id,
        reference=reference,
        recipient=word(row.get("to")),
        raw_status=status,
        raw_error=error,
        raw_text=word(at(row, "status", "error_detail", "message"))[:500],
        raw=raw,
        occurred_at=epoch(at(row, "status", "status_data", "msg_time")) or epoch(row.get("itime")),
        price=price,
        currency=currency(at(row, "status", "billing", "currency")) if price is not None else "",
    )


def _error(code: object) -> str:
    """Zero is none."""
    text = word(code)
    return text if text.strip("0") else ""


def _inbound(row: Mapping[str, Any], raw: str) -> Inbound:
    told = at(row, "response", "response_data")
    sender = word(at(told, "from")) or word(row.get("from"))
    text = next(
        (value for name in ("body", "content", "text", "message") if isinstance(value := at(told, name), str)), None
    )
    if not sender or text is None:
        raise Garbled("an uplink message without from or body")
    return Inbound(
        sender=sender,
        recipient=word(at(told, "to")) or word(row.get("to")),
        text=storable(text),
        provider_message_id=identifier(at(told, "message_sid")) or _id(row.get("message_id")),
        occurred_at=epoch(row.get("itime")),
        raw=raw,
    )


def _id(value: object) -> str:
    """The message_id of a row. An uplink message has "0" there, which is none."""
    text = identifier(value)
    return text if text.strip("0") else ""
