"""The evidence pack of one number: everything that the ledger holds of it, so that somebody who does not trust us can
check it. A PDF to read; a ZIP with that, the events as CSV and JSON, and the checksums of all."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from consent import chain, evidence_pdf, history
from consent.history import History
from consent.models import ConsentEvent
from consent.vocabulary import Event, Purpose, Source
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User
from smsadmin.phones import E164

HOW = (
    "sealed = SHA-256(salt + canonical(personal)); digest = SHA-256(previous + canonical(facts)). personal: phone, "
    "text, ip, user_agent, note. facts: account, at, by_id, by_name, event, evidence, id, purpose, recorded_at, "
    "sealed, sequence, source, version (1). canonical: JSON in UTF-8, keys sorted, no spaces, nothing escaped. "
    "previous of the first event: 32 zero bytes. salt, sealed, previous and digest stand here in hexadecimal."
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class NothingKnown(LookupError):
    """The ledger has no event of this number."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A file: its name, its type and what is in it."""

    name: str
    content_type: str
    content: bytes


def make(*, account: Account, phone: str, kind: str, by: User, at: datetime) -> Pack:
    """The pack as "pdf" or "zip", and its line in the audit log. Raises NothingKnown, KeyError for another format."""
    write = FORMATS[kind]
    found = history.of(account=account, phone=phone)
    if not found.events or not E164.fullmatch(phone):
        raise NothingKnown(phone)
    with transaction.atomic():
        pack = write(found, by, at)
        audit.record(
            account=account,
            by=by,
            at=at,
            verb="consent.evidence_made",
            object_type="consent_event",
            object_id=found.events[-1].pk,
            format=kind,
            events=len(found.events),
            holds=not found.broken,
            sha256=hashlib.sha256(pack.content).hexdigest(),
        )
    return pack


def pdf(found: History, by: User, at: datetime) -> Pack:
    return Pack(f"{stem(found, at)}.pdf", "application/pdf", evidence_pdf.draw(found, by, at))


def zipped(found: History, by: User, at: datetime) -> Pack:
    files = {
        "evidence.pdf": evidence_pdf.draw(found, by, at),
        "events.csv": as_csv(found).encode("utf-8-sig"),
        "events.json": as_json(found, by, at).encode(),
    }
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, "SHA256SUMS": sums.encode()}.items():
            archive.writestr(name, content)
    return Pack(f"{stem(found, at)}.zip", "application/zip", made.getvalue())


FORMATS: dict[str, Callable[[History, User, datetime], Pack]] = {"pdf": pdf, "zip": zipped}


def stem(found: History, at: datetime) -> str:
    return f"consent-{found.account.slug}-{found.phone.removeprefix('+')}-{at:%Y%m%dT%H%M%SZ}"


def as_json(found: History, by: User, at: datetime) -> str:
    """All that the digests are made of: who has this file alone can make them again."""
    whole = {
        "account": found.account.name,
        "account_id": found.account.pk,
        "phone": found.phone,
        "made_at": chain.moment(at),
        "made_by": by.email,
        "holds": not found.broken,
        "broken": [{"sequence": link.sequence, "why": link.why} for link in found.broken],
        "last_digest": found.last_digest,
        "how": HOW,
        "events": [facts(event) for event in found.events],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def facts(event: ConsentEvent) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "id": str(event.pk),
        "account": event.account_id,
        "phone": event.phone,
        "purpose": event.purpose,
        "purpose_label": str(Purpose(event.purpose).label) if event.purpose else "all",
        "event": event.event,
        "event_label": str(Event(event.event).label),
        "source": event.source,
        "source_label": str(Source(event.source).label),
        "by_id": event.by_id,
        "by_name": event.by_name,
        "at": chain.moment(event.at),
        "recorded_at": chain.moment(event.recorded_at),
        "text": event.text,
        "ip": chain.address(event.ip),
        "user_agent": event.user_agent,
        "evidence": str(event.evidence) if event.evidence else None,
        "note": event.note,
        **{name: bytes(getattr(event, name)).hex() for name in ("salt", "sealed", "previous", "digest")},
    }


def as_csv(found: History) -> str:
    made = io.StringIO()
    rows = [facts(event) for event in found.events]
    writer = csv.DictWriter(made, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows({name: guarded(value) for name, value in row.items()} for row in rows)
    return made.getvalue()


def guarded(value: Any) -> Any:
    """A spreadsheet takes it for text, whatever somebody wrote to us."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
