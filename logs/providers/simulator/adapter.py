"""The simulator as a provider. With nothing filled in it is the embedded one, which `make run` starts and whose
address, key and signing secret stand in the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from logs.providers.base import (
    Adapter,
    Answer,
    Call,
    CannotSay,
    Contract,
    Field,
    Finding,
    Forged,
    Found,
    Garbled,
    Genuine,
    Incoming,
    NotFound,
    Outgoing,
    Part,
    Refused,
    Submission,
    Taken,
    Unsure,
    Verdict,
    provider_fault,
    same,
)
from logs.providers.codes import resolve
from logs.providers.events import Heard, Inbound
from logs.providers.simulator.fates import RANGE
from logs.providers.simulator.guide import NUMBERS
from logs.providers.simulator.signing import LEEWAY, SIGNATURE, TIMESTAMP, sign
from logs.statuses import Outcome, Reason, Stage, State

TABLE = "simulator"
EMBEDDED = {"base_url": "SIMULATOR_URL", "key": "SIMULATOR_KEY", "secret": "SIMULATOR_SECRET"}
FAULTS = {
    401: Reason.AUTH_ERROR,
    402: Reason.INSUFFICIENT_CREDIT,
    403: Reason.AUTH_ERROR,
    404: Reason.CONFIG_ERROR,
    429: Reason.RATE_LIMITED,
    503: Reason.PROVIDER_ERROR,
}
"""Refusals that are no fault of the message. 503 is the simulator's word for "not taken"; any other 5xx may mean that
it was."""


class Simulator(Adapter):
    name = "simulator"
    label = "Simulator"
    fields = (
        Field(
            "base_url",
            _("Address"),
            required=False,
            help=_("Leave it empty for the simulator that runs beside this installation."),
        ),
        Field("key", _("Key"), secret=True, required=False, help=_("Empty: the key of the simulator beside it.")),
        Field("secret", _("Signing secret"), secret=True, required=False, help=_("Empty: that of the one beside it.")),
    )
    headers = (TIMESTAMP, SIGNATURE)
    signs = True
    can_query = True
    setup = _(
        "The simulator sends nothing. Among the numbers +44 7700 900000 to 900999 the last three digits choose "
        "what becomes of a message: 001 is delivered, 580 is a phone switched off, 070 replies STOP."
    )
    numbers = {f"{RANGE}{suffix}": says for suffix, says in NUMBERS.items()}
    status_path = None
    reply_path = None

    # -- out

    def submit(self, outgoing: Outgoing, contract: Contract) -> Call:
        document = {
            "reference": str(outgoing.id),
            "to": outgoing.to,
            "from": outgoing.sender,
            "text": outgoing.text,
            "callback": contract.hook_url,
        }
        return _call("POST", "/messages", contract, body=json.dumps(document, ensure_ascii=False).encode())

    def submitted(self, answer: Answer, outgoing: Outgoing, contract: Contract) -> Submission:
        if answer.status == 202:
            return _taken(answer, outgoing)
        code, text = _error(answer)
        if reason := FAULTS.get(answer.status):
            refused = provider_fault(reason, answer, table=TABLE, outgoing=outgoing, code=code, text=text)
            return Refused(refused.heard, _pause(answer))
        if 400 <= answer.status < 500:
            return Refused(_refusal(answer, outgoing, code, text))
        return Unsure(f"answered {answer.status}", answer.text[:4000])

    def query(self, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Call | None:
        if provider_message_id:
            return _call("GET", f"/messages/{quote(provider_message_id, safe='')}", contract)
        return _call("GET", f"/messages?reference={outgoing.id}", contract)

    def queried(self, answer: Answer, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Finding:
        document = _document(answer.body)
        if answer.status == 404 and _error(answer)[0] == "not_found":
            return NotFound(certain=True)
        if answer.status != 200 or document is None:
            return CannotSay(f"answered {answer.status}")
        try:
            return _found(document, asked_by_reference=not provider_message_id)
        except Garbled as garbled:
            return CannotSay(str(garbled))

    def cancel(self, provider_message_id: str, contract: Contract) -> Call | None:
        return _call("DELETE", f"/messages/{quote(provider_message_id, safe='')}", contract)

    # -- in

    def verify(self, incoming: Incoming, contract: Contract, at: datetime) -> Verdict:
        secret, timestamp = _setting(contract, "secret"), incoming.headers.get(TIMESTAMP, "")
        if not secret:
            return Forged("no signing secret is set")
        if not same(sign(secret, timestamp, incoming.body), incoming.headers.get(SIGNATURE, "")):
            return Forged("the signature does not fit")
        if not (timestamp.isascii() and timestamp.isdigit()) or abs(at.timestamp() - int(timestamp)) > LEEWAY:
            return Forged("the signature is too old")
        return Genuine(signed=True)

    def read(self, incoming: Incoming, contract: Contract) -> Sequence[Heard | Inbound]:
        document = _document(incoming.body)
        if document is None:
            raise Garbled("no JSON object")
        match document.get("type"):
            case "receipt":
                return (_heard(document, _raw(incoming)),)
            case "reply":
                return (_inbound(document, _raw(incoming)),)
        raise Garbled("neither a receipt nor a reply")


# ---- calls


def _setting(contract: Contract, name: str) -> str:
    return contract[name] or os.environ.get(EMBEDDED[name], "")


def _call(method: str, path: str, contract: Contract, body: bytes = b"") -> Call:
    base = _setting(contract, "base_url") or "http://127.0.0.1:8010"
    headers = {"Authorization": f"Bearer {_setting(contract, 'key')}", "Content-Type": "application/json"}
    return Call(method, base.rstrip("/") + path, headers, body, idempotent=method != "POST")


def _pause(answer: Answer) -> timedelta | None:
    seconds = {name.lower(): value for name, value in answer.headers.items()}.get("retry-after", "")
    return timedelta(seconds=min(int(seconds), 3600)) if seconds.isascii() and seconds.isdigit() else None


# ---- answers


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _error(answer: Answer) -> tuple[str, str]:
    """The code and the text of a refusal."""
    error = (_document(answer.body) or {}).get("error")
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code", ""))[:100], str(error.get("message", ""))[:500]


def _refusal(answer: Answer, outgoing: Outgoing, code: str, text: str) -> Heard:
    state = resolve(TABLE, None, code)
    if not state.outcome.is_negative:  # a code that no table has: refused all the same
        state = State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.UNKNOWN)
    return Heard(
        TABLE,
        state,
        reference=str(outgoing.id),
        recipient=outgoing.to,
        raw_status=str(answer.status),
        raw_error=code,
        raw_text=text,
        raw=answer.text[:4000],
    )


def _taken(answer: Answer, outgoing: Outgoing) -> Submission:
    document = _document(answer.body)
    try:
        if document is None:
            raise Garbled("no JSON object")
        identity, heard = _text(document, "id"), _events(document)
        if not identity or not heard:
            raise Garbled("no id")
    except Garbled as garbled:
        return Unsure(str(garbled), answer.text[:4000])
    return Taken(heard, (Part(identity),))


def _found(document: dict[str, Any], *, asked_by_reference: bool) -> Finding:
    """Of several messages with our reference the first: it went out first."""
    if not asked_by_reference:
        return Found(_events(document))
    messages = document.get("messages")
    if not isinstance(messages, list):
        raise Garbled("no list of messages")
    if not messages:
        return NotFound(certain=True)
    if not isinstance(messages[0], dict):
        raise Garbled("no message")
    return Found(_events(messages[0]), (Part(_text(messages[0], "id")),))


def _events(document: dict[str, Any]) -> tuple[Heard, ...]:
    """With the price of the whole message at the first, where the answer tells one."""
    events = document.get("events")
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise Garbled("no list of events")
    price = {"price": document.get("price"), "currency": document.get("currency")}
    return tuple(_heard(event if number else {**event, **price}) for number, event in enumerate(events))


def _raw(incoming: Incoming) -> str:
    return incoming.body.decode("utf-8", "replace")


def _heard(document: dict[str, Any], raw: str = "") -> Heard:
    status, error = _text(document, "status"), _text(document, "error")
    price = _price(document.get("price"))
    part, parts = _number(document, "part"), _number(document, "parts")
    if part > parts:
        raise Garbled("a part beyond the last")
    return Heard(
        TABLE,
        resolve(TABLE, status, error or None),
        provider_message_id=_text(document, "id"),
        reference=_text(document, "reference"),
        recipient=_text(document, "to"),
        part=part,
        parts=parts,
        raw_status=status,
        raw_error=error,
        raw=raw or json.dumps(document),
        provider_event_id=_text(document, "event"),
        occurred_at=_moment(document),
        price=price,
        currency=_text(document, "currency") if price is not None else "",
    )


def _inbound(document: dict[str, Any], raw: str) -> Inbound:
    return Inbound(
        sender=_text(document, "from"),
        recipient=_text(document, "to"),
        text=_text(document, "text", longest=10_000),
        provider_message_id=_text(document, "id"),
        occurred_at=_moment(document),
        joined_by=_text(document, "joined_by"),
        part=_number(document, "part"),
        parts=_number(document, "parts"),
        raw=raw,
    )


def _text(document: Mapping[str, Any], name: str, longest: int = 100) -> str:
    value = document.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise Garbled(f"“{name}” is no text, or too long")
    if value.isascii() and value.isprintable():
        return value
    # JSON can write what UTF-8 and PostgreSQL cannot hold: halves of a pair, and zeros.
    return value.encode("utf-8", "replace").decode().replace("\0", "")


def _number(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name, 1)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 255:
        raise Garbled(f"“{name}” is no number from 1 to 255")
    return value


def _moment(document: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(document, "at"))
    except ValueError as error:
        if isinstance(error, Garbled):
            raise
        return None
    return moment if moment.tzinfo else None


def _price(value: object) -> Decimal | None:
    try:
        price = Decimal(str(value)) if value is not None else None
    except InvalidOperation:
        return None
    return price if price is None or price.is_finite() else None


ADAPTER = Simulator()
