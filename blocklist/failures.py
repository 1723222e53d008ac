"""What failures and deliveries do to the block list, set-based. Called in the transaction that records them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from blocklist import holding, resting, rules
from blocklist.holding import Held, Key
from blocklist.models import BlockEntry
from blocklist.policy import Rule, Scope
from blocklist.resting import Failure, Rest
from smsadmin.arrays import array, texts
from smsadmin.phones import E164


class Delivery(NamedTuple):
    """A message that arrived at a number."""

    account_id: int
    phone: str
    at: datetime


def record_failures(failures: Sequence[Failure], *, at: datetime) -> int:
    """Let the numbers rest as the policy says; returns how many failures were recorded.

    A failure before the number was last lifted changes nothing: the person who lifted it knew better. One that claims
    to be later than ``at`` (now) is dated to it. Safe beside itself; call it once in a transaction.
    """
    with transaction.atomic(savepoint=False):
        return record(failures, at)


def record(failures: Sequence[Failure], at: datetime) -> int:
    policy = rules.in_force()
    groups = without_lifted(grouped(failures, policy, at))
    if not groups:
        return 0
    held = holding.hold({key: resting.first(group[0], policy[group[0].code]) for key, group in groups.items()})
    changed: list[Rest] = []
    added: list[tuple[Key, Rest, datetime | None]] = []
    ended: list[int] = []
    for key, group in groups.items():
        chain = rests_after(held[key], group, policy)
        if chain[0] != held[key].rest:
            changed.append(chain[0])
        if len(chain) > 1:
            ended.append(held[key].pk)
        added += [(key, rest, None if rest is chain[-1] else at) for rest in chain[1:]]
    holding.change(changed)
    holding.end(ended, at)
    holding.add(added)
    return sum(map(len, groups.values()))


def grouped(failures: Iterable[Failure], policy: Mapping[int, Rule], at: datetime) -> dict[Key, list[Failure]]:
    """By entry, in the order in which they happened."""
    groups: defaultdict[Key, list[Failure]] = defaultdict(list)
    for failure in sorted(failures, key=lambda failure: failure.at):
        rule = policy.get(failure.code)
        if rule is not None and E164.fullmatch(failure.phone):
            groups[key_of(failure, rule)].append(replace(failure, at=min(failure.at, at)))
    return groups


def key_of(failure: Failure, rule: Rule) -> Key:
    """What stops nobody is counted for the account that saw it."""
    everybody = rule.seconds > 0 and rule.scope is Scope.GLOBAL
    return failure.phone, None if everybody else failure.account_id, None


def without_lifted(groups: dict[Key, list[Failure]]) -> dict[Key, list[Failure]]:
    lifted = last_lifts({key[0] for key in groups})
    kept = {
        key: [failure for failure in group if key not in lifted or failure.at > lifted[key]]
        for key, group in groups.items()
    }
    return {key: group for key, group in kept.items() if group}


def last_lifts(phones: Collection[str]) -> dict[Key, datetime]:
    if not phones:
        return {}
    lifted = BlockEntry.objects.filter(lifted_at__isnull=False).extra(where=["phone = ANY(%s)"], params=[list(phones)])
    rows = lifted.order_by("lifted_at").values_list("phone", "account_id", "kind", "lifted_at")
    return {(phone, account, kind): at for phone, account, kind, at in rows}  # the last one wins


def rests_after(held: Held, failures: Sequence[Failure], policy: Mapping[int, Rule]) -> list[Rest]:
    """The held rest as the failures leave it, and those that follow on it. A new one has had its first failure."""
    chain = [held.rest]
    for failure in failures[1:] if held.is_new else failures:
        rest, is_next = resting.after(chain[-1], failure, policy[failure.code])
        if is_next:
            chain.append(rest)
        else:
            chain[-1] = rest
    return chain


def record_deliveries(deliveries: Sequence[Delivery]) -> int:
    """Note that these numbers work again: their next rest is a first one. Returns how many entries that concerns.

    An entry that somebody else holds just now is left to the number's next delivery, rather than waited for.
    """
    if not deliveries:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH held AS (
                SELECT e.id, d.at
                FROM unnest(%s::text[], %s::bigint[], %s::timestamptz[]) AS d (phone, account_id, at)
                JOIN block_entry e ON e.phone = d.phone AND e.ended_at IS NULL
                    AND (e.account_id = d.account_id OR e.account_id IS NULL)
                WHERE e.delivered_at IS NULL AND e.seen_at < d.at
                FOR UPDATE OF e SKIP LOCKED
            )
            UPDATE block_entry e SET delivered_at = held.at FROM held WHERE e.id = held.id
            """,
            [
                texts(delivery.phone for delivery in deliveries),
                array(str(delivery.account_id) for delivery in deliveries),
                array(delivery.at.isoformat() for delivery in deliveries),
            ],
        )
        return cursor.rowcount
