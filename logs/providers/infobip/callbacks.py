"""What Infobip calls back with, reports or messages, several in one call; and the records of its logs, which are alike.

Source: Infobip OpenAPI 3.210.0. The meaning of a status is that of its id: the group DELIVERED also has "the operator
took it".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logs.providers.answers import amount, code, currency, identifier, number, our_id, raw_json, text
from logs.providers.base import Garbled
from logs.providers.codes import resolve
from logs.providers.events import Heard, Inbound
from logs.providers.reading import at, iso, json_object, word
from logs.statuses import Outcome, Stage, State

if TYPE_CHECKING:
    from decimal import Decimal

    from logs.providers.base import Incoming

TABLE = "infobip"
_DUPLICATE = "23"
_WAITING = State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING)


def read(incoming: Incoming) -> tuple[Heard | Inbound, ...]:
    """Raises Garbled. One result that cannot be read spoils them all: half of a call must not get lost unseen."""
    if not incoming.body.strip():
        return ()
    results = json_object(incoming.body).get("results")
    if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
        raise Garbled("no list of results")
    return tuple(_report(one) if "status" in one else _inbound(one) for one in results)


def said(result: dict[str, Any]) -> Heard:
    """What a report, a record of the logs or the answer to a submission says of one message."""
    status, error = code(at(result, "status", "id")), code(at(result, "error", "id"))
    price = _price(result)
    message = identifier(result.get("messageId"))
    return Heard(
        TABLE,
        # Ours are the only messages with our ids: a duplicate of one says that Infobip has it already.
        _WAITING if status == _DUPLICATE else resolve(TABLE, status, error or None),
        provider_message_id=message,
        reference=our_id(message),
        recipient=number(result.get("to")) or number(result.get("destination")),
        raw_status=status,
        raw_error=error,
        raw_text=_words(result),
        raw=raw_json(result),
        occurred_at=iso(result.get("doneAt")) or iso(result.get("sentAt")),
        price=price,
        currency=currency(at(result, "price", "currency")) if price is not None else "",
    )


def _report(result: dict[str, Any]) -> Heard:
    heard = said(result)
    if not heard.provider_message_id or not heard.raw_status:
        raise Garbled("a report without messageId or without status.id")
    return heard


def _inbound(result: dict[str, Any]) -> Inbound:
    """Infobip joins the parts of a text."""
    sender = number(result.get("from")) or number(result.get("sender"))
    if not sender:
        raise Garbled("neither a report, which has a status, nor a message, which has a sender")
    return Inbound(
        sender=sender,
        recipient=number(result.get("to")) or number(result.get("destination")),
        # cleanText is the text without the keyword, which may be the STOP.
        text=word(result.get("text")) or word(result.get("cleanText")),
        provider_message_id=identifier(result.get("messageId")),
        occurred_at=iso(result.get("receivedAt")),
        raw=raw_json(result),
    )


def _words(result: dict[str, Any]) -> str:
    """The error in Infobip's words, or else the status."""
    told = result.get("error") if code(at(result, "error", "id")) not in ("", "0") else result.get("status")
    words = (word(at(told, "name")), word(at(told, "description")))
    return text(": ".join(part for part in words if part))


def _price(result: dict[str, Any]) -> Decimal | None:
    """For all parts."""
    price = amount(at(result, "price", "pricePerMessage"))
    count = result.get("messageCount") or result.get("smsCount")
    if price is None or not isinstance(count, int) or not 1 <= count <= 255:
        return price
    return amount(str(price * count))
