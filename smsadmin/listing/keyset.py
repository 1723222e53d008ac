"""Keyset pages over a time-ordered id: page 1,000 costs what page 1 costs. No OFFSET, no page numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest

PAGE_SIZE = 50
SORTED = "sorted_id"
END = "end"  # ?after=end: the page at the far end


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in a list whose keys do not tell the time: its moment, and its key among those of that moment."""

    at: datetime
    id: UUID

    @classmethod
    def read(cls, text: str) -> Place:
        """Raises ValueError."""
        moment, _underscore, key = text.partition("_")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None:
            raise ValueError("a moment without its zone")
        return cls(at, UUID(key))

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.id}"

    def beyond(self, column: str, *, up: bool) -> Q:
        """The rows above or below it. The range by itself is what an index walks."""
        side = "gt" if up else "lt"
        return Q(**{f"{column}__{side}e": self.at}) & (
            Q(**{f"{column}__{side}": self.at}) | Q(**{f"pk__{side}": self.id})
        )


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: ``before`` an id (further down the list), ``after`` an id (further up), at the far
    ``end``, or at the top.

    ``row`` is the number of the first row, carried along for "Rows 51–100"; 0 where it cannot be known.
    """

    before: Any = None
    after: Any = None
    end: bool = False
    row: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str], key: Callable[[str], Any]) -> Cursor:
        """From the address. What cannot be understood leads to the top: cursors are made by our own links only."""
        before, after = query.get("before"), query.get("after")
        row = int(query["row"]) if query.get("row", "").isdecimal() and len(query["row"]) < 12 else 0
        try:
            if before:
                return cls(before=key(before), row=row)
            if after == END:
                return cls(end=True, row=0)
            if after:
                return cls(after=key(after), row=row)
        except ValueError:
            return cls()
        return cls()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows and the addresses' cursors around it (None: nothing there)."""

    rows: list[Any]
    newer: dict[str, Any] | None
    older: dict[str, Any] | None
    first_row: int
    ascending: bool = False
    newest: bool = field(default=False)

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.rows) - 1


def gathered(queryset: QuerySet) -> QuerySet:
    """The same rows for `paginate`, found by their conditions first and sorted then.

    For matches that are known to be few (counted to the bound): the planner, who cannot know it, may walk the whole
    list in its order to meet a page of them (12 s among 5 million). An order that no index has leaves it no choice.
    """
    return queryset.alias(**{SORTED: Greatest("pk", "pk")})


def paginate(
    queryset: QuerySet, cursor: Cursor, *, ascending: bool = False, size: int = PAGE_SIZE, moment: str = ""
) -> Page:
    """The page at ``cursor`` of ``queryset``, which must not be ordered: newest first, or oldest first where
    ``ascending``. ``moment`` is the column of the time where the keys do not tell it; cursors are places then.

    One row more than shown is read, to know whether there is more.
    """
    key = SORTED if SORTED in queryset.query.annotations else "id"
    columns = [moment, key] if moment else [key]
    rising, falling = columns, [f"-{column}" for column in columns]
    down, up = (rising, falling) if ascending else (falling, rising)
    backwards = cursor.end or cursor.after is not None
    if cursor.before is not None:
        queryset = queryset.filter(beyond(cursor.before, moment, up=ascending))
    elif cursor.after is not None:
        queryset = queryset.filter(beyond(cursor.after, moment, up=not ascending))
    rows = list(queryset.order_by(*(up if backwards else down))[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    at_top = cursor == Cursor() or (cursor.after is not None and not more)
    has_newer = more if backwards else cursor.before is not None
    has_older = (cursor.after is not None) if backwards else more
    first = 1 if at_top else cursor.row
    return Page(
        rows,
        {"after": place_of(rows[0], moment), "row": max(first - size, 0)} if has_newer and rows else None,
        {"before": place_of(rows[-1], moment), "row": first + len(rows) if first else 0}
        if has_older and rows
        else None,
        first,
        ascending,
        at_top,
    )


def beyond(place: Any, moment: str, *, up: bool) -> Q:
    if moment:
        return place.beyond(moment, up=up)
    return Q(**{"pk__gt" if up else "pk__lt": place})


def place_of(row: Any, moment: str) -> Any:
    return Place(getattr(row, moment), row.pk) if moment else row.pk
