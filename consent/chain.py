"""The hash chain that makes the ledger evidence. Pure: bytes in, bytes out, and repeatable in any language.

All events of one number in one account form a chain, in the order in which they were recorded (``sequence`` 1, 2, …)::

    sealed = SHA-256(salt ‖ canonical(personal))
    digest = SHA-256(previous ‖ canonical(facts))

``previous`` is the digest of the event before, 32 zero bytes before the first; ``salt`` is 16 random bytes of the row.
*personal* holds ``phone text ip user_agent note``; *facts* all the rest: ``account at by_id by_name event evidence id
purpose recorded_at sealed sequence source version``. So whoever erases a person can take the personal part and the
salt away, and the chain still proves that nothing else was touched.

``canonical`` is JSON (RFC 8259) in UTF-8: keys sorted, no spaces, nothing escaped that need not be. Moments are in UTC
with microseconds (``2026-11-20T12:00:00.000000Z``), UUIDs in lower case with hyphens, digests in lower-case
hexadecimal, IPv6 addresses in their short form in hexadecimal (``2001:db8::1``), what is not known null.
``version`` is 1.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Protocol
from uuid import UUID

VERSION = 1
START = bytes(32)
SALT = 16  # bytes


class Link(Protocol):
    """An event, as far as the chain knows it: consent.models.ConsentEvent."""

    id: UUID
    account_id: int
    phone: str
    sequence: int
    purpose: int | None
    event: int
    source: int
    by_id: int | None
    by_name: str
    at: datetime
    recorded_at: datetime
    text: str
    ip: str | None
    user_agent: str
    evidence: UUID | None
    note: str
    salt: bytes | memoryview
    sealed: bytes | memoryview


def canonical(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def seal(link: Link) -> bytes:
    """The digest of what is personal in an event."""
    personal = {
        "phone": link.phone,
        "text": link.text,
        "ip": address(link.ip),
        "user_agent": link.user_agent,
        "note": link.note,
    }
    return hashlib.sha256(bytes(link.salt) + canonical(personal)).digest()


def digest(previous: bytes, link: Link) -> bytes:
    """The digest of an event whose personal part is sealed, after the one before it."""
    facts = {
        "version": VERSION,
        "account": link.account_id,
        "id": str(link.id),
        "sequence": int(link.sequence),
        "purpose": None if link.purpose is None else int(link.purpose),
        "event": int(link.event),
        "source": int(link.source),
        "by_id": link.by_id,
        "by_name": link.by_name,
        "at": moment(link.at),
        "recorded_at": moment(link.recorded_at),
        "evidence": None if link.evidence is None else str(link.evidence),
        "sealed": bytes(link.sealed).hex(),
    }
    return hashlib.sha256(bytes(previous) + canonical(facts)).digest()


def address(ip: str | None) -> str | None:
    """In its short form: PostgreSQL writes some in another one."""
    return str(ip_address(ip)) if ip else None


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
