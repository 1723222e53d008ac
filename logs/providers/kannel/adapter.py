"""Kannel, the gateway that one runs oneself, and through it any operator that speaks SMPP.

Sending is a POST to smsbox's sendsms with everything but the text in headers, so that no password and no text stands
in an address or in an access log. Kannel gives a message no id: our own id travels in the dlr-url, with our signature
over it, since Kannel signs nothing. docs/providers/kannel.md has a tested configuration and tells what Kannel can and
cannot promise.

Sources: Kannel 1.4.5, its user guide and gw/smsbox.c; measurements with a real Kannel and a simulated SMSC.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from logs.providers.base import (
    Adapter,
    Call,
    Field,
    Forged,
    Garbled,
    Genuine,
    Refused,
    Taken,
    Unsure,
    own_signature,
    provider_fault,
    same,
)
from logs.providers.codes import resolve
from logs.providers.events import Heard
from logs.providers.kannel import receipts, replies
from logs.providers.reading import decoded, epoch, raw_fields
from logs.statuses import Outcome, Reason, Stage, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from logs.providers.base import Answer, Contract, Incoming, Outgoing, Submission, Verdict
    from logs.providers.events import Inbound

# Kannel fills these in: kind, the SMSC's id, an id of this very callback, the SMSC's name, when, the SMSC's answer,
# and the error of a receipt that has no text. The rest of the address is ours.
_ESCAPES = "d=%d&fid=%F&ev=%I&smsc=%i&ts=%T&a=%A&e=%#smpp#dlr_err#"
_EVERY_KIND = "31"
_UCS_2, _GSM_7 = "2", "0"
_SENDER = re.compile(r"[ -~]{1,20}")
_LONGEST_RAW = 4000  # characters

_DENIED = State.of(Stage.SUBMITTING, Outcome.BLOCKED, Reason.BLOCKLIST_PROVIDER)
_NO_SENDER = State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.SENDER_REJECTED)


class Kannel(Adapter):
    name = "kannel"
    label = "Kannel"
    fields = (
        Field(
            "url",
            _("Address of sendsms"),
            default="http://127.0.0.1:13013/cgi-bin/sendsms",
            help=_("Of the smsbox. Over another machine's network only with https."),
        ),
        Field("username", _("User name"), help=_("Of a group sendsms-user.")),
        Field("password", _("Password"), secret=True),
        Field("smsc", _("SMSC"), required=False, help=_("An smsc-id, where Kannel shall not choose by itself.")),
    )
    # sendsms-user's max-messages in the documented configuration: Kannel cuts longer texts without a word.
    longest = 10
    setup = _(
        "Set http-request-retry, or Kannel forgets a status that we could not take at once. Replies come from the "
        "get-url of an sms-service. The documentation has a complete configuration that was tested."
    )
    status_path = None
    reply_path = "/reply?id=%I&from=%p&to=%P&text=%b&smsc=%i&ts=%T&charset=%C&udh=%u"

    def submit(self, outgoing: Outgoing, contract: Contract) -> Call:
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-Username": contract["username"],
            "X-Kannel-Password": contract["password"],
            # Without the plus Kannel takes a number for a national one.
            "X-Kannel-To": outgoing.to,
            # Left to itself Kannel writes "?" for what GSM-7 does not have.
            "X-Kannel-Coding": _UCS_2 if outgoing.unicode else _GSM_7,
            "X-Kannel-Validity": str(max(1, math.ceil(outgoing.validity.total_seconds() / 60))),
            "X-Kannel-DLR-Mask": _EVERY_KIND,
            "X-Kannel-DLR-Url": _dlr_url(outgoing, contract),
        }
        # Kannel trusts a sender as it is. One that no header can hold is left out: Kannel refuses that, and says so.
        if _SENDER.fullmatch(outgoing.sender):
            headers["X-Kannel-From"] = outgoing.sender
        if contract["smsc"]:
            headers["X-Kannel-SMSC"] = contract["smsc"]
        return Call("POST", contract["url"], headers, outgoing.text.encode("utf-8", "replace"))

    def submitted(self, answer: Answer, outgoing: Outgoing, contract: Contract) -> Submission:
        text = answer.text.strip()
        if answer.status == 202 and text[:2] in ("0:", "3:"):
            return Taken((_said(answer, outgoing, f"202 {text[:2]}", ""),))
        if answer.status == 403 and "authorization" in text.casefold():
            return provider_fault(
                Reason.AUTH_ERROR, answer, table="kannel_http", outgoing=outgoing, code="403", text=text
            )
        # smsbox answers 503 itself when bearerbox did not take it. A 5xx without these words is of something between.
        if 400 <= answer.status < 500 or (answer.status == 503 and text.startswith("Temporal failure")):
            return Refused(_said(answer, outgoing, "", str(answer.status), _state_of_refusal(text)))
        return Unsure(f"Kannel answered {answer.status} in words that we do not know", answer.text[:_LONGEST_RAW])

    def verify(self, incoming: Incoming, contract: Contract, at: datetime) -> Verdict:
        """Kannel signs nothing, and our own signature in the dlr-url covers the message but not what became of it."""
        if _is_reply(incoming):
            return Genuine(signed=False)
        fields = raw_fields(incoming.query)
        reference, segments = decoded(fields.get("id", b"")), decoded(fields.get("n", b""))
        if not same(decoded(fields.get("s", b"")), _signature(contract, reference, segments)):
            return Forged("the dlr-url is not one that we gave to Kannel")
        return Genuine(signed=False)

    def read(self, incoming: Incoming, contract: Contract) -> Sequence[Heard | Inbound]:
        fields, raw = raw_fields(incoming.query), decoded(incoming.query)[:_LONGEST_RAW]
        if _is_reply(incoming):
            return (replies.inbound(fields, raw),)
        kind = decoded(fields.get("d", b""))
        if kind not in receipts.KINDS:
            raise Garbled(f"Kannel has no kind of receipt {kind[:20]!r}")
        if not fields.get("id"):
            raise Garbled("a receipt without our id")
        told = receipts.told(kind, fields.get("a", b""), fields.get("e", b""))
        return (
            Heard(
                told.table,
                told.state,
                provider_message_id=decoded(fields.get("fid", b"")),
                reference=decoded(fields["id"]),
                raw_status=told.status,
                raw_error=told.error,
                raw_text=told.text[:500],
                raw=raw,
                provider_event_id=decoded(fields.get("ev", b"")),
                occurred_at=epoch(fields.get("ts", b"")),
                # Kannel asks for a receipt of the first part only. Should it be told later, or have been told before,
                # that another part was refused, then that counts.
                soft=kind == "1" and decoded(fields.get("n", b"")) not in ("", "1"),
            ),
        )


def _dlr_url(outgoing: Outgoing, contract: Contract) -> str:
    reference, segments = str(outgoing.id), str(outgoing.segments)
    ours = urlencode({"id": reference, "n": segments, "s": _signature(contract, reference, segments)})
    return f"{contract.hook_url}/receipt?{ours}&{_ESCAPES}"


def _signature(contract: Contract, reference: str, segments: str) -> str:
    return own_signature(contract, "kannel", reference, segments)


def _is_reply(incoming: Incoming) -> bool:
    return incoming.path.strip("/") == "reply"


def _state_of_refusal(text: str) -> State | None:
    """Kannel's own words, where they say more than the number; None: the number's."""
    if "black-lists" in text:
        return _DENIED
    return _NO_SENDER if text.startswith("Sender missing") else None


def _said(answer: Answer, outgoing: Outgoing, status: str, error: str, state: State | None = None) -> Heard:
    return Heard(
        "kannel_http",
        state or resolve("kannel_http", status or None, error or None),
        reference=str(outgoing.id),
        recipient=outgoing.to,
        raw_status=status or str(answer.status),
        raw_error=error,
        raw_text=answer.text[:500],
        raw=answer.text[:_LONGEST_RAW],
    )


ADAPTER = Kannel()
