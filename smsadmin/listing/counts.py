"""Counts that state their precision: "1,204", "10,000+", "about 41 M"."""

from dataclasses import dataclass
from typing import Literal

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

BOUND = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """So many, exactly; at least so many; or about so many."""

    n: int
    precision: Literal["exact", "at least", "about"] = "exact"

    @property
    def is_exact(self) -> bool:
        return self.precision == "exact"

    def __str__(self) -> str:
        match self.precision:
            case "exact":
                return number_format(self.n, force_grouping=True)
            case "at least":
                return number_format(self.n, force_grouping=True) + "+"
            case _:
                return _("about %(n)s") % {"n": rounded(self.n)}


def rounded(n: int) -> str:
    """Two significant figures: 41 M, 8.7 M, 120 k."""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if n >= size:
            value = n / size
            return f"{number_format(round(value, 1 if value < 10 else 0))}\u00a0{unit}"
    return number_format(n)


def bounded(queryset: QuerySet, bound: int | None = None) -> Count:
    """Count to the bound (BOUND unless told) and no further: the cost does not grow with the table."""
    bound = BOUND if bound is None else bound
    try:
        sql, params = queryset.order_by().values("pk")[: bound + 1].query.sql_with_params()
    except EmptyResultSet:  # a condition that nothing can meet, such as "one of no templates"
        return Count(0)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS counted", params)
        n = cursor.fetchone()[0]
    return Count(bound, "at least") if n > bound else Count(n)


def exactly(queryset: QuerySet) -> Count | None:
    """Every one of them; None where the time of a list's page does not suffice for it. Inside of a time limit only."""
    try:
        with transaction.atomic():
            return Count(queryset.order_by().values("pk").count())
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise
