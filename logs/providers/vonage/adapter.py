"""Vonage SMS API (rest.nexmo.com), and its Reports API to ask what became of a message.

A text of several parts has an id, a price and a receipt for each part. A refusal comes with HTTP 200. Sources: packages
vonage-sms 1.2.0 and vonage-http-client 1.5.2, Nexmo/api-specification@ad04200, Vonage's guide to the Reports API.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from logs.providers.answers import (
    amount,
    code,
    currency,
    identifier,
    json_of,
    number,
    our_id,
    raw_json,
    text,
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
)
from logs.providers.codes import resolve
from logs.providers.events import Heard
from logs.providers.reading import epoch, iso
from logs.providers.vonage import callbacks, signature, submissions
from logs.providers.vonage.callbacks import CURRENCY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from logs.providers.base import Answer, Contract, Finding, Incoming, Outgoing, Submission, Verdict
    from logs.providers.events import Inbound

_HOST, _REPORTS_HOST = "https://rest.nexmo.com", "https://api.nexmo.com"
_SHORTEST, _LONGEST = 20_000, 604_800_000  # milliseconds that a message may be valid
_LONGEST_CALLBACK = 100
_AGE = 15  # minutes


class Vonage(Adapter):
    name = "vonage"
    label = "Vonage SMS"
    fields = (
        Field("api_key", _("API key")),
        Field("api_secret", _("API secret"), secret=True),
        Field(
            "signature_secret",
            _("Signature secret"),
            secret=True,
            required=False,
            help=_("Where Vonage signs what it sends us. Nothing unsigned is accepted then."),
        ),
        Field(
            "signature_method",
            _("Signature method"),
            default="md5hash",
            choices=(
                ("md5hash", "MD5 hash"),
                ("md5", "MD5 HMAC"),
                ("sha1", "SHA-1 HMAC"),
                ("sha256", "SHA-256 HMAC"),
                ("sha512", "SHA-512 HMAC"),
            ),
        ),
        Field(
            "signature_age",
            _("Age of a signature"),
            required=False,
            default=str(_AGE),
            help=_("Minutes after which what was signed is not accepted any more."),
        ),
        Field("base_url", _("API address"), required=False, default=_HOST),
        Field("reports_url", _("Address of the Reports API"), required=False, default=_REPORTS_HOST),
    )
    headers = ("content-type",)
    signs = True
    can_query = True
    setup = _("Enter both addresses in the API settings of your Vonage account, and let Vonage sign with your method.")
    status_path = "/status"
    reply_path = "/inbound"

    def submit(self, outgoing: Outgoing, contract: Contract) -> Call:
        valid = outgoing.validity // timedelta(milliseconds=1)
        form = {
            "from": outgoing.sender.removeprefix("+"),
            "to": outgoing.to.removeprefix("+"),
            "text": outgoing.text,
            "type": "unicode" if outgoing.unicode else "text",
            "ttl": str(min(max(valid, _SHORTEST), _LONGEST)),
            "status-report-req": "1",
            "client-ref": str(outgoing.id),
        }
        callback = f"{contract.hook_url}/status"
        # A longer one is refused; then receipts come to the address in the account's settings.
        if len(callback) <= _LONGEST_CALLBACK:
            form["callback"] = callback
        headers = _headers(contract) | {"Content-Type": "application/x-www-form-urlencoded"}
        return Call("POST", f"{_base(contract, 'base_url', _HOST)}/sms/json", headers, urlencode(form).encode())

    def submitted(self, answer: Answer, outgoing: Outgoing, contract: Contract) -> Submission:
        return submissions.read(answer, outgoing)

    def query(self, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Call | None:
        """By id only. To find a record by our reference Vonage wants a period, and has the record minutes later."""
        if not provider_message_id:
            return None
        wanted = {
            "account_id": contract["api_key"],
            "product": "SMS",
            "direction": "outbound",
            "id": provider_message_id,
        }
        url = f"{_base(contract, 'reports_url', _REPORTS_HOST)}/v2/reports/records?{urlencode(wanted)}"
        return Call("GET", url, _headers(contract), idempotent=True)

    def queried(self, answer: Answer, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Finding:
        records = json_of(answer).get("records")
        if answer.status != 200 or not isinstance(records, list):
            return CannotSay(f"Vonage answered {answer.status}")
        found = [one for one in records if isinstance(one, dict) and _is_that(one, provider_message_id)]
        if not found:
            return NotFound()
        said = tuple(_record(one, outgoing) for one in found if code(one.get("status")))
        return Found(said) if said else CannotSay("Vonage has no status yet")

    def verify(self, incoming: Incoming, contract: Contract, at: datetime) -> Verdict:
        secret = contract["signature_secret"]
        if not secret:
            return Genuine(signed=False)
        try:
            fields = callbacks.fields_of(incoming)
        except Garbled as error:
            return Forged(f"not signed: {error}")
        if not fields:
            return Genuine(signed=False)  # Vonage trying the address out; it says nothing
        method = contract["signature_method"] or "md5hash"
        if method not in signature.METHODS or not signature.holds(fields, secret, method):
            return Forged(f"the signature does not hold (checked with {method})" if "sig" in fields else "not signed")
        # What is sent again within this time is the same event, which is kept once: so no nonces are kept.
        signed_at = epoch(fields.get("timestamp"))
        if signed_at is None or abs(at - signed_at) > _longest_age(contract):
            return Forged("signed too long ago, or the clocks differ")
        return Genuine(signed=True)

    def read(self, incoming: Incoming, contract: Contract) -> Sequence[Heard | Inbound]:
        return callbacks.read(incoming)


def _base(contract: Contract, name: str, default: str) -> str:
    return (contract[name] or default).rstrip("/")


def _headers(contract: Contract) -> dict[str, str]:
    credentials = f"{contract['api_key']}:{contract['api_secret']}".encode()
    return {"Authorization": "Basic " + b64encode(credentials).decode(), "Accept": "application/json"}


def _longest_age(contract: Contract) -> timedelta:
    told = contract["signature_age"].strip()
    return timedelta(minutes=int(told) if told.isascii() and told.isdigit() and 0 < len(told) < 5 else _AGE)


def _is_that(record: dict[str, Any], message: str) -> bool:
    return identifier(record.get("message_id")) == message


def _record(record: dict[str, Any], outgoing: Outgoing) -> Heard:
    """A record of the Reports API speaks the words of a receipt."""
    status, error = code(record.get("status")), code(record.get("error_code"))
    price = amount(record.get("total_price"))
    return Heard(
        callbacks.TABLE,
        resolve(callbacks.TABLE, status, error or None),
        provider_message_id=identifier(record.get("message_id")),
        reference=our_id(record.get("client_ref")) or str(outgoing.id),
        recipient=number(record.get("to")) or outgoing.to,
        raw_status=status,
        raw_error=error,
        raw_text=text(record.get("error_code_description")),
        raw=raw_json(record),
        occurred_at=iso(record.get("date_finalized")),
        price=price,
        currency=(currency(record.get("currency")) or CURRENCY) if price is not None else "",
    )


ADAPTER = Vonage()
