"""Reads what smsmode's older HTTP API calls back: fields of a query or a form, their text in ISO-8859-15.

The addresses of such callbacks are set at smsmode (``notification_url``), so that an installation which came from that
API still gets them, for messages that something else sent. Nothing signs these addresses, so that they never speak for
a message of ours by our own id. Sources: support.smsmode.com and third-party clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logs.providers.answers import our_id
from logs.providers.base import Garbled
from logs.providers.codes import resolve
from logs.providers.events import Heard, Inbound
from logs.providers.reading import decoded, raw_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logs.providers.base import Incoming

_CHARSET = "iso-8859-15"
_LONGEST_RAW = 4000  # characters


def read(incoming: Incoming) -> Heard | Inbound:
    """A receipt or a reply. Raises Garbled."""
    fields = {name: decoded(value, _CHARSET).strip() for name, value in _fields(incoming).items()}
    raw = decoded(incoming.body or incoming.query, _CHARSET)[:_LONGEST_RAW]
    if fields.get("statut"):
        return _receipt(fields, raw)
    if "message" in fields:
        return _reply(fields, raw)
    raise Garbled("neither a statut nor a message")


def _fields(incoming: Incoming) -> Mapping[str, bytes]:
    return {**raw_fields(incoming.query), **raw_fields(incoming.body)}


def _receipt(fields: Mapping[str, str], raw: str) -> Heard:
    """``date_reception`` has minutes and no zone: it is evidence, but no time."""
    reference = fields.get("refClient", "")
    if our_id(reference):
        reference = ""
    if not fields.get("smsID") and not reference:
        raise Garbled("a receipt without smsID or a refClient that is not ours")
    return Heard(
        "smsmode_legacy",
        resolve("smsmode_legacy", fields["statut"]),
        # One campaign may go to many numbers under one id.
        provider_message_id=fields.get("smsID", ""),
        reference=reference,
        recipient=fields.get("numero", ""),
        raw_status=fields["statut"],
        raw=raw,
    )


def _reply(fields: Mapping[str, str], raw: str) -> Inbound:
    if not fields.get("numero"):
        raise Garbled("a reply without numero")
    return Inbound(
        sender=fields["numero"],
        recipient=fields.get("emetteur", ""),
        text=fields["message"],
        provider_message_id=fields.get("responseID", ""),
        raw=raw,
    )
