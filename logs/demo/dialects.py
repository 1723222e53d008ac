"""How each provider says things: its words for the usual answers, its ids, and its bodies as documented (see the providers' own pages).

The answers to a submission and the receipts are two dialects where a provider keeps two tables of codes.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from hmac import digest
from random import Random
from typing import Any

from logs.providers import codes

SECRET = b"a secret of the demo"


@dataclass(frozen=True, slots=True)
class Note:
    """What a provider's body speaks of."""

    id: str
    phone: str
    sender: str
    reference: str
    status: str
    error: str
    at: datetime
    segments: int
    price: str
    currency: str
    part: int = 1
    parts: int = 1


Body = Callable[[Note], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """``pending`` and so on are raw statuses; ``faults`` are (status, error) by our word; ``refusals`` are errors of the submission."""

    receipts: str  # table of codes
    submits: str
    signed: bool
    accepted: str
    carrier: str
    delivered: str
    expired: tuple[str, str]
    unknown: str
    new_id: Callable[[Random], str]
    answer: Body
    refusal: Body
    receipt: Body
    faults: Mapping[str, tuple[str, str]]
    refusals: Mapping[str, str]
    by_part: bool = False
    whole_seconds: bool = False  # its receipts tell the time no finer


def _name(table: str, kind: codes.Kind, code: str) -> str:
    found = codes.lookup(table, kind, code) if code else None
    return found.name if found else ""


def dump(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


# ---- Twilio


def _twilio_answer(note: Note) -> Mapping[str, Any]:
    return {
        "account_sid": TWILIO_ACCOUNT, "body": None, "date_created": format_datetime(note.at.astimezone(UTC), usegmt=False), "direction": "outbound-api",
        "error_code": None, "from": note.sender, "num_segments": str(note.segments), "price": None, "price_unit": note.currency, "sid": note.id,
        "status": note.status, "to": note.phone,
    }  # fmt: skip


def _twilio_refusal(note: Note) -> Mapping[str, Any]:
    status = {"20429": 429, "20503": 503, "20500": 500}.get(note.error, 400)
    return {
        "code": int(note.error), "message": _name("twilio", "error", note.error), "more_info": f"https://www.twilio.com/docs/errors/{note.error}", "status": status
    }  # fmt: skip


def _twilio_receipt(note: Note) -> Mapping[str, Any]:
    body = {
        "AccountSid": TWILIO_ACCOUNT, "ApiVersion": "2010-04-01", "From": note.sender, "MessageSid": note.id, "MessageStatus": note.status,
        "SmsSid": note.id, "SmsStatus": note.status, "To": note.phone,
    }  # fmt: skip
    if note.error:
        body["ErrorCode"] = note.error
    if note.status in ("delivered", "undelivered"):
        body["RawDlrDoneDate"] = note.at.astimezone(UTC).strftime("%y%m%d%H%M")
    return body


TWILIO_ACCOUNT = "AC" + sha256(b"harbour").hexdigest()[:32]
TWILIO = Dialect(
    receipts="twilio", submits="twilio", signed=True, accepted="queued", carrier="sent", delivered="delivered", expired=("failed", "30036"),
    unknown="sent", new_id=lambda rng: f"SM{rng.getrandbits(128):032x}", answer=_twilio_answer, refusal=_twilio_refusal, receipt=_twilio_receipt,
    faults={
        "absent": ("undelivered", "30003"), "gone": ("undelivered", "30005"), "landline": ("undelivered", "30006"),
        "filtered_text": ("undelivered", "30007"), "blocked": ("undelivered", "30004"), "unknown": ("undelivered", "30008"),
        "congestion": ("undelivered", "30017"), "queue": ("failed", "30001"), "downstream": ("failed", "30410"),
        "registration": ("undelivered", "30018"), "pumping": ("failed", "30450"), "too_long": ("undelivered", "30019"),
    },
    refusals={
        "invalid": "21211", "landline": "21614", "opted_out": "21610", "busy": "20429", "down": "20503", "ambiguous": "20500",
        "region": "21408", "no_route": "21612", "sender": "21709",
    },
)  # fmt: skip

# ---- Vonage SMS: one id and one receipt a part


def _vonage_answer(note: Note) -> Mapping[str, Any]:
    return {
        "message-count": str(note.parts),
        "messages": [
            {
                "to": note.phone[1:], "message-id": note.id, "status": note.status, "remaining-balance": "412.80", "message-price": note.price,
                "network": "23410", "client-ref": note.reference[:40],
            }
        ],
    }  # fmt: skip


def _vonage_refusal(note: Note) -> Mapping[str, Any]:
    text = _name("vonage_sms_submit", "error", note.error)
    return {"message-count": "1", "messages": [{"to": note.phone[1:], "status": note.error, "error-text": text, "client-ref": note.reference[:40]}]}


def _vonage_receipt(note: Note) -> Mapping[str, Any]:
    body = {
        "msisdn": note.phone[1:], "to": note.sender, "network-code": "23410", "messageId": note.id, "price": note.price, "status": note.status,
        "scts": note.at.strftime("%y%m%d%H%M"), "err-code": note.error or "0", "api-key": "hrb7c0f3", "client-ref": note.reference[:40],
        "message-timestamp": note.at.strftime("%Y-%m-%d %H:%M:%S"), "timestamp": str(int(note.at.timestamp())), "nonce": note.id.lower() + "-n",
    }  # fmt: skip
    said = "".join(f"&{key}={body[key]}" for key in sorted(body))
    return {**body, "sig": digest(SECRET, said.encode(), "sha256").hex().upper()}


VONAGE = Dialect(
    receipts="vonage_sms_dlr", submits="vonage_sms_submit", signed=True, accepted="0", carrier="accepted", delivered="delivered", expired=("expired", ""),
    unknown="unknown", new_id=lambda rng: f"0A{rng.getrandbits(56):014X}", answer=_vonage_answer, refusal=_vonage_refusal, receipt=_vonage_receipt,
    faults={
        "absent": ("failed", "2"), "gone": ("failed", "3"), "barred": ("failed", "14"), "porting": ("failed", "5"), "filtered_text": ("rejected", "6"),
        "busy": ("failed", "7"), "carrier": ("failed", "8"), "no_route": ("failed", "11"), "age": ("failed", "13"), "no_credit": ("failed", "15"),
        "general": ("failed", "99"), "refused": ("rejected", ""), "unknown": ("failed", "1"), "consent": ("failed", "53"), "landline": ("failed", "12"),
    },
    refusals={"invalid": "6", "busy": "1", "sender": "15", "blocked": "7", "gone": "33", "ambiguous": "5"},
    by_part=True, whole_seconds=True,
)  # fmt: skip

# ---- Infobip: unsigned


def _infobip_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}+0000"


def _infobip_code(kind: codes.Kind, code: str) -> Mapping[str, Any]:
    return {"id": int(code or 0), "name": _name("infobip", kind, code) or "NO_ERROR"}


def _infobip_answer(note: Note) -> Mapping[str, Any]:
    return {
        "messages": [
            {"messageId": note.id, "status": _infobip_code("status", note.status), "destination": note.phone[1:], "details": {"messageCount": note.segments}}
        ]
    }


def _infobip_refusal(note: Note) -> Mapping[str, Any]:
    return {"messages": [{"messageId": note.id, "status": _infobip_code("status", note.error), "destination": note.phone[1:]}]}


def _infobip_receipt(note: Note) -> Mapping[str, Any]:
    return {
        "results": [
            {
                "messageId": note.id, "to": note.phone[1:], "sender": note.sender, "doneAt": _infobip_time(note.at), "messageCount": note.segments,
                "callbackData": note.reference, "price": {"pricePerMessage": float(note.price), "currency": note.currency},
                "status": _infobip_code("status", note.status), "error": _infobip_code("error", note.error),
            }
        ]
    }  # fmt: skip


INFOBIP = Dialect(
    receipts="infobip", submits="infobip", signed=False, accepted="26", carrier="3", delivered="5", expired=("15", "27"), unknown="29",
    new_id=lambda rng: f"{rng.randrange(10**20):020}", answer=_infobip_answer, refusal=_infobip_refusal, receipt=_infobip_receipt,
    faults={
        "absent": ("9", "27"), "gone": ("9", "1"), "landline": ("9", "11"), "roaming": ("9", "8"), "full": ("9", "256"), "barred": ("9", "13"),
        "broken": ("9", "257"), "busy": ("9", "31"), "carrier": ("9", "34"), "congestion": ("9", "33"), "refused": ("4", ""), "no_credit": ("9", "581"),
        "blocked": ("10", ""), "no_route": ("6", ""), "filtered_text": ("4", "607"), "unknown": ("9", "500"), "provider": ("21", ""),
        "temporary": ("9", "628"), "repeat": ("20", ""),
    },
    refusals={"invalid": "52", "credit": "12", "duplicate": "23", "registration": "11", "down": "21"},
)  # fmt: skip

# ---- Telnyx


def _telnyx_answer(note: Note) -> Mapping[str, Any]:
    to = [{"phone_number": note.phone, "status": note.status, "carrier": "T-Mobile USA", "line_type": "Wireless"}]
    return {"data": {"id": note.id, "record_type": "message", "to": to, "parts": note.segments, "errors": []}}


def _telnyx_refusal(note: Note) -> Mapping[str, Any]:
    return {"errors": [{"code": note.error, "title": _name("telnyx", "error", note.error)}]}


def _telnyx_receipt(note: Note) -> Mapping[str, Any]:
    errors = [{"code": note.error, "title": _name("telnyx", "error", note.error)}] if note.error else []
    kind = "message.sent" if note.status == "sent" else "message.finalized"
    to = [{"phone_number": note.phone, "status": note.status, "carrier": "T-Mobile USA", "line_type": "Wireless"}]
    event = b64encode(sha256(f"{note.id}{note.status}{note.at}".encode()).digest()[:9]).decode()
    at = note.at.astimezone(UTC).isoformat(timespec="milliseconds")
    payload = {"id": note.id, "direction": "outbound", "to": to, "errors": errors, "completed_at": at, "parts": note.segments}
    return {"data": {"event_type": kind, "id": event, "occurred_at": at, "record_type": "event", "payload": payload}, "meta": {"attempt": 1}}


def _uuid(rng: Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


TELNYX = Dialect(
    receipts="telnyx", submits="telnyx", signed=True, accepted="queued", carrier="sent", delivered="delivered", expired=("delivery_failed", "40005"),
    unknown="delivery_unconfirmed", new_id=_uuid, answer=_telnyx_answer, refusal=_telnyx_refusal, receipt=_telnyx_receipt,
    faults={
        "absent": ("delivery_failed", "40006"), "gone": ("delivery_failed", "40012"), "landline": ("delivery_failed", "40001"),
        "filtered_text": ("delivery_failed", "40002"), "registration": ("sending_failed", "40010"), "quota": ("delivery_failed", "40016"),
        "refused": ("delivery_failed", "40008"), "rate": ("delivery_failed", "40018"), "sender": ("delivery_failed", "40013"),
    },
    refusals={"invalid": "10002", "queue": "40318", "region": "40309", "opted_out": "40300", "sender": "40305"},
)  # fmt: skip

DIALECTS = {dialect.receipts: dialect for dialect in (TWILIO, VONAGE, INFOBIP, TELNYX)}
