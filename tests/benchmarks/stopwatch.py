"""Times the queries of the default connection, each by itself."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from django.db import connection


@dataclass(slots=True)
class Timed:
    """The statements that ran and their seconds, in order."""

    statements: list[tuple[str, float]] = field(default_factory=list)

    def __call__(
        self, execute: Callable[..., Any], statement: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        begun = time.perf_counter()
        try:
            return execute(statement, params, many, context)
        finally:
            self.statements.append((statement, time.perf_counter() - begun))

    @property
    def seconds(self) -> float:
        return sum(seconds for _, seconds in self.statements)

    def of(self, *parts: str) -> float:
        """Seconds of the statements that contain any of these."""
        return sum(seconds for statement, seconds in self.statements if any(part in statement for part in parts))


@contextmanager
def timed() -> Iterator[Timed]:
    watch = Timed()
    with connection.execute_wrapper(watch):
        yield watch


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def middle(values: list[float]) -> float | None:
    return median(values) if values else None
