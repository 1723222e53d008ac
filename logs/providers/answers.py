"""What the answers of HTTP providers have in common: their status classes, their JSON, their numbers. Pure."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from uuid import UUID

from logs.providers.base import Garbled, Refused, Unsure
from logs.providers.reading import decoded, json_object, storable, word
from logs.statuses import Outcome, Reason, Stage, State

if TYPE_CHECKING:
    from logs.providers.base import Answer
    from logs.providers.events import Heard

LONGEST_RAW = 4000  # characters
LONGEST_ID = 100
LONGEST_CODE = 100
_LONGEST_TEXT = 500
_LONGEST_WAIT = 3600  # seconds
_UNSURE_STATUSES = (408, 425)  # the server, or something before it, waited for the rest of the request

_REASONS = {
    401: Reason.AUTH_ERROR,
    402: Reason.INSUFFICIENT_CREDIT,
    403: Reason.AUTH_ERROR,
    404: Reason.CONFIG_ERROR,
    405: Reason.CONFIG_ERROR,
    413: Reason.MESSAGE_TOO_LONG,
    429: Reason.RATE_LIMITED,
}


def reason_of_status(status: int) -> Reason | None:
    """Why a provider did not take a message, by the HTTP status alone; None where nobody knows whether it did. A
    redirect is no API's answer: the address is wrong."""
    if 300 <= status < 400:
        return Reason.CONFIG_ERROR
    if 400 <= status < 500 and status not in _UNSURE_STATUSES:
        return _REASONS.get(status, Reason.UNKNOWN)
    return None


def refusal_of_status(answer: Answer, heard: Heard) -> Refused | Unsure:
    """What an answer that is no success means where its body gives no better reason. ``heard`` has the evidence."""
    reason = reason_of_status(answer.status)
    if reason is None:
        return unsure(answer)
    state = State.of(Stage.SUBMITTING, Outcome.FAILED, reason)
    return Refused(heard._replace(state=state), after=pause(answer) if reason is Reason.RATE_LIMITED else None)


def unsure(answer: Answer, why: str = "") -> Unsure:
    return Unsure(why or f"the provider answered {answer.status}", raw_of(answer))


def refused_state(state: State) -> State:
    """The state of a code that came with a refusal: the provider never had the message, whatever the code says where
    it stands in a receipt, and a code that nobody knows is a refusal too."""
    outcome = state.outcome if state.outcome.is_negative else Outcome.FAILED
    return replace(state, stage=Stage.SUBMITTING, outcome=outcome)


def pause(answer: Answer) -> timedelta:
    """How long to wait before the next call; a second where the provider does not say it in seconds."""
    told = next((value.strip() for name, value in answer.headers.items() if name.lower() == "retry-after"), "")
    seconds = int(told) if told.isascii() and told.isdigit() and len(told) < 9 else 1
    return timedelta(seconds=min(max(seconds, 1), _LONGEST_WAIT))


def json_of(answer: Answer) -> dict[str, Any]:
    """The object that an answer holds, {} where it holds none."""
    try:
        return json_object(answer.body)
    except Garbled:
        return {}


def raw_of(answer: Answer) -> str:
    return decoded(answer.body)[:LONGEST_RAW]


def raw_json(value: object) -> str:
    """A part of a JSON body as text that can be stored."""
    return storable(json.dumps(value, ensure_ascii=False))[:LONGEST_RAW]


def code(value: object) -> str:
    """A provider's code, as it came."""
    return word(value).strip()[:LONGEST_CODE]


def text(value: object) -> str:
    return word(value)[:_LONGEST_TEXT]


def identifier(value: object) -> str:
    return word(value).strip()[:LONGEST_ID]


def number(value: object) -> str:
    """A telephone number or a sender as the provider writes it."""
    return word(value).strip()[:32]


def our_id(value: object) -> str:
    """Our message id where it is one, or ''."""
    told = word(value).strip()
    try:
        return str(UUID(told)) if len(told) == 36 else ""
    except ValueError:
        return ""


def amount(value: object) -> Decimal | None:
    """What something cost, never negative; None for what is no sum of money."""
    try:
        found = abs(Decimal(word(value).strip()[:40]))
    except InvalidOperation:
        return None
    # NaN compares with nothing, and infinity is too much.
    return found if found.is_finite() and found < 1_000_000 else None


def currency(value: object) -> str:
    told = word(value).strip().upper()
    return told if len(told) == 3 and told.isascii() and told.isalpha() else ""
