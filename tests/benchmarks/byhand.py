"""The SQL that somebody who knows the data would write for one page: several ways, of which the fastest counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from logs.recording import MESSAGE_COLUMNS
from tests.benchmarks.cases import Case

COLUMNS = ", ".join(f"m.{name}" for name in MESSAGE_COLUMNS)
LIMIT = 51


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is: the first, ``before`` an id (deep), or the ``last``; ``since``: where the period begins."""

    name: str
    before: UUID | None = None
    last: bool = False
    since: UUID | None = None

    @property
    def bounds(self) -> str:
        lower = f" AND m.id >= '{self.since}'" if self.since else ""
        return f"{lower} AND m.id < '{self.before}'" if self.before else lower

    @property
    def order(self) -> str:
        return "ORDER BY m.id ASC" if self.last else "ORDER BY m.id DESC"


def ways(case: Case, account: int, place: Place) -> Iterator[tuple[str, str]]:
    """Names and statements. All give the same rows."""
    order, listed = place.order, f"FROM message m WHERE m.account_id = {account}{place.bounds}"
    end = f"{order} LIMIT {LIMIT}"
    yield "plain", f"SELECT {COLUMNS} {listed} AND {case.where} {end}"
    if case.where == "true":
        return
    # OFFSET 0 keeps the condition outside: the list is walked in its order and the walk ends at the 51st match.
    walk = f"SELECT {COLUMNS} FROM (SELECT * {listed} {{like}}{order} OFFSET 0) m WHERE {case.where} LIMIT {LIMIT}"
    yield "walk", walk.format(like="")
    if case.is_text:
        yield "like", walk.format(like=f"AND body LIKE '%{case.query['q']}%' ")
    # All matches by whatever index is best, then sorted: good where they are few.
    yield "gather", f"WITH m AS MATERIALIZED (SELECT * {listed} AND {case.where}) SELECT {COLUMNS} FROM m {end}"
    if case.merge:
        column, values = case.merge
        partial = "AND m.status <> 4 " if column == "status" else ""
        part = f"SELECT * {listed} AND m.{column} = v.v {partial}{end}"
        yield "merge", f"SELECT {COLUMNS} FROM ({values}) v(v) CROSS JOIN LATERAL ({part}) m {end}"


def rank(case: Case, account: int, number: int) -> str:
    """The id of the row with this number in the list, newest first."""
    listed = f"FROM message m WHERE m.account_id = {account} AND {case.where}"
    return f"SELECT m.id {listed} ORDER BY m.id DESC OFFSET {number - 1} LIMIT 1"
