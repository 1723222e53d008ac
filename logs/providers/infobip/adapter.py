"""Infobip SMS API, version 3.

Our id is Infobip's id too, so a message that is handed over again is refused as a duplicate and not sent twice: that
refusal tells that an earlier try had arrived. Refusals come with HTTP 200. What became of a message is asked of the
logs, which can be read again, and never of the reports, which are given out once. Source: Infobip OpenAPI 3.210.0.

Infobip can sign its calls, but neither the header nor what is signed is documented. So the address that we give with
each message has our own signature over its id, and Basic credentials are checked where the operator has set them up.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from logs.providers.answers import (
    code,
    json_of,
    number,
    pause,
    raw_of,
    refusal_of_status,
    refused_state,
    text,
    unsure,
)
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
    own_signature,
    same,
)
from logs.providers.events import Heard
from logs.providers.infobip import callbacks
from logs.providers.infobip.callbacks import TABLE
from logs.providers.reading import at as under
from logs.statuses import Outcome, Reason, Stage, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from logs.providers.base import Answer, Contract, Finding, Incoming, Outgoing, Submission, Verdict
    from logs.providers.events import Inbound

_LONGEST_VALIDITY = 2880  # minutes
_REJECTED = (2, 4, 5)  # status groups: undeliverable, expired, rejected
_UNKNOWN = State.of(Stage.SUBMITTING, Outcome.UNKNOWN, Reason.UNKNOWN)
# How the name of a field ends that a refusal complains of, and what that means.
_NAMED = (
    (".to", Reason.INVALID_NUMBER),
    (".sender", Reason.SENDER_REJECTED),
    (".text", Reason.CONTENT_INVALID),
    ("Url", Reason.CONFIG_ERROR),
    (".url", Reason.CONFIG_ERROR),
)


class Infobip(Adapter):
    name = "infobip"
    label = "Infobip"
    fields = (
        Field("base_url", _("API address"), help=_("Your own, as Infobip shows it: https://…api.infobip.com")),
        Field("api_key", _("API key"), secret=True),
        Field(
            "callback_user",
            _("User name of callbacks"),
            required=False,
            help=_("Where you have set up Basic authentication for what Infobip sends us."),
        ),
        Field("callback_password", _("Password of callbacks"), secret=True, required=False),
    )
    headers = ("authorization", "content-type")
    secret_headers = ("authorization",)
    can_query = True
    setup = _("Enter the address for replies at your number. Statuses need nothing.")
    status_path = None
    reply_path = "/inbound"

    def submit(self, outgoing: Outgoing, contract: Contract) -> Call:
        message: dict[str, Any] = {
            "destinations": [{"to": outgoing.to.removeprefix("+"), "messageId": str(outgoing.id)}],
            "content": {"text": outgoing.text},
            "options": {"validityPeriod": {"amount": _minutes(outgoing), "timeUnit": "MINUTES"}},
            "webhooks": {
                "delivery": {"url": _status_url(outgoing, contract), "intermediateReport": True},
                "contentType": "application/json",
            },
        }
        if outgoing.sender:
            message["sender"] = outgoing.sender.removeprefix("+")
        headers = _headers(contract) | {"Content-Type": "application/json"}
        body = json.dumps({"messages": [message]}).encode()
        return Call("POST", f"{_base(contract)}/sms/3/messages", headers, body, idempotent=True)

    def submitted(self, answer: Answer, outgoing: Outgoing, contract: Contract) -> Submission:
        told = json_of(answer)
        if not 200 <= answer.status < 300:
            return _refusal(answer, told, outgoing)
        messages = told.get("messages")
        first = messages[0] if isinstance(messages, list) and messages else None
        status = code(under(first, "status", "id"))
        if not isinstance(first, dict) or not status:
            return unsure(answer, "Infobip's answer has no status of the message")
        heard = _of(callbacks.said(first), outgoing)
        rejected = heard.state.outcome is Outcome.UNKNOWN and under(first, "status", "groupId") in _REJECTED
        if heard.state.outcome.is_negative or rejected:
            heard = heard._replace(state=refused_state(heard.state))
            return Refused(heard, after=pause(answer) if heard.state.reason is Reason.RATE_LIMITED else None)
        return Taken((heard,), (Part(heard.provider_message_id),))

    def query(self, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Call | None:
        """Our id is theirs, so an ambiguous submission is asked for in the same way."""
        wanted = urlencode({"messageId": provider_message_id or str(outgoing.id)})
        return Call("GET", f"{_base(contract)}/sms/3/logs?{wanted}", _headers(contract), idempotent=True)

    def queried(self, answer: Answer, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Finding:
        results = json_of(answer).get("results")
        if answer.status != 200 or not isinstance(results, list):
            return CannotSay(f"Infobip answered {answer.status}")
        wanted = provider_message_id or str(outgoing.id)
        found = [callbacks.said(one) for one in results if isinstance(one, dict)]
        said = tuple(_of(one, outgoing) for one in found if one.provider_message_id == wanted and one.raw_status)
        if not said:
            # The logs go back 48 hours, and may lag behind what was just taken.
            return NotFound()
        return Found(said, () if provider_message_id else (Part(wanted),))

    def verify(self, incoming: Incoming, contract: Contract, at: datetime) -> Verdict:
        """Never ``signed``: nothing here covers what became of a message."""
        params = incoming.params
        ours = same(params.get("s", ""), _signature(contract, params.get("mid", "")))
        if incoming.path.strip("/") == "status" and not ours:
            return Forged("the address is not one that we gave to Infobip")
        given = incoming.headers.get("authorization", "")
        # Whether Infobip sends the credentials of a subscription to an address given with a message is not documented.
        if contract["callback_password"] and not (ours and not given) and not same(given, _basic(contract)):
            return Forged("the user name or the password is wrong")
        return Genuine(signed=False)

    def read(self, incoming: Incoming, contract: Contract) -> Sequence[Heard | Inbound]:
        """The credentials were compared by verify(): here it counts only that there were some."""
        said = callbacks.read(incoming)
        if contract["callback_password"] and incoming.headers.get("authorization"):
            return said
        # Each address is of one message: our signature in it speaks for no other, and no report comes without it.
        message = incoming.params.get("mid", "")
        if any(isinstance(one, Heard) and one.provider_message_id != message for one in said):
            raise Garbled("a report about another message than the address is of")
        return said


def _base(contract: Contract) -> str:
    told = contract["base_url"].strip().rstrip("/")
    return told if "://" in told else f"https://{told}"


def _headers(contract: Contract) -> dict[str, str]:
    return {"Authorization": f"App {contract['api_key']}", "Accept": "application/json"}


def _minutes(outgoing: Outgoing) -> int:
    return min(max(1, math.ceil(outgoing.validity.total_seconds() / 60)), _LONGEST_VALIDITY)


def _status_url(outgoing: Outgoing, contract: Contract) -> str:
    mine = {"mid": str(outgoing.id), "s": _signature(contract, str(outgoing.id))}
    return f"{contract.hook_url}/status?{urlencode(mine)}"


def _signature(contract: Contract, message: str) -> str:
    return own_signature(contract, "infobip", message)


def _basic(contract: Contract) -> str:
    credentials = f"{contract['callback_user']}:{contract['callback_password']}".encode()
    return "Basic " + b64encode(credentials).decode()


def _of(heard: Heard, outgoing: Outgoing) -> Heard:
    return heard._replace(
        provider_message_id=heard.provider_message_id or str(outgoing.id),
        reference=str(outgoing.id),
        recipient=heard.recipient or outgoing.to,
    )


def _refusal(answer: Answer, told: dict[str, Any], outgoing: Outgoing) -> Submission:
    heard = Heard(
        TABLE,
        _UNKNOWN,
        reference=str(outgoing.id),
        recipient=number(outgoing.to),
        raw_status=str(answer.status),
        # The older form of an error is a level deeper.
        raw_error=code(told.get("errorCode")) or code(under(told, "requestError", "serviceException", "messageId")),
        raw_text=text(told.get("description")) or text(under(told, "requestError", "serviceException", "text")),
        raw=raw_of(answer),
    )
    refusal = refusal_of_status(answer, heard)
    if answer.status == 400 and isinstance(refusal, Refused):
        state = State.of(Stage.SUBMITTING, Outcome.FAILED, _named(told))
        return replace(refusal, heard=heard._replace(state=state))
    return refusal


def _named(told: dict[str, Any]) -> Reason:
    """What a bad request was bad at, by the field that it names."""
    violations = told.get("violations")
    listed = violations if isinstance(violations, list) else []
    properties = [text(under(one, "property")) for one in listed]
    return next((reason for end, reason in _NAMED for name in properties if name.endswith(end)), Reason.UNKNOWN)


ADAPTER = Infobip()
