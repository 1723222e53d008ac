"""Reads an SMS that Kannel hands on to its sms-service's get-url. Pure, over bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logs.providers.base import Garbled
from logs.providers.events import Inbound
from logs.providers.reading import decoded, epoch, storable

if TYPE_CHECKING:
    from collections.abc import Mapping

# %C as smsbox writes it. Kannel itself recodes to UTF-8 with ``mo-recode``; without, UCS-2 comes as it is.
_CHARSETS = {"utf-16be": "utf-16-be", "utf-16": "utf-16", "iso-8859-1": "latin-1", "windows-1252": "cp1252"}

# Information elements of 3GPP TS 23.040 §9.2.3.24: joined texts, with a reference of one or of two bytes.
_JOINED = {0x00: 1, 0x08: 2}


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of which text."""

    reference: str
    part: int
    parts: int


def inbound(fields: Mapping[str, bytes], raw: str) -> Inbound:
    """The SMS. Raises Garbled without a sender or a text."""
    sender = _number(fields.get("from", b""))
    if not sender or "text" not in fields:
        raise Garbled("a reply without from or text")
    place = _place(fields.get("udh", b""))
    return Inbound(
        sender=sender,
        recipient=_number(fields.get("to", b"")),
        text=_text(fields["text"], decoded(fields.get("charset", b""))),
        provider_message_id=decoded(fields.get("id", b"")),
        occurred_at=epoch(fields.get("ts", b"")),
        joined_by=place.reference if place else "",
        part=place.part if place else 1,
        parts=place.parts if place else 1,
        raw=raw,
    )


def _text(data: bytes, charset: str) -> str:
    codec = _CHARSETS.get(charset.casefold())
    return storable(data.decode(codec, "replace")) if codec else decoded(data)


def _number(data: bytes) -> str:
    """A plus sign that was not escaped has become a blank."""
    text = decoded(data)
    return f"+{text.strip()}" if text.startswith(" ") and text.strip().isdigit() else text.strip()


def _place(header: bytes) -> Place | None:
    """Kannel joins what belongs together. A part comes alone where the others did not come in time."""
    at = 1
    while at + 2 <= len(header):
        kind, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        width = _JOINED.get(kind)
        if width and len(value) == length == width + 2:
            parts, part = value[width], value[width + 1]
            return Place(value[:width].hex(), part, parts) if 1 <= part <= parts and parts > 1 else None
        at += 2 + length
    return None
