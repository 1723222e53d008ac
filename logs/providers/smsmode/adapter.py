"""smsmode, over its REST API. It signs nothing: our id travels in the addresses of both callbacks, with our own
signature over it, and what the REST API calls back with counts only there. Callbacks of its older API can be read too
(logs.providers.smsmode.legacy).

Sources: dev.smsmode.com/sms/v1 as far as third-party clients show it; support.smsmode.com for the older API. Not
verified: the exact body of a reply, the fields of an error and of a refusal. They are read with tolerance.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from django.utils.translation import gettext_lazy as _

from logs.providers.base import (
    Adapter,
    Call,
    CannotSay,
    Field,
    Forged,
    Found,
    Garbled,
    Genuine,
    NotFound,
    Part,
    Refused,
    Taken,
    Unsure,
    own_signature,
    provider_fault,
    same,
)
from logs.providers.codes import resolve
from logs.providers.events import Heard, Inbound
from logs.providers.reading import at as value_at
from logs.providers.reading import decoded, iso, json_object, raw_fields, word
from logs.providers.smsmode import legacy
from logs.statuses import Outcome, Reason, Stage, State, Validity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from logs.providers.base import Answer, Contract, Finding, Incoming, Outgoing, Submission, Verdict

_HOST = "https://rest.smsmode.com"
_TABLE = "smsmode_rest"
_LONGEST_RAW = 4000  # characters
_LONGEST_PAUSE = 3600  # seconds

_FAULTS = {
    401: Reason.AUTH_ERROR,
    402: Reason.INSUFFICIENT_CREDIT,
    403: Reason.AUTH_ERROR,
    404: Reason.CONFIG_ERROR,
    429: Reason.RATE_LIMITED,
}


class Smsmode(Adapter):
    name = "smsmode"
    label = "smsmode"
    fields = (
        Field("api_key", _("API key"), secret=True, help=_("Of a channel of the kind SMS.")),
        Field("base_url", _("API address"), required=False, default=_HOST),
    )
    can_query = True
    setup = _("Nothing has to be entered at smsmode: each message tells it where to report statuses and replies.")
    status_path = None
    reply_path = None

    def submit(self, outgoing: Outgoing, contract: Contract) -> Call:
        reference = str(outgoing.id)
        ours = urlencode({"id": reference, "s": _signature(contract, reference)})
        message = {
            "recipient": {"to": outgoing.to.removeprefix("+")},
            "body": {"text": outgoing.text, "encoding": "UNICODE" if outgoing.unicode else "GSM7"},
            "refClient": reference,
            "callbackUrlStatus": f"{contract.hook_url}/status?{ours}",
            "callbackUrlMo": f"{contract.hook_url}/reply?{ours}",
        }
        if outgoing.sender:
            message["from"] = outgoing.sender
        headers = {**_headers(contract), "Content-Type": "application/json"}
        return Call("POST", _messages(contract), headers, json.dumps(message).encode())

    def submitted(self, answer: Answer, outgoing: Outgoing, contract: Contract) -> Submission:
        answer = replace(answer, body=_without_address(answer.body, str(outgoing.id), contract))
        said = _object(answer)
        if 200 <= answer.status < 300:
            return _taken(said, answer, outgoing)
        text = _complaint(said)
        if reason := _FAULTS.get(answer.status):
            fault = provider_fault(
                reason, answer, table=_TABLE, outgoing=outgoing, code=word(said.get("errorCode")), text=text
            )
            return Refused(fault.heard, _pause(answer)) if reason is Reason.RATE_LIMITED else fault
        if 400 <= answer.status < 500 and answer.status != 408:
            return Refused(_refusal(said, text, answer, outgoing))
        return Unsure(f"smsmode answered {answer.status}", answer.text[:_LONGEST_RAW])

    def query(self, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Call | None:
        if not provider_message_id:
            return None
        address = f"{_messages(contract)}/{quote(provider_message_id, safe='')}"
        return Call("GET", address, _headers(contract), idempotent=True)

    def queried(self, answer: Answer, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Finding:
        # Right after it took a message smsmode may still say 404.
        if answer.status == 404:
            return NotFound(certain=False)
        answer = replace(answer, body=_without_address(answer.body, str(outgoing.id), contract))
        said = _object(answer)
        if answer.status != 200 or not _status(said):
            return CannotSay(f"smsmode answered {answer.status} without a status")
        return Found((_heard(said, answer.text, reference=str(outgoing.id)),))

    def verify(self, incoming: Incoming, contract: Contract, at: datetime) -> Verdict:
        """Our signature holds our id and the address together; what smsmode says of the message nobody signs."""
        fields = raw_fields(incoming.query)
        ours = _is_rest(incoming) or incoming.path.strip("/") in ("status", "reply") or "s" in fields
        if ours and not same(decoded(fields.get("s", b"")), _signature(contract, decoded(fields.get("id", b"")))):
            return Forged("the address of the callback is not one that we gave to smsmode")
        return Genuine(signed=False)

    def read(self, incoming: Incoming, contract: Contract) -> Sequence[Heard | Inbound]:
        if not _is_rest(incoming):
            return (legacy.read(incoming),)
        signed_for = decoded(raw_fields(incoming.query).get("id", b""))
        body = _without_address(incoming.body, signed_for, contract)
        said, raw = json_object(body), decoded(body)[:_LONGEST_RAW]
        if word(said.get("direction")).upper() == "MO":
            return (_reply(said, raw),)
        told = word(said.get("refClient"))
        if signed_for and told and signed_for != told:
            raise Garbled("the receipt of one message came to the address of another")
        if not _status(said):
            raise Garbled("neither a reply nor a receipt with a status")
        if not (signed_for or told or word(said.get("messageId"))):
            raise Garbled("a receipt without messageId or refClient")
        return (_heard(said, raw, reference=signed_for or told),)


def _headers(contract: Contract) -> dict[str, str]:
    return {"X-Api-Key": contract["api_key"], "Accept": "application/json"}


def _messages(contract: Contract) -> str:
    return (contract["base_url"] or _HOST).rstrip("/") + "/sms/v1/messages"


def _signature(contract: Contract, reference: str) -> str:
    return own_signature(contract, "smsmode", reference)


def _without_address(body: bytes, reference: str, contract: Contract) -> bytes:
    """smsmode may give back the addresses of our callbacks. Who may see messages sees what it said of them, but not the
    token in these addresses nor our signature, by which one could answer in smsmode's place."""
    for secret in (contract.hook_url.rpartition("/")[2], _signature(contract, reference)):
        if secret:
            body = body.replace(secret.encode(), b"***")
    return body


def _is_rest(incoming: Incoming) -> bool:
    """The older API calls with a form."""
    return incoming.body.lstrip().startswith((b"{", b"["))


def _object(answer: Answer) -> Mapping[str, Any]:
    """Of the answer; nothing where it is no JSON object."""
    try:
        return json_object(answer.body)
    except Garbled:
        return {}


def _status(said: Mapping[str, Any]) -> str:
    return word(value_at(said, "status", "value"))


def _taken(said: Mapping[str, Any], answer: Answer, outgoing: Outgoing) -> Submission:
    provider_message_id = word(said.get("messageId"))
    if not provider_message_id:
        return Unsure(f"smsmode answered {answer.status} without a messageId", answer.text[:_LONGEST_RAW])
    heard = _heard(said, answer.text, reference=str(outgoing.id))
    return Taken((heard,), (Part(provider_message_id),))


def _heard(said: Mapping[str, Any], raw: str, *, reference: str) -> Heard:
    status, detail = _status(said), word(value_at(said, "status", "detail"))
    return Heard(
        _TABLE,
        resolve(_TABLE, status) if status else State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING),
        provider_message_id=word(said.get("messageId")),
        reference=reference,
        recipient=word(value_at(said, "recipient", "to")),
        raw_status=status,
        raw_text=detail[:500],
        raw=raw[:_LONGEST_RAW],
        occurred_at=iso(value_at(said, "status", "changeDate")) or iso(value_at(said, "status", "deliveryDate")),
    )


def _reply(said: Mapping[str, Any], raw: str) -> Inbound:
    sender, text = word(said.get("from")), value_at(said, "body", "text")
    if not sender or not isinstance(text, str):
        raise Garbled("a reply without from or body.text")
    return Inbound(
        sender=sender,
        recipient=word(value_at(said, "recipient", "to")),
        text=word(text),
        provider_message_id=word(said.get("messageId")),
        occurred_at=iso(said.get("sentDate")) or iso(said.get("acceptedAt")),
        raw=raw,
    )


def _refusal(said: Mapping[str, Any], text: str, answer: Answer, outgoing: Outgoing) -> Heard:
    return Heard(
        _TABLE,
        _state_of_refusal(text.casefold()),
        reference=str(outgoing.id),
        recipient=outgoing.to,
        raw_status=str(answer.status),
        raw_error=word(said.get("errorCode")),
        raw_text=text[:500],
        raw=answer.text[:_LONGEST_RAW],
    )


def _state_of_refusal(text: str) -> State:
    """Which field smsmode complains of. It names no codes, so a number is only suspected."""
    if "recipient" in text:
        return State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.INVALID_NUMBER, Validity.SUSPECT)
    if "from" in text.split() or "sender" in text:
        return State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.SENDER_REJECTED)
    return State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.CONFIG_ERROR)


def _complaint(said: Mapping[str, Any]) -> str:
    return " : ".join(filter(None, (word(said.get("message")), word(said.get("detail")))))


def _pause(answer: Answer) -> timedelta | None:
    seconds = {name.lower(): value for name, value in answer.headers.items()}.get("retry-after", "").strip()
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 6):
        return None
    return timedelta(seconds=min(int(seconds), _LONGEST_PAUSE))


ADAPTER = Smsmode()
