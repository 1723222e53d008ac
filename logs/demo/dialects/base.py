"""What a dialect is: a provider's words for the usual answers, its ids and its bodies."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from logs.providers import codes


@dataclass(slots=True)
class Note:
    """What a provider's body speaks of; ``at`` is in UTC."""

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
    """Raw statuses of the usual answers; ``faults``: (status, error) by our word; ``refusals``: of the submission."""

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


def name_of(table: str, kind: codes.Kind, code: str) -> str:
    found = codes.lookup(table, kind, code) if code else None
    return found.name if found else ""


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def dump(body: Mapping[str, Any]) -> str:
    return _ENCODE(body)


def compact(at: datetime) -> str:
    """YYMMDDhhmm, in UTC. Not strftime: that is four times slower, and this is said 70,000 times."""
    return f"{at.year % 100:02}{at.month:02}{at.day:02}{at.hour:02}{at.minute:02}"
