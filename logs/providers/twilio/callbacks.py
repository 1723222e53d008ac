"""What Twilio calls back with: one status, or one message from a person, as a form, in a query or as JSON.

Source: package twilio 9.13.0 and Twilio's guides to status callbacks and to incoming messages. New fields may come at
any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logs.providers.answers import LONGEST_RAW, code, identifier, number, our_id, raw_json, text
from logs.providers.base import Garbled
from logs.providers.codes import resolve
from logs.providers.events import Heard, Inbound
from logs.providers.reading import decoded, json_object, raw_fields, word
from logs.providers.twilio.signature import is_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logs.providers.base import Incoming

TABLE = "twilio"
_FROM_A_PERSON = ("receiving", "received")


def read(incoming: Incoming) -> tuple[Heard | Inbound, ...]:
    """Raises Garbled."""
    fields, raw = _fields(incoming)
    if not fields:
        return ()
    status = code(fields.get("MessageStatus")) or code(fields.get("SmsStatus"))
    sid = identifier(fields.get("MessageSid")) or identifier(fields.get("SmsSid"))
    if not sid:
        raise Garbled("neither MessageSid nor SmsSid")
    if status.casefold() in _FROM_A_PERSON or (not status and "Body" in fields):
        return (_inbound(fields, sid, raw),)
    if not status:
        raise Garbled("neither MessageStatus nor Body")
    return (_status(fields, sid, status, _reference(incoming), raw),)


def _fields(incoming: Incoming) -> tuple[Mapping[str, Any], str]:
    """What was sent, and the same as it came."""
    if incoming.method == "POST" and is_json(incoming):
        found = json_object(incoming.body)
        return found, raw_json(found)
    data = incoming.body if incoming.method == "POST" else incoming.query
    return {name: decoded(value) for name, value in raw_fields(data).items()}, decoded(data)[:LONGEST_RAW]


def _reference(incoming: Incoming) -> str:
    """Our id, from the address that we gave; the signature covers it."""
    return our_id(decoded(raw_fields(incoming.query).get("mid", b"")))


def _status(fields: Mapping[str, Any], sid: str, status: str, reference: str, raw: str) -> Heard:
    error = code(fields.get("ErrorCode"))
    return Heard(
        TABLE,
        resolve(TABLE, status, error or None),
        provider_message_id=sid,
        reference=reference,
        recipient=number(fields.get("To")),
        raw_status=status,
        raw_error=error,
        raw_text=text(fields.get("ErrorMessage")),
        raw=raw,
        # RawDlrDoneDate has minutes, no zone, and an offset that depends on the carrier: no time to go by.
    )


def _inbound(fields: Mapping[str, Any], sid: str, raw: str) -> Inbound:
    sender = number(fields.get("From"))
    if not sender:
        raise Garbled("a message without From")
    return Inbound(
        sender=sender,
        recipient=number(fields.get("To")),
        text=word(fields.get("Body")),
        provider_message_id=sid,
        # Only where Advanced Opt-Out is on; then Twilio has answered and blocks what we send.
        opt_out=code(fields.get("OptOutType")).casefold() == "stop",
        raw=raw,
    )
