"""A list query may take so long and no longer: then the page says "narrow the period" instead of making everybody
wait."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

BEGIN = "SET LOCAL statement_timeout = %s; SET LOCAL max_parallel_workers_per_gather = 0"
END = (
    "SET LOCAL statement_timeout = DEFAULT; SET LOCAL max_parallel_workers_per_gather = DEFAULT; "
    "SET LOCAL enable_bitmapscan = DEFAULT"
)


class TooSlow(Exception):
    """The database did not answer in time."""


@contextmanager
def time_limit() -> Iterator[None]:
    """Raises TooSlow where a statement inside takes longer than settings.LIST_STATEMENT_TIMEOUT_MS. Read-only.

    Without parallel workers: starting them takes longer than most pages, and they cost the other people of the server.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(BEGIN, [settings.LIST_STATEMENT_TIMEOUT_MS])
            yield
            # Inside a longer transaction (a test) the limit must not outlive the list.
            with connection.cursor() as cursor:
                cursor.execute(END)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise


def walk() -> None:
    """From here on in this list's time: walk the list in its order, and gather nothing by a bitmap first.

    For conditions that very many rows meet, where the planner, who cannot know it, would gather and sort them all.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_bitmapscan = off")


def gather() -> None:
    """Takes `walk` back."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_bitmapscan = DEFAULT")
