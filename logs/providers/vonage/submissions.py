"""What Vonage answers to a message that it was given: an element for each part, with HTTP 200 even where it refuses.

Source: Nexmo/api-specification@ad04200. These codes are others than those of a receipt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logs.providers.answers import (
    amount,
    code,
    identifier,
    json_of,
    number,
    pause,
    raw_json,
    raw_of,
    refusal_of_status,
    refused_state,
    text,
    unsure,
)
from logs.providers.base import Part, Refused, Taken
from logs.providers.codes import resolve
from logs.providers.events import Heard
from logs.providers.vonage.callbacks import CURRENCY
from logs.statuses import Outcome, Reason, Stage, State

if TYPE_CHECKING:
    from decimal import Decimal

    from logs.providers.base import Answer, Outgoing, Submission

TABLE = "vonage_sms_submit"
_UNKNOWN = State.of(Stage.SUBMITTING, Outcome.UNKNOWN, Reason.UNKNOWN)


def read(answer: Answer, outgoing: Outgoing) -> Submission:
    parts = json_of(answer).get("messages")
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        return _without_parts(answer, outgoing)
    price = _sum(parts)
    heard = [_part(part, index, len(parts), outgoing, price) for index, part in enumerate(parts, 1)]
    taken = [one for one in heard if one.raw_status == "0"]
    if not taken:
        return _refusal(answer, heard)
    if not all(one.provider_message_id for one in taken):
        return unsure(answer, "Vonage took it, but gave no id")
    return Taken(tuple(heard), tuple(Part(one.provider_message_id, one.part) for one in taken))


def _part(part: dict[str, Any], index: int, parts: int, outgoing: Outgoing, price: Decimal | None) -> Heard:
    status = code(part.get("status"))
    taken = status == "0"
    state = resolve(TABLE, status=status) if taken else refused_state(resolve(TABLE, error=status))
    return Heard(
        TABLE,
        state,
        provider_message_id=identifier(part.get("message-id")),
        reference=str(outgoing.id),
        recipient=number(part.get("to")) or outgoing.to,
        part=index,
        parts=parts,
        raw_status=status,
        raw_error="" if taken else status,
        raw_text=text(part.get("error-text")),
        raw=raw_json(part),
        price=price,
        currency=CURRENCY if price is not None else "",
    )


def _sum(parts: list[dict[str, Any]]) -> Decimal | None:
    """The price of the whole message."""
    prices = [price for part in parts if (price := amount(part.get("message-price"))) is not None]
    return sum(prices[1:], prices[0]) if prices else None


def _refusal(answer: Answer, heard: list[Heard]) -> Submission:
    """Of a message of which no part was taken: as its first part says."""
    first = heard[0]._replace(part=1, parts=1)
    # Vonage's own fault, after which it does not promise that nothing was sent; or an answer without a status.
    if not first.raw_status or any(one.state.reason is Reason.AMBIGUOUS_SUBMIT for one in heard):
        return unsure(answer, "Vonage does not say whether it took the message")
    return Refused(first, after=pause(answer) if first.state.reason is Reason.RATE_LIMITED else None)


def _without_parts(answer: Answer, outgoing: Outgoing) -> Submission:
    if 200 <= answer.status < 300:
        return unsure(answer, "Vonage's answer has no messages")
    told = json_of(answer)
    heard = Heard(
        TABLE,
        _UNKNOWN,
        reference=str(outgoing.id),
        recipient=outgoing.to,
        raw_status=str(answer.status),
        raw_error=code(told.get("error-code")),
        raw_text=text(told.get("error-code-label")) or text(told.get("detail")) or text(told.get("title")),
        raw=raw_of(answer),
    )
    return refusal_of_status(answer, heard)
