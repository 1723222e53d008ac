"""Letting numbers be texted again, and taking that back. Part of the one door (blocklist.entries)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from blocklist import rules
from blocklist.models import BlockEntry
from blocklist.policy import Rule
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User


class MayNotLift(Exception):
    """Some of the entries are not this account's to lift, or not there. Says no more, so that nobody can probe for
    another account's entries."""


def lift(*, account: Account | None, ids: Collection[int], reason: str, by: User | None, at: datetime) -> int:
    """Let these numbers be texted again: all of them or, raising MayNotLift, none. Returns how many were open.

    ``account`` is whose people do it; None for an operator, who may lift any. The history keeps the entries.
    """
    with transaction.atomic():
        entries = held(ids)
        policy = rules.in_force()
        if len(entries) < len(set(ids)) or not all(may_lift(entry, account, policy) for entry in entries):
            raise MayNotLift
        lifted = [entry for entry in entries if entry.ended_at is None]
        write(lifted, reason, by, at)
        for whose, group in by_account(lifted).items():
            tell(whose or account, "block.lifted", group, by, at, reason=reason)
    return len(lifted)


def lift_some(
    *,
    account: Account,
    ids: Collection[int],
    all_rights: bool,
    reason: str,
    by_id: int | None,
    by_name: str,
    at: datetime,
) -> set[int]:
    """Those of the entries that are still open and still to be lifted by this account's people (or, with
    ``all_rights``, by an operator). For bulk acts, which tell of themselves; call it in a transaction."""
    policy = rules.in_force()
    open_ones = [entry for entry in held(ids) if entry.ended_at is None]
    lifted = [entry for entry in open_ones if may_lift(entry, None if all_rights else account, policy)]
    found = {entry.pk for entry in lifted}
    BlockEntry.objects.filter(pk__in=found).update(
        ended_at=at, lifted_at=at, lifted_by_id=by_id, lifted_by_name=by_name, lift_reason=reason
    )
    return found


def undo_lift(lifts: Mapping[int, datetime]) -> set[int]:
    """Stop these numbers again, as they were: of the entries (id → when they were lifted) those that nobody has touched
    since and that no later entry has replaced. Call it in a transaction.

    A later entry of the same number, account and kind stays, whether it holds or not: it knows more.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH held AS (
                SELECT e.id FROM block_entry e JOIN unnest(%s::bigint[], %s::timestamptz[]) AS l (id, at)
                    ON l.id = e.id AND e.lifted_at = l.at
                WHERE NOT EXISTS (
                    SELECT 1 FROM block_entry later
                    WHERE later.phone = e.phone AND later.id > e.id
                        AND later.account_id IS NOT DISTINCT FROM e.account_id
                        AND later.kind IS NOT DISTINCT FROM e.kind
                )
                ORDER BY e.phone, e.account_id, e.kind FOR UPDATE OF e
            )
            UPDATE block_entry e
            SET ended_at = NULL, lifted_at = NULL, lifted_by_id = NULL, lifted_by_name = '', lift_reason = ''
            FROM held WHERE e.id = held.id RETURNING e.id
            """,
            [list(lifts), list(lifts.values())],
        )
        return {pk for (pk,) in cursor.fetchall()}


def held(ids: Collection[int]) -> list[BlockEntry]:
    return list(BlockEntry.objects.filter(pk__in=ids).select_for_update().order_by("phone", "account_id", "kind"))


def write(entries: Collection[BlockEntry], reason: str, by: User | None, at: datetime) -> None:
    BlockEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(
        ended_at=at,
        lifted_at=at,
        lifted_by_id=by.pk if by else None,
        lifted_by_name=by.email if by else "",
        lift_reason=reason,
    )


def may_lift(entry: BlockEntry, account: Account | None, policy: Mapping[int, Rule]) -> bool:
    """Whether the account's people may lift the entry (E5): theirs, or a global one that their message caused, where
    its code lets users."""
    if account is None:
        return True
    if entry.source_account_id != account.pk and entry.account_id != account.pk:
        return False
    return entry.code is None or entry.origin != BlockEntry.Origin.POLICY or policy[entry.code].user_may_delete


def liftable(account: Account, policy: Mapping[int, Rule]) -> Q:
    """`may_lift` as a condition, for the account's people."""
    codes = [code for code, rule in policy.items() if rule.user_may_delete]
    ours = Q(source_account_id=account.pk) | Q(account=account)
    return ours & (Q(code=None) | ~Q(origin=BlockEntry.Origin.POLICY) | Q(code__in=codes))


def by_account(entries: Iterable[BlockEntry]) -> dict[Account | None, list[BlockEntry]]:
    entries = list(entries)
    accounts = Account.objects.in_bulk({entry.account_id for entry in entries if entry.account_id})
    groups: defaultdict[Account | None, list[BlockEntry]] = defaultdict(list)
    for entry in entries:
        groups[accounts.get(entry.account_id)].append(entry)
    return groups


def tell(
    account: Account | None, verb: str, entries: Collection[BlockEntry], by: User | None, at: datetime, **facts: object
) -> None:
    """One line for all; the numbers stand in the entries."""
    ids = [entry.pk for entry in entries]
    one = ids[0] if len(ids) == 1 else ""
    audit.record(
        account=account, by=by, at=at, verb=verb, object_type="block_entry", object_id=one, entries=ids, **facts
    )
