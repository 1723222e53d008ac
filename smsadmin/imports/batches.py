"""A few thousand rows, sorted: what can be written, what is skipped, what is wrong. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from smsadmin.imports.kinds import Session
from smsadmin.imports.lines import Position
from smsadmin.imports.reading import Row
from smsadmin.imports.values import RowProblem, SkippedRow

MANY_REASONS = 100
Reason = tuple[str, str, int, int]
"""Field, sentence, how often, first line."""


@dataclass(slots=True)
class Batch:
    """`rows` are the rows of `items`, place by place."""

    end: Position
    read: int
    items: list[Any] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    problems: list[tuple[Row, RowProblem]] = field(default_factory=list)
    skips: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, session: Session, found: Sequence[Row]) -> "Batch":
        batch = cls(found[-1].end, len(found))
        for row in found:
            batch.take(session, row)
        return batch

    def take(self, session: Session, row: Row) -> None:
        if row.problem:
            self.problems.append((row, RowProblem("", row.problem)))
            return
        try:
            self.items.append(session.parse(row.cells))
            self.rows.append(row)
        except RowProblem as problem:
            self.problems.append((row, problem))
        except SkippedRow as skipped:
            self.skips[skipped.reason] += 1

    def refuse(self, place: int, problem: RowProblem) -> None:
        self.problems.append((self.rows[place], problem))


def merged_reasons(known: Sequence[Sequence[Any]], problems: Sequence[tuple[Row, RowProblem]]) -> list[Reason]:
    """The reasons with these problems added, the most frequent first; beyond a hundred different ones the rest
    is one line."""
    found: dict[tuple[str, str], tuple[int, int]] = {(f, reason): (n, line) for f, reason, n, line in known}
    for row, problem in problems:
        key = (problem.field, problem.reason)
        if key not in found and len(found) >= MANY_REASONS:
            key = ("", _("Other problems"))
        n, line = found.get(key, (0, row.line))
        found[key] = (n + 1, min(line, row.line))
    return sorted(((f, reason, n, line) for (f, reason), (n, line) in found.items()), key=lambda r: (-r[2], r[3]))
