"""The one door to the block list: which numbers rest, and why.

True to the second by the clock alone, no job needed (blocklist.resting says what holds at the very boundaries).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from blocklist import holding
from blocklist.failures import Delivery, record_deliveries, record_failures
from blocklist.holding import Word
from blocklist.lifting import MayNotLift, lift, lift_some, may_lift, tell, undo_lift
from blocklist.models import BlockEntry
from blocklist.policy import REASONS, Scope
from blocklist.resting import Failure, Rest
from smsadmin.accounts.models import Account, User

__all__ = [
    "AlreadyOver", "Block", "Delivery", "Failure", "MayNotLift", "Stop", "Word", "active_for", "block", "block_many",
    "lift", "lift_some", "may_lift", "record_deliveries", "record_failures", "undo_lift",
]  # fmt: skip


class AlreadyOver(ValueError):
    """A block that would end before it begins."""


@dataclass(frozen=True, slots=True)
class Block:
    """An entry, as an account may know it: of a global one it never says which other account caused it, nor what
    somebody noted there."""

    id: int
    scope: Literal["global", "account"]
    code: int | None
    reason: str
    since: datetime
    until: datetime | None


def active_for(
    *, account: Account, phones: Collection[str], kind: int, at: datetime, without: int | None = None
) -> dict[str, Block]:
    """The numbers among these that may not be texted for this kind at ``at``, by one query. Where several entries
    hold, the global one is told, then the one that lasts longest; ``without`` one of them, as if it were not there."""
    entries = (
        BlockEntry.objects.holding(at)
        .filter(Q(account=account) | Q(account=None), Q(kind=None) | Q(kind=kind), intercepted_at__lte=at)
        # An array, not an IN list: the database would take longer to parse thousands of values than to look them up.
        .extra(where=["phone = ANY(%s)"], params=[list(phones)])
        .values_list("phone", "id", "scope", "code", "origin", "note", "intercepted_at", "expires_at")
    )
    if without is not None:
        entries = entries.exclude(pk=without)
    words, found = reasons(), dict[str, Block]()
    for phone, pk, scope, code, origin, note, since, until in entries:
        reason = words[code if origin == BlockEntry.Origin.POLICY else None]
        told = Block(pk, scope, code, note if note and scope == "account" else reason, since, until)
        found[phone] = max(found[phone], told, key=weight) if phone in found else told
    return found


def weight(told: Block) -> tuple[bool, bool, float]:
    return told.scope == "global", told.until is None, told.until.timestamp() if told.until else 0.0


def reasons() -> dict[int | None, str]:
    """Of each code, and of a person's word (None), in the language of who asks: looked up once, not once a number."""
    return {**{code: str(reason) for code, reason in REASONS.items()}, None: _("Blocked by hand")}


def block(
    *,
    account: Account | None,
    phone: str,
    scope: str,
    until: datetime | None,
    note: str,
    by: User | None,
    at: datetime,
    kind: int | None = None,
) -> BlockEntry:
    """Stop a number from ``at`` on, until then or for ever; ``kind`` marketing, or None for everything.

    ``account`` is whose people say so; a global entry holds for all accounts, and an operator's may have none. Takes
    the place of an entry that is there, and is never shorter than it. Raises AlreadyOver, ValueError for an unknown
    scope or an entry for no account, IntegrityError for what is no E.164 number.
    """
    if until is not None and until <= at:
        raise AlreadyOver(until)
    if Scope(scope) is Scope.ACCOUNT and account is None:
        raise ValueError("an entry for an account needs one")
    source = account.pk if account else None
    key = (phone, None if Scope(scope) is Scope.GLOBAL else source, kind)
    rest = Rest(None, source, None, None, since=at, until=until, seen_at=at)
    word = Word(BlockEntry.Origin.PERSON, note, by.pk if by else None, by.email if by else "")
    with transaction.atomic():
        held = holding.hold({key: rest}, word)[key]
        pk = held.pk if held.is_new else take_place(held, key, rest, word)
        entry = BlockEntry.objects.get(pk=pk)
        tell(account, "block.added", [entry], by, at, scope=entry.scope, until=until and until.isoformat())
    return entry


def take_place(held: holding.Held, key: holding.Key, new: Rest, word: Word) -> int:
    holding.end([held.pk], new.since)
    return holding.add([(key, replacing(held.rest, new), None)], word)[0]


def replacing(old: Rest, new: Rest) -> Rest:
    """The new rest, never shorter than one that holds."""
    if old.is_over(new.since):
        return new
    until = None if old.until is None or new.until is None else max(old.until, new.until)
    return replace(new, until=until, code=old.code, evidence=old.evidence, times=old.times + 1)


@dataclass(frozen=True, slots=True)
class Stop:
    """A number to stop: for marketing or (``kind`` None) everything, until then or (None) for ever, and who says so."""

    phone: str
    until: datetime | None
    kind: int | None
    word: Word

    def is_covered(self, until: datetime | None) -> bool:
        """Whether a rest until then lasts as long."""
        return until is None or (self.until is not None and until >= self.until)


def block_many(*, account: Account, stops: Collection[Stop], at: datetime) -> set[tuple[str, int | None]]:
    """Stop all these numbers for this account; returns those (number, kind) that were not yet stopped as long or
    longer. At most one of each number and kind. For bulk acts, which tell of themselves; call it in a transaction,
    once."""
    wanted: dict[holding.Key, Stop] = {(stop.phone, account.pk, stop.kind): stop for stop in stops}
    words = {key: stop.word for key, stop in wanted.items()}
    rests = {
        key: Rest(None, account.pk, None, None, since=at, until=stop.until, seen_at=at) for key, stop in wanted.items()
    }
    found = holding.hold(rests, words)
    changed = {
        key: held
        for key, held in found.items()
        if not held.is_new and (held.rest.is_over(at) or not wanted[key].is_covered(held.rest.until))
    }
    holding.end([held.pk for held in changed.values()], at)
    holding.add([(key, replacing(held.rest, rests[key]), None) for key, held in changed.items()], words)
    return {(phone, kind) for (phone, _account, kind), held in found.items() if held.is_new} | {
        (phone, kind) for phone, _account, kind in changed
    }
