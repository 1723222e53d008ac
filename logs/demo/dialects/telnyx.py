"""Telnyx: nested events, and a status of its own where no receipt will come."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from random import Random
from typing import Any

from logs.demo.dialects.base import Dialect, Note, name_of


def _telnyx_answer(note: Note) -> Mapping[str, Any]:
    to = [{"phone_number": note.phone, "status": note.status, "carrier": "T-Mobile USA", "line_type": "Wireless"}]
    return {"data": {"id": note.id, "record_type": "message", "to": to, "parts": note.segments, "errors": []}}


def _telnyx_refusal(note: Note) -> Mapping[str, Any]:
    return {"errors": [{"code": note.error, "title": name_of("telnyx", "error", note.error)}]}


def _telnyx_receipt(note: Note) -> Mapping[str, Any]:
    errors = [{"code": note.error, "title": name_of("telnyx", "error", note.error)}] if note.error else []
    kind = "message.sent" if note.status == "sent" else "message.finalized"
    to = [{"phone_number": note.phone, "status": note.status, "carrier": "T-Mobile USA", "line_type": "Wireless"}]
    event = b64encode(sha256(f"{note.id}{note.status}{note.at}".encode()).digest()[:9]).decode()
    at = note.at.isoformat(timespec="milliseconds")
    payload = {
        "id": note.id,
        "direction": "outbound",
        "to": to,
        "errors": errors,
        "completed_at": at,
        "parts": note.segments,
    }
    return {
        "data": {"event_type": kind, "id": event, "occurred_at": at, "record_type": "event", "payload": payload},
        "meta": {"attempt": 1},
    }


def _uuid(rng: Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


TELNYX = Dialect(
    receipts="telnyx",
    submits="telnyx",
    signed=True,
    accepted="queued",
    carrier="sent",
    delivered="delivered",
    expired=("delivery_failed", "40005"),
    unknown="delivery_unconfirmed",
    new_id=_uuid,
    answer=_telnyx_answer,
    refusal=_telnyx_refusal,
    receipt=_telnyx_receipt,
    faults={
        "absent": ("delivery_failed", "40006"),
        "gone": ("delivery_failed", "40012"),
        "landline": ("delivery_failed", "40001"),
        "filtered_text": ("delivery_failed", "40002"),
        "registration": ("sending_failed", "40010"),
        "quota": ("delivery_failed", "40016"),
        "refused": ("delivery_failed", "40008"),
        "rate": ("delivery_failed", "40018"),
        "sender": ("delivery_failed", "40013"),
    },
    refusals={"invalid": "10002", "queue": "40318", "region": "40309", "opted_out": "40300", "sender": "40305"},
)
