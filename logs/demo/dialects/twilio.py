"""Twilio: form fields (kept as JSON here), receipts to the minute."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from logs.demo.dialects.base import Dialect, Note, compact, name_of

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _rfc_2822(at: datetime) -> str:
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month]} {str(at)[:4]} {str(at)[11:19]} +0000"


def _twilio_answer(note: Note) -> Mapping[str, Any]:
    return {
        "account_sid": TWILIO_ACCOUNT,
        "body": None,
        "date_created": _rfc_2822(note.at),
        "direction": "outbound-api",
        "error_code": None,
        "from": note.sender,
        "num_segments": str(note.segments),
        "price": None,
        "price_unit": note.currency,
        "sid": note.id,
        "status": note.status,
        "to": note.phone,
    }


def _twilio_refusal(note: Note) -> Mapping[str, Any]:
    status = {"20429": 429, "20503": 503, "20500": 500}.get(note.error, 400)
    return {
        "code": int(note.error),
        "message": name_of("twilio", "error", note.error),
        "more_info": f"https://www.twilio.com/docs/errors/{note.error}",
        "status": status,
    }


def _twilio_receipt(note: Note) -> Mapping[str, Any]:
    body = {
        "AccountSid": TWILIO_ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": note.sender,
        "MessageSid": note.id,
        "MessageStatus": note.status,
        "SmsSid": note.id,
        "SmsStatus": note.status,
        "To": note.phone,
    }
    if note.error:
        body["ErrorCode"] = note.error
    if note.status in ("delivered", "undelivered"):
        body["RawDlrDoneDate"] = compact(note.at)
    return body


TWILIO_ACCOUNT = "AC" + sha256(b"harbour").hexdigest()[:32]
TWILIO = Dialect(
    receipts="twilio",
    submits="twilio",
    signed=True,
    accepted="queued",
    carrier="sent",
    delivered="delivered",
    expired=("failed", "30036"),
    unknown="sent",
    new_id=lambda rng: f"SM{rng.getrandbits(128):032x}",
    answer=_twilio_answer,
    refusal=_twilio_refusal,
    receipt=_twilio_receipt,
    faults={
        "absent": ("undelivered", "30003"),
        "gone": ("undelivered", "30005"),
        "landline": ("undelivered", "30006"),
        "filtered_text": ("undelivered", "30007"),
        "blocked": ("undelivered", "30004"),
        "unknown": ("undelivered", "30008"),
        "congestion": ("undelivered", "30017"),
        "queue": ("failed", "30001"),
        "downstream": ("failed", "30410"),
        "registration": ("undelivered", "30018"),
        "pumping": ("failed", "30450"),
        "too_long": ("undelivered", "30019"),
    },
    refusals={
        "invalid": "21211",
        "landline": "21614",
        "opted_out": "21610",
        "busy": "20429",
        "down": "20503",
        "ambiguous": "20500",
        "region": "21408",
        "no_route": "21612",
        "sender": "21709",
    },
)
