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

from blocklist.filters import BlockFilter
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


def filtered(entries: BlockEntryQuerySet, asking: Any, period: Period) -> BlockEntryQuerySet:
    found = BlockFilter(chips.filled(asking.GET), queryset=entries, request=asking).qs
    return in_period(found, period)


def in_period(entries: Any, period: Period) -> Any:
    """Those that began in it."""
    if period.start:
        entries = entries.filter(intercepted_at__gte=period.start)
    return entries.filter(intercepted_at__lt=period.end) if period.end else entries


def gathered(asked: Parts) -> tuple[Parts, counts.Count]:
    """The parts, others' entries by their ids where they are not very many; and how many there are together.

    Few among a long list: found by the members' numbers. Very many: met soon by walking the list.
    """
    own, others = asked
    ids = list(others.values_list("pk", flat=True)[: counts.BOUND + 1])
    if len(ids) > counts.BOUND:
        return asked, counts.Count(counts.BOUND, "at least")
    mine = counts.bounded(own)
    total = mine.n + len(ids)
    more = total > counts.BOUND or not mine.is_exact
    count = counts.Count(counts.BOUND, "at least") if more else counts.Count(total)
    return (own, BlockEntry.objects.filter(pk__in=ids)), count


def near(asked: Parts, cursor: keyset.Cursor, *, ascending: bool, size: int) -> BlockEntryQuerySet:
    """The entries of both parts around the cursor: all that a page there can show."""
    backwards = cursor.end or cursor.after is not None
    order = "pk" if backwards != ascending else "-pk"
    ids = list[int]()
    for part in asked:
        if cursor.before is not None:
            part = part.filter(**{"pk__gt" if ascending else "pk__lt": cursor.before})
        elif cursor.after is not None:
            part = part.filter(**{"pk__lt" if ascending else "pk__gt": cursor.after})
        ids += part.order_by(order).values_list("pk", flat=True)[: size + 1]
    return BlockEntry.objects.filter(pk__in=ids)
