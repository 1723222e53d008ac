"""Bad rows as a file: in the original columns, with line and problem, safe to open in a spreadsheet and to
import again once corrected."""

import csv
import io
from collections.abc import Iterator

from smsadmin.imports.models import ImportJob, ImportProblem

FORMULA = ("=", "+", "-", "@", "\t", "\r")
ADDED = ("line", "problem")
CHUNK = 500


def problems_csv(job: ImportJob) -> Iterator[bytes]:
    """UTF-8 with a byte order mark (spreadsheets need it), comma, in the order of the file; constant memory."""
    columns = job.plan.columns
    yield "\ufeff".encode() + encoded([[*map(guarded, columns), *ADDED]])
    after = 0
    while found := list(ImportProblem.objects.of(job).filter(line__gt=after)[:CHUNK]):
        yield encoded(
            [[*(guarded(cell) for cell in fitted(p.cells, len(columns))), str(p.line), told(p)] for p in found]
        )
        after = found[-1].line


def told(problem: ImportProblem) -> str:
    return f"{problem.field}: {problem.reason}" if problem.field else problem.reason


def fitted(cells: list[str], width: int) -> list[str]:
    """As many cells as the header has; what is too much stands in the last one, so that nothing is lost and the
    row is there to be corrected."""
    if len(cells) > width:
        return [*cells[: width - 1], " ".join(cells[width - 1 :])]
    return cells + [""] * (width - len(cells))


def guarded(cell: str) -> str:
    """A spreadsheet takes this for text; our own reading takes the apostrophe off again."""
    return "'" + cell if cell.startswith(FORMULA) else cell


def encoded(table: list[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(table)
    return buffer.getvalue().encode("utf-8", "replace")
