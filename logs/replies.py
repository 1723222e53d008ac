"""What people write back: stored once, with the member and the message that it answers, and joined from its parts.

What a reply does (keywords, opting out) logs.answering decides right after: its effect stays 0 here.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from logs import reply_parts
from logs.appending import nested_loops
from logs.models import Reply, ReplyPart
from logs.providers.events import Inbound
from logs.providers.reading import storable
from logs.statuses import Stage, event_id
from smsadmin import phones, uuid7
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member

PATIENCE = timedelta(hours=1)  # for parts that are still out
REMEMBERED = timedelta(days=1)  # parts that were joined, so that a repeat is recognised
SHORTEST_NUMBER = 7  # digits; what is shorter is a short code
MOST_PARTS = 255


@dataclass(frozen=True, slots=True)
class Received:
    """An SMS, or a part of one, that a provider account brought. ``signed`` is a Signed value."""

    account_id: int
    provider_account_id: int
    inbound: Inbound
    signed: int
    received_at: datetime


class Answered(NamedTuple):
    """The last message to a number before a reply."""

    message_id: UUID
    template_id: int | None
    member_id: int | None


@transaction.atomic
def receive(items: Sequence[Received], *, at: datetime) -> int:
    """Store the replies that are new and whole now; returns how many those are. A repeat adds nothing."""
    if not items:
        return 0
    countries = dict(Account.objects.filter(pk__in={item.account_id for item in items}).values_list("pk", "country"))
    parted = [item for item in items if item.inbound.parts > 1]
    whole = [reply_of(item, countries[item.account_id]) for item in items if item.inbound.parts <= 1]
    if parted:
        rows = [part_of(item, countries[item.account_id]) for item in parted]
        whole += [joined(group) for group in reply_parts.add(rows, at=at)]
    return store(whole)


@transaction.atomic
def join_late_parts(*, at: datetime) -> int:
    """Join what came of texts whose other parts stayed away; forget parts that were joined long ago. Returns how many
    replies that made."""
    made = store([joined(group) for group in reply_parts.given_up(before=at - PATIENCE, at=at)])
    reply_parts.forget(before=at - REMEMBERED)
    return made


def store(replies: Sequence[Reply]) -> int:
    """Insert those that are new, with what they answer."""
    known = set(Reply.objects.filter(pk__in=[reply.pk for reply in replies]).values_list("pk", flat=True))
    new = list({reply.pk: reply for reply in replies if reply.pk not in known}.values())
    if new:
        link(new)
        Reply.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def link(replies: Sequence[Reply]) -> None:
    """Find for each the last message to that number before it, its template, and the member."""
    answered = last_messages(replies)
    members = members_of(replies)
    for n, reply in enumerate(replies):
        last = answered.get(n)
        reply.member_id = members.get((reply.account_id, reply.phone))
        if last:
            reply.message_id, reply.template_id = last.message_id, last.template_id
            reply.member_id = last.member_id or reply.member_id


def last_messages(replies: Sequence[Reply]) -> dict[int, Answered]:
    """By position: what had reached a provider by then. One step down the index for each reply."""
    with nested_loops(), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT k.n, m.id, m.template_id, m.member_id
            FROM unnest(%s::bigint[], %s::text[], %s::uuid[]) WITH ORDINALITY AS k (account_id, phone, before, n),
                 LATERAL (SELECT id, template_id, member_id FROM message
                          WHERE account_id = k.account_id AND phone = k.phone COLLATE "C" AND id < k.before
                            AND stage >= %s
                          ORDER BY id DESC LIMIT 1) AS m
            """,
            [
                [reply.account_id for reply in replies],
                [reply.phone for reply in replies],
                [uuid7.floor(reply.received_at + uuid7.MILLISECOND) for reply in replies],
                int(Stage.PROVIDER_ACCEPTED),
            ],
        )
        return {n - 1: Answered(*found) for n, *found in cursor.fetchall()}


def members_of(replies: Collection[Reply]) -> dict[tuple[int, str], int]:
    """The newest member with each number."""
    found = Member.objects.filter(
        account_id__in={reply.account_id for reply in replies},
        phone__in={reply.phone for reply in replies if phones.E164.fullmatch(reply.phone)},
    ).order_by("pk")
    return {(account, phone): pk for account, phone, pk in found.values_list("account_id", "phone", "pk")}


# ---- rows


def reply_of(item: Received, country: str) -> Reply:
    inbound = item.inbound
    return Reply(
        id=identity(item),
        account_id=item.account_id,
        provider_account_id=item.provider_account_id,
        provider_message_id=storable(inbound.provider_message_id)[:100],
        phone=number(inbound.sender, country),
        recipient=storable(inbound.recipient)[:32],
        body=storable(inbound.text),
        occurred_at=inbound.occurred_at,
        received_at=item.received_at,
        signed=item.signed,
        opt_out=inbound.opt_out,
        raw=storable(inbound.raw),
    )


def identity(item: Received) -> UUID:
    """From the provider's id where there is one; else from what tells this text from another one like it: when it was
    sent, or all that the provider said of it, within an hour. Providers repeat what failed within minutes, and who
    writes STOP again hours later means it."""
    inbound = item.inbound
    own = f"reply {item.account_id} {item.provider_account_id}"
    if inbound.provider_message_id:
        return event_id(provider=own, provider_event_id=inbound.provider_message_id)
    within = "" if inbound.occurred_at else f"{item.received_at.astimezone(UTC):%Y-%m-%d %H} {inbound.raw}"
    return event_id(
        provider=own,
        provider_message_id=inbound.recipient,
        recipient=inbound.sender,
        raw_status=inbound.text,
        raw_error=within,
        occurred_at=inbound.occurred_at,
    )


def part_of(item: Received, country: str) -> ReplyPart:
    inbound = item.inbound
    parts = min(max(inbound.parts, inbound.part), MOST_PARTS)
    return ReplyPart(
        account_id=item.account_id,
        provider_account_id=item.provider_account_id,
        phone=number(inbound.sender, country),
        recipient=storable(inbound.recipient)[:32],
        # A phone counts its long texts by recipient: the same reference to another of our numbers is another text.
        reference=short(storable(f"{inbound.recipient} {inbound.joined_by}")),
        part=min(max(inbound.part, 1), parts),
        parts=parts,
        provider_message_id=storable(inbound.provider_message_id)[:100],
        body=storable(inbound.text),
        occurred_at=inbound.occurred_at,
        received_at=item.received_at,
        signed=item.signed,
        opt_out=inbound.opt_out,
        raw=storable(inbound.raw),
    )


def short(reference: str) -> str:
    """What parts have in common, in as many characters as there is room for: cut off, two texts could be one."""
    return reference if len(reference) <= 32 else hashlib.sha256(reference.encode()).hexdigest()[:32]


def joined(group: Sequence[ReplyPart]) -> Reply:
    """One text of its parts, in their order; "…" stands for each that is missing."""
    of_part = {row.part: row for row in group}
    first = of_part[min(of_part)]
    own = f"reply {first.account_id} {first.provider_account_id}"
    said = "\n".join(reply_parts.fingerprint(of_part[part]) for part in sorted(of_part))
    return Reply(
        id=event_id(provider=own, provider_message_id=first.reference, recipient=first.phone, raw_status=said),
        account_id=first.account_id,
        provider_account_id=first.provider_account_id,
        provider_message_id=first.provider_message_id,
        phone=first.phone,
        recipient=first.recipient,
        body="".join(of_part[part].body if part in of_part else "…" for part in range(1, first.parts + 1)),
        occurred_at=min(filter(None, (row.occurred_at for row in group)), default=None),
        received_at=max(row.received_at for row in group),
        parts=first.parts,
        signed=min(row.signed for row in group),
        opt_out=any(row.opt_out for row in group),
        raw="\n".join(lines(of_part[part].raw for part in sorted(of_part))),
    )


def lines(raws: Iterable[str]) -> list[str]:
    return [raw for raw in raws if raw]


def number(sender: str, country: str) -> str:
    """E.164. Providers write numbers with their country code, mostly without a plus; what begins with 0 is a number of
    the account's country. Short codes and names stay as they are."""
    sender = storable(sender).strip()
    digits = re.sub(r"[ ().\-]", "", sender)
    if not re.fullmatch(r"\+?[0-9]+", digits) or len(digits.lstrip("+")) < SHORTEST_NUMBER:
        return sender[:20]
    spellings = [digits] if digits[0] in "+0" else [f"+{digits}", digits]
    for spelling in spellings:
        try:
            return phones.parse(spelling, country)
        except phones.ImpossiblePhone:
            continue
    return sender[:20]
