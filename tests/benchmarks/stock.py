"""A list page as most projects write it: django-tables2 over a plain queryset, COUNT and OFFSET, on the same data."""

import django_tables2 as tables
from django.db import OperationalError, connection

from logs.models import Message
from tests.benchmarks.cases import Case
from tests.benchmarks.stopwatch import timed

PATIENCE = 20
"""Seconds after which a statement is given up."""


class StockTable(tables.Table):
    class Meta:
        model = Message
        fields = (
            "status",
            "phone",
            "body",
            "source",
            "segments",
            "requested_at",
            "sent_at",
            "receipt_at",
            "updated_at",
        )


def page_seconds(account: int, case: Case, number: int | None) -> float | None:
    """Database seconds of page ``number`` (None: the last one); None where it took longer than PATIENCE."""
    rows = Message.objects.filter(case.stock, account=account).order_by("-id")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = %s", [PATIENCE * 1000])
    try:
        with timed() as watch:
            table = StockTable(rows)
            table.paginate(per_page=50)
            last = table.paginator.num_pages
            table.paginate(page=last if number is None else min(number, last), per_page=50)
            assert sum(1 for _ in table.page.object_list) <= 50
        return without_repeats(watch.statements)
    except OperationalError:
        return None
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")


def without_repeats(statements: list[tuple[str, float]]) -> float:
    """One COUNT and one page: asking for the last page by its number counts a second time."""
    counts = [seconds for statement, seconds in statements if "COUNT(" in statement]
    return min(counts, default=0.0) + sum(seconds for statement, seconds in statements if "COUNT(" not in statement)
