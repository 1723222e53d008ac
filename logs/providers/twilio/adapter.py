"""Twilio Programmable Messaging, API 2010-04-01.

There is no idempotency key: after a time-out the messages to the number are listed and compared by their text. Sources:
package twilio 9.13.0; Twilio's error catalogue (429: not processed, safe to send again).
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext_lazy as _

from logs.providers.answers import (
    code,
    identifier,
    json_of,
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
    Genuine,
    NotFound,
    Part,
    Refused,
    Reply,
    Taken,
)
from logs.providers.codes import lookup
from logs.providers.events import Heard
from logs.providers.twilio import callbacks, resources, signature
from logs.providers.twilio.callbacks import TABLE
from logs.statuses import Outcome, Reason, Stage, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from logs.providers.base import Answer, Contract, Finding, Incoming, Outgoing, Submission, Verdict
    from logs.providers.events import Inbound

_HOST = "https://api.twilio.com"
_LONGEST_VALIDITY = 36_000  # seconds; also what Twilio takes where we say nothing
_LISTED = 200  # messages to one number that are looked through
_UNKNOWN = State.of(Stage.SUBMITTING, Outcome.UNKNOWN, Reason.UNKNOWN)


class Twilio(Adapter):
    name = "twilio"
    label = "Twilio"
    fields = (
        Field("account_sid", _("Account SID")),
        Field("auth_token", _("Auth token"), secret=True, help=_("Also checks the signature of what Twilio sends us.")),
        Field("api_key", _("API key SID"), required=False, help=_("To send with an API key, not with the auth token.")),
        Field("api_key_secret", _("API key secret"), secret=True, required=False),
        Field(
            "messaging_service_sid",
            _("Messaging Service SID"),
            required=False,
            help=_("Then Twilio chooses the sender where a message names none."),
        ),
        Field(
            "signature",
            _("Signature"),
            default="sha1",
            choices=(("sha1", "HMAC-SHA1"), ("sha256", "HMAC-SHA256")),
            help=_("As set up at Twilio. Nothing else is accepted then."),
        ),
        Field("webhook_key", _("Webhook key"), secret=True, required=False, help=_("The shared key of HMAC-SHA256.")),
        Field("base_url", _("API address"), required=False, default=_HOST, help=_("Another one for another region.")),
    )
    headers = (signature.HEADER, signature.SETTINGS, "content-type")
    signs = True
    can_query = True
    setup = _("Enter the address for replies at your number or Messaging Service. Statuses need nothing.")
    status_path = None
    reply_path = "/inbound"

    def submit(self, outgoing: Outgoing, contract: Contract) -> Call:
        form = {
            "To": outgoing.to,
            "From": outgoing.sender,
            "MessagingServiceSid": contract["messaging_service_sid"],
            "Body": outgoing.text,
            "StatusCallback": f"{contract.hook_url}/status?mid={outgoing.id}",
        }
        seconds = int(outgoing.validity.total_seconds())
        if seconds < _LONGEST_VALIDITY:
            form["ValidityPeriod"] = str(max(1, seconds))
        return _call("POST", _messages(contract), contract, {name: value for name, value in form.items() if value})

    def submitted(self, answer: Answer, outgoing: Outgoing, contract: Contract) -> Submission:
        told = json_of(answer)
        if 200 <= answer.status < 300:
            if not identifier(told.get("sid")):
                return unsure(answer, "Twilio took it, but gave no sid")
            heard = resources.said(told, outgoing)
            return Taken((heard,), (Part(heard.provider_message_id),))
        return _refusal(answer, told, outgoing)

    def query(self, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Call | None:
        if provider_message_id:
            return _call("GET", _message(contract, provider_message_id), contract)
        # No bounds on DateSent: a message that Twilio has not sent yet has none.
        wanted = urlencode({"To": outgoing.to, "PageSize": _LISTED})
        return _call("GET", f"{_messages(contract)}?{wanted}", contract)

    def queried(self, answer: Answer, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Finding:
        told = json_of(answer)
        if answer.status == 404 and provider_message_id:
            # It was there once, since it has an id: its record was deleted.
            return NotFound()
        if answer.status != 200 or not told:
            return CannotSay(f"Twilio answered {answer.status}")
        if not provider_message_id:
            return resources.found_by_text(told, outgoing)
        if identifier(told.get("sid")) != provider_message_id or not code(told.get("status")):
            return CannotSay("Twilio's answer is not about this message")
        return Found((resources.said(told, outgoing),))

    def cancel(self, provider_message_id: str, contract: Contract) -> Call | None:
        """Works for scheduled messages only; else Twilio answers 30409."""
        return _call("POST", _message(contract, provider_message_id), contract, {"Status": "canceled"})

    def verify(self, incoming: Incoming, contract: Contract, at: datetime) -> Verdict:
        algorithm = "sha256" if contract["signature"] == "sha256" else "sha1"
        secret = contract["webhook_key" if algorithm == "sha256" else "auth_token"]
        if not secret:
            return Forged("no key is stored that the signature could be checked with")
        if not incoming.headers.get(signature.HEADER):
            return Forged("not signed")
        if not signature.holds(incoming, secret, algorithm):
            return Forged(f"the signature does not hold (checked with HMAC-{algorithm.upper()})")
        return Genuine(signed=True)

    def read(self, incoming: Incoming, contract: Contract) -> Sequence[Heard | Inbound]:
        return callbacks.read(incoming)

    def reply(self, incoming: Incoming) -> Reply:
        """Text would be sent to the person as an SMS; this says that there is none."""
        return Reply(body=b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>', content_type="text/xml")


def _messages(contract: Contract) -> str:
    base = (contract["base_url"] or _HOST).rstrip("/")
    return f"{base}/2010-04-01/Accounts/{quote(contract['account_sid'], safe='')}/Messages.json"


def _message(contract: Contract, sid: str) -> str:
    return f"{_messages(contract).removesuffix('.json')}/{quote(sid, safe='')}.json"


def _call(method: str, url: str, contract: Contract, form: dict[str, str] | None = None) -> Call:
    user, password = contract["api_key"], contract["api_key_secret"]
    if not (user and password):
        user, password = contract["account_sid"], contract["auth_token"]
    headers = {
        "Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode(),
        "Accept": "application/json",
    }
    if form is None:
        return Call(method, url, headers, idempotent=True)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return Call(method, url, headers, urlencode(form).encode(), idempotent="Status" in form)


def _refusal(answer: Answer, told: dict[str, Any], outgoing: Outgoing) -> Submission:
    error = code(told.get("code"))
    heard = Heard(
        TABLE,
        _UNKNOWN,
        reference=str(outgoing.id),
        recipient=outgoing.to,
        raw_status=str(answer.status),
        raw_error=error,
        raw_text=text(told.get("message")),
        raw=raw_of(answer),
    )
    known = lookup(TABLE, "error", error) if error else None
    refusal = refusal_of_status(answer, heard)
    # A 5xx stays unsure whatever its code: it may come from behind the place where the message was taken.
    if known is None or not isinstance(refusal, Refused):
        return refusal
    if known.state.reason is Reason.AMBIGUOUS_SUBMIT:
        return unsure(answer)
    state = refused_state(known.state)
    heard = heard._replace(state=state)
    return Refused(heard, after=pause(answer) if state.reason is Reason.RATE_LIMITED else refusal.after)


ADAPTER = Twilio()
