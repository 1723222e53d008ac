"""Vonage SMS: one id and one receipt a part, signed with a shared secret."""

from collections.abc import Mapping
from hmac import digest
from typing import Any

from logs.demo.dialects.base import Dialect, Note, compact, name_of

SECRET = b"a secret of the demo"


def _vonage_answer(note: Note) -> Mapping[str, Any]:
    return {
        "message-count": str(note.parts),
        "messages": [
            {
                "to": note.phone[1:],
                "message-id": note.id,
                "status": note.status,
                "remaining-balance": "412.80",
                "message-price": note.price,
                "network": "23410",
                "client-ref": note.reference[:40],
            }
        ],
    }


def _vonage_refusal(note: Note) -> Mapping[str, Any]:
    text = name_of("vonage_sms_submit", "error", note.error)
    return {
        "message-count": "1",
        "messages": [
            {"to": note.phone[1:], "status": note.error, "error-text": text, "client-ref": note.reference[:40]}
        ],
    }


def _vonage_receipt(note: Note) -> Mapping[str, Any]:
    body = {
        "msisdn": note.phone[1:],
        "to": note.sender,
        "network-code": "23410",
        "messageId": note.id,
        "price": note.price,
        "status": note.status,
        "scts": compact(note.at),
        "err-code": note.error or "0",
        "api-key": "hrb7c0f3",
        "client-ref": note.reference[:40],
        "message-timestamp": str(note.at)[:19],
        "timestamp": str(int(note.at.timestamp())),
        "nonce": note.id.lower() + "-n",
    }
    said = "".join(f"&{key}={body[key]}" for key in sorted(body))
    return {**body, "sig": digest(SECRET, said.encode(), "sha256").hex().upper()}


VONAGE = Dialect(
    receipts="vonage_sms_dlr",
    submits="vonage_sms_submit",
    signed=True,
    accepted="0",
    carrier="accepted",
    delivered="delivered",
    expired=("expired", ""),
    unknown="unknown",
    new_id=lambda rng: f"0A{rng.getrandbits(56):014X}",
    answer=_vonage_answer,
    refusal=_vonage_refusal,
    receipt=_vonage_receipt,
    faults={
        "absent": ("failed", "2"),
        "gone": ("failed", "3"),
        "barred": ("failed", "14"),
        "porting": ("failed", "5"),
        "filtered_text": ("rejected", "6"),
        "busy": ("failed", "7"),
        "carrier": ("failed", "8"),
        "no_route": ("failed", "11"),
        "age": ("failed", "13"),
        "no_credit": ("failed", "15"),
        "general": ("failed", "99"),
        "refused": ("rejected", ""),
        "unknown": ("failed", "1"),
        "consent": ("failed", "53"),
        "landline": ("failed", "12"),
    },
    refusals={"invalid": "6", "busy": "1", "sender": "15", "blocked": "7", "gone": "33", "ambiguous": "5"},
    by_part=True,
    whole_seconds=True,
)
