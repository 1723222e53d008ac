"""Infobip: refuses inside a 200, and signs nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from logs.demo.dialects.base import Dialect, Note, name_of
from logs.providers import codes


def _infobip_time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")[:23] + "+0000"


def _infobip_code(kind: codes.Kind, code: str) -> Mapping[str, Any]:
    return {"id": int(code or 0), "name": name_of("infobip", kind, code) or "NO_ERROR"}


def _infobip_answer(note: Note) -> Mapping[str, Any]:
    return {
        "messages": [
            {
                "messageId": note.id,
                "status": _infobip_code("status", note.status),
                "destination": note.phone[1:],
                "details": {"messageCount": note.segments},
            }
        ]
    }


def _infobip_refusal(note: Note) -> Mapping[str, Any]:
    return {
        "messages": [
            {"messageId": note.id, "status": _infobip_code("status", note.error), "destination": note.phone[1:]}
        ]
    }


def _infobip_receipt(note: Note) -> Mapping[str, Any]:
    return {
        "results": [
            {
                "messageId": note.id,
                "to": note.phone[1:],
                "sender": note.sender,
                "doneAt": _infobip_time(note.at),
                "messageCount": note.segments,
                "callbackData": note.reference,
                "price": {"pricePerMessage": float(note.price), "currency": note.currency},
                "status": _infobip_code("status", note.status),
                "error": _infobip_code("error", note.error),
            }
        ]
    }


INFOBIP = Dialect(
    receipts="infobip",
    submits="infobip",
    signed=False,
    accepted="26",
    carrier="3",
    delivered="5",
    expired=("15", "27"),
    unknown="29",
    new_id=lambda rng: f"{rng.randrange(10**20):020}",
    answer=_infobip_answer,
    refusal=_infobip_refusal,
    receipt=_infobip_receipt,
    faults={
        "absent": ("9", "27"),
        "gone": ("9", "1"),
        "landline": ("9", "11"),
        "roaming": ("9", "8"),
        "full": ("9", "256"),
        "barred": ("9", "13"),
        "broken": ("9", "257"),
        "busy": ("9", "31"),
        "carrier": ("9", "34"),
        "congestion": ("9", "33"),
        "refused": ("4", ""),
        "no_credit": ("9", "581"),
        "blocked": ("10", ""),
        "no_route": ("6", ""),
        "filtered_text": ("4", "607"),
        "unknown": ("9", "500"),
        "provider": ("21", ""),
        "temporary": ("9", "628"),
        "repeat": ("20", ""),
    },
    refusals={"invalid": "52", "credit": "12", "duplicate": "23", "registration": "11", "down": "21"},
)
