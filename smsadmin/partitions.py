"""Monthly partitions of the tables that are partitioned by a UUIDv7 range: create months, list them, drop them.

There is no default partition (it would turn the ordered append of a list page into a merge over all months), so a
month must exist before
its first row: ``ensure`` is called by the timetable for the months ahead and by every verb that writes rows of other
months.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from django.db import connection, transaction

from smsadmin import uuid7

FIRST_YEAR = 1992  # the first SMS was sent on 3 December 1992
LOCK = 0x5345_4D4F  # one creator of months at a time


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month in UTC."""

    year: int
    month: int

    @classmethod
    def of(cls, at: datetime) -> Self:
        at = at.astimezone(UTC)
        return cls(at.year, at.month)

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    def next(self, months: int = 1) -> "Month":
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    @property
    def suffix(self) -> str:
        return f"y{self.year:04}m{self.month:02}"


def ensure(tables: Iterable[str], months: Iterable[Month]) -> int:
    """Create what is missing of these months; returns how many partitions were created. Safe beside itself."""
    wanted = {f"{table}_{month.suffix}": (table, month) for table in tables for month in set(months)}
    missing = wanted.keys() - existing(wanted)
    return create({name: wanted[name] for name in missing}) if missing else 0


@transaction.atomic
def create(wanted: dict[str, tuple[str, Month]]) -> int:
    """Made apart and then attached: unlike with PARTITION OF, readers and writers of other months go on meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        missing = sorted(wanted.keys() - existing(wanted))
        for name in missing:
            table, month = wanted[name]
            lower, upper = uuid7.floor(month.start), uuid7.floor(month.next().start)
            cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL EXCLUDING INDEXES)")
            cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{lower}') TO ('{upper}')")
    return len(missing)


def existing(names: Iterable[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'", [list(names)])
        return {name for (name,) in cursor.fetchall()}


def months_of(table: str) -> list[Month]:
    """The months that exist, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = %s::regclass",
            [table],
        )
        suffixes = [name.rpartition("_y")[2] for (name,) in cursor.fetchall()]
    return sorted(Month(int(suffix[:4]), int(suffix[5:])) for suffix in suffixes)
