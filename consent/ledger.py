"""The one door to consent: what happened is added to the ledger, and where consent then stands is kept with it.

Nothing is ever changed or taken away. Whoever adds to a number's chain holds its row of ConsentChain until the
transaction ends, so chains never fork; many numbers are taken in one order, so two imports never wait in a circle.
"""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from consent import chain, current, kept
from consent.models import ConsentEvent
from consent.proof import verify
from consent.replay import Standing, status_after
from consent.vocabulary import Event, Purpose, Source, Status
from smsadmin import uuid7
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User

__all__ = [
    "Event", "Happening", "Purpose", "Source", "Standing", "Status", "as_of", "record", "record_many", "standings",
    "verify",
]  # fmt: skip

EVENT_COLUMNS = {
    "id": "uuid", "account_id": "bigint", "phone": "text", "sequence": "int", "purpose": "smallint", "event":
    "smallint", "source": "smallint", "by_id": "bigint", "by_name": "text", "at": "timestamptz", "recorded_at":
    "timestamptz", "text": "text", "ip": "inet", "user_agent": "text", "evidence": "uuid", "note": "text", "salt":
    "bytea", "sealed": "bytea", "previous": "bytea", "digest": "bytea",
}  # fmt: skip
LONGEST_USER_AGENT = 1000  # characters
CAME_BACK = "Kept from before this number was erased."


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to the consent of a number. ``purpose`` None means all purposes; ``text`` is exactly
    what the person was shown or wrote; ``recorded_at``: when we heard of it, where that was not now."""

    phone: str
    purpose: int | None
    event: int
    source: int
    at: datetime
    text: str = ""
    ip: str | None = None
    user_agent: str = ""
    evidence: UUID | None = None
    note: str = ""
    recorded_at: datetime | None = None


def record(
    *,
    account: Account,
    phone: str,
    purpose: int | None,
    event: int,
    source: int,
    by: User | None,
    at: datetime,
    text: str = "",
    ip: str | None = None,
    user_agent: str = "",
    evidence: UUID | None = None,
    note: str = "",
    recorded_at: datetime | None = None,
) -> ConsentEvent:
    """Add what happened at ``at`` to one number (E.164); for several numbers in one transaction there is `record_many`.

    ``by`` is None where the person or the product did it.

    What is done by hand leaves a line in the audit log too, without the number, which a person may ask us to forget.
    Raises ValueError for a word that the ledger does not know, IntegrityError for what is no E.164 number.
    """
    happening = Happening(phone, purpose, event, source, at, text, ip, user_agent, evidence, note)
    with transaction.atomic():
        (row,) = record_many(account=account, items=[happening], by=by, recorded_at=recorded_at)
        if by is not None:
            facts = {"event": row.event, "source": row.source, "purpose": row.purpose}
            audit.record(
                account=account,
                by=by,
                at=row.recorded_at,
                verb="consent.recorded",
                object_type="consent_event",
                object_id=row.pk,
                **facts,
            )
    return row


def record_many(
    *,
    account: Account,
    items: Sequence[Happening],
    by: User | None,
    by_name: str = "",
    recorded_at: datetime | None = None,
) -> list[ConsentEvent]:
    """Add many at once, in the order given; call it once in a transaction. The audit line is the caller's: one for a
    file.

    What claims to have happened after ``recorded_at`` (now, if not given) is dated to it: a file with a date in the
    future must not outlast the opt-outs until then. ``by_name`` is what told us, where no person did (an SMS_USER).
    Raises as `record` does; then nothing is written.
    """
    if not items:
        return []
    recorded_at = recorded_at or timezone.now()
    with transaction.atomic():
        ends = chain_ends(account, {item.phone for item in items})
        back = [linked(account, item, ends, None, recorded_at) for item in come_back(account, ends.new)]
        rows = [linked(account, item, ends, by, recorded_at, by_name) for item in items]
        insert([*back, *rows])
        move_ends(account, ends)
        current.update(account, [*back, *rows], ends.new, recorded_at)
    return rows


def come_back(account: Account, new: Collection[str]) -> list[Happening]:
    """A number that comes back after its person was forgotten begins with the refusal that was kept of it, so that
    whatever is said of it now meets that, by the same rule as always."""
    found = kept.refusals(account=account, phones=new) if new else {}
    return [
        Happening(
            phone,
            row.purpose,
            Event.DENIED if row.status == Status.DENIED else Event.OPTED_OUT,
            row.source,
            row.since,
            evidence=row.erasure_id,
            note=CAME_BACK,
        )
        for phone, rows in found.items()
        for row in rows
    ]


class Ends(dict[str, tuple[int, bytes]]):
    """Of each number: how long its chain is, and the digest at its end. ``new`` are those without a chain before."""

    new: frozenset[str] = frozenset()


def chain_ends(account: Account, phones: Collection[str]) -> Ends:
    """The ends of these chains, begun where there were none, and held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO consent_chain AS c (account_id, phone, length, digest) "
            'SELECT %s, phone, 0, %s FROM unnest(%s::text[]) AS phone ORDER BY phone COLLATE "C" '
            "ON CONFLICT (account_id, phone) DO UPDATE SET length = c.length RETURNING phone, length, digest",
            [account.pk, chain.START, list(phones)],
        )
        ends = Ends({phone: (length, bytes(digest)) for phone, length, digest in cursor.fetchall()})
    ends.new = frozenset(phone for phone, (length, _digest) in ends.items() if length == 0)
    return ends


def insert(rows: Sequence[ConsentEvent]) -> None:
    """Arrays of columns: thousands of rows cost a fraction of what they would as thousands of lists of values."""
    arrays = ", ".join(f"%s::{kind}[]" for kind in EVENT_COLUMNS.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO consent_event ({', '.join(EVENT_COLUMNS)}) SELECT * FROM unnest({arrays})",
            [[getattr(row, name) for row in rows] for name in EVENT_COLUMNS],
        )


def move_ends(account: Account, ends: Ends) -> None:
    phones, values = list(ends), ends.values()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consent_chain c SET length = n.length, digest = n.digest "
            "FROM unnest(%s::text[], %s::int[], %s::bytea[]) AS n (phone, length, digest) "
            "WHERE c.account_id = %s AND c.phone = n.phone",
            [phones, [length for length, _ in values], [digest for _, digest in values], account.pk],
        )


def linked(
    account: Account, item: Happening, ends: Ends, by: User | None, recorded_at: datetime, by_name: str = ""
) -> ConsentEvent:
    """The next link of the number's chain, which ends with it from now on."""
    length, previous = ends[item.phone]
    recorded_at = item.recorded_at or recorded_at
    row = ConsentEvent(
        id=uuid7.make(recorded_at),
        account=account,
        phone=item.phone,
        sequence=length + 1,
        purpose=None if item.purpose is None else Purpose(item.purpose),
        event=Event(item.event),
        source=Source(item.source),
        by_id=by.pk if by else None,
        by_name=by.email if by else by_name,
        at=min(item.at, recorded_at),
        recorded_at=recorded_at,
        text=storable(item.text),
        ip=item.ip.partition("%")[0] if item.ip else None,  # no database address has a zone
        user_agent=storable(item.user_agent)[:LONGEST_USER_AGENT],
        evidence=item.evidence,
        note=storable(item.note),
        salt=os.urandom(chain.SALT),
        previous=previous,
    )
    row.sealed = chain.seal(row)
    row.digest = chain.digest(previous, row)
    ends[item.phone] = (row.sequence, row.digest)
    return row


def storable(text: str) -> str:
    """The text without what no database text can hold: NUL and half surrogate pairs become U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# A row without a number says that the account once forgot somebody.
STANDINGS = """
SELECT phone, status, since, source FROM consent_status
WHERE account_id = %(account)s AND purpose = %(purpose)s AND phone = ANY(%(phones)s)
UNION ALL
SELECT NULL, NULL, NULL, NULL WHERE EXISTS (SELECT FROM consent_kept WHERE account_id = %(account)s)
"""


def standings(*, account: Account, phones: Collection[str], purpose: int) -> dict[str, Standing]:
    """Where consent of these numbers stands now. A number of which nothing is known is absent; one whose person was
    forgotten still stands refused, until it comes back. One query; one more where the account forgot anybody."""
    values: dict[str, Any] = {"account": account.pk, "purpose": int(purpose), "phones": list(phones)}
    with connection.cursor() as cursor:
        cursor.execute(STANDINGS, values)
        rows = cursor.fetchall()
    found = {phone: Standing(Status(status), since, source) for phone, status, since, source in rows if phone}
    forgot_anybody = len(found) < len(rows)
    missing = [phone for phone in phones if phone not in found] if forgot_anybody else []
    return {**found, **kept.standings(account=account, phones=missing, purpose=purpose)} if missing else found


def as_of(
    *, account: Account, phone: str, purpose: int, at: datetime, known_at: datetime | None = None
) -> Standing | None:
    """Where consent stood at ``at``, by all that we know today, or by what we knew at ``known_at``."""
    events = ConsentEvent.objects.filter(Q(purpose=purpose) | Q(purpose=None), account=account, phone=phone, at__lte=at)
    if known_at is not None:
        events = events.filter(recorded_at__lte=known_at)
    return status_after(events.only("event", "source", "at", "sequence").order_by("sequence"))
