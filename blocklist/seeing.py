"""What an account's people see of the block list (E5): what their account caused, and the global entries on numbers of
their members. Who else caused a global entry, they never see.

A number that is nobody's here is not shown, even where a global entry would stop it: the list is no way to ask about
other people's numbers. Whoever sends to it is told why it stops.

The two parts are asked for one by one, each by its own index; asked at once, with OR between them, the planner would
read the whole list.
"""

from __future__ import annotations

from typing import Any, Protocol

from django.http import QueryDict

from blocklist.filters import BlockFilter, EverywhereFilter
from blocklist.models import BlockEntry
from blocklist.models.entry import BlockEntryQuerySet
from smsadmin.accounts.models import Account
from smsadmin.listing import chips, counts, keyset
from smsadmin.listing.period import Period

Parts = tuple[BlockEntryQuerySet, BlockEntryQuerySet]


class Asking(Protocol):
    """A request, or what stands for one."""

    account: Account
    GET: QueryDict


def parts(asking: Any, period: Period) -> Parts:
    """What the account caused, and what others did, as the filters of the address say: they must be valid."""
    all_entries = BlockEntry.objects.stopping()
    own, others = all_entries.own(asking.account), all_entries.of_others(asking.account)
    return filtered(own, asking, period), filtered(others, asking, period)


def parts_of_all(asking: Any, period: Period) -> tuple[BlockEntryQuerySet]:
    """What all accounts caused, for operators."""
    return (filtered(BlockEntry.objects.stopping(), asking, period, EverywhereFilter),)


def filtered(
    entries: BlockEntryQuerySet, asking: Any, period: Period, filters: type[BlockFilter] = BlockFilter
) -> BlockEntryQuerySet:
    found = filters(chips.filled(asking.GET), queryset=entries, request=asking).qs
    return in_period(found, period)


def in_period(entries: Any, period: Period) -> Any:
    """Those that began in it."""
    if period.start:
        entries = entries.filter(intercepted_at__gte=period.start)
    return entries.filter(intercepted_at__lt=period.end) if period.end else entries


def gathered(asked: Parts) -> tuple[Parts, counts.Count]:
    """The parts, each found by its conditions first where it is not very long; and how many they are together.

    Few among a long list: found by the filters' indexes and the members' numbers, then sorted. Very many: met soon by
    walking the list. Others' entries are looked through for the count only where the account's own leave room in it.
    """
    own, others = asked
    mine = counts.bounded(own)
    if not mine.is_exact:
        return asked, mine
    room = counts.BOUND - mine.n
    ids = list(others.values_list("pk", flat=True)[: room + 1])
    few: Any = keyset.gathered(own)
    if len(ids) > room:
        return (few, others), counts.Count(counts.BOUND, "at least")
    return (few, BlockEntry.objects.filter(pk__in=ids)), counts.Count(mine.n + len(ids))


def near(asked: Parts, cursor: keyset.Cursor, *, ascending: bool, size: int) -> BlockEntryQuerySet:
    """The entries of both parts around the cursor: all that a page there can show."""
    backwards = cursor.end or cursor.after is not None
    sign = "" if backwards != ascending else "-"
    ids = list[int]()
    for part in asked:
        key = keyset.SORTED if keyset.SORTED in part.query.annotations else "pk"
        if cursor.before is not None:
            part = part.filter(**{"pk__gt" if ascending else "pk__lt": cursor.before})
        elif cursor.after is not None:
            part = part.filter(**{"pk__lt" if ascending else "pk__gt": cursor.after})
        ids += part.order_by(f"{sign}{key}").values_list("pk", flat=True)[: size + 1]
    return BlockEntry.objects.filter(pk__in=ids)
