"""Running things at once, as two web processes or workers would: each with a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

Answer = TypeVar("Answer")


def at_once(*verbs: Callable[[], Answer]) -> list[Answer]:
    """Their answers, in order. Needs ``transactional_db``. Raises what the first that failed raised."""
    barrier = Barrier(len(verbs))

    def run(verb: Callable[[], Answer]) -> Answer:
        try:
            barrier.wait(10)
            return verb()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))
